"""A text in, its identifiers out: folded, scanned, weighed, at most a window at a time."""

from collections.abc import Iterator

from services.labelling.detect import weigh
from services.labelling.detect.engines import Engine, Hit, engine
from services.labelling.detect.finding import Finding
from services.labelling.detect.fold import Folded, fold
from services.labelling.detect.shapes import SHAPES
from services.labelling.detect.words import REACH

WINDOW = 1 << 18
OVERLAP = 1 << 15
"""Characters read at once, and how much of the next window each sees too: more than the longest identifier."""
_LEAD = 2 * REACH


class Detector:
    """Finds identifiers. One may be shared by everything in a thread; it remembers no text."""

    def __init__(self, name: str | None = None) -> None:
        """`name` is that of an engine; raises as `engines.engine`."""
        self._engine: Engine = engine(SHAPES, name)

    def find(self, text: str) -> list[Finding]:
        """The findings in the order of the text, none overlapping; time and memory grow with its length alone."""
        if len(text) <= WINDOW:
            return self._within(text)
        return list(self._through(text))

    def _within(self, text: str) -> list[Finding]:
        data = text.encode("utf-8", "replace")
        folded = fold(text, data)
        if folded.text is not text:
            data = folded.text.encode("utf-8", "replace")
        hits = self._engine.scan(data)
        if not hits:
            return []
        if len(data) != len(folded.text):
            hits = _in_characters(hits, data)
        candidate, whole, shapes = weigh.candidate, folded.text, SHAPES
        found = [one for place, start, end in hits if (one := candidate(whole, shapes[place], start, end)) is not None]
        if not found:
            return []
        told = weigh.settled(found)
        return _in_original(told, folded) if folded.kept else told

    def _through(self, text: str) -> Iterator[Finding]:
        """Window after window; a finding belongs to the window in which it starts, unless one before covers it."""
        covered = 0
        for begin in range(0, len(text), WINDOW):
            lead = max(0, begin - _LEAD)
            for found in self._within(text[lead : begin + WINDOW + OVERLAP]):
                start, end = found.start + lead, found.end + lead
                if begin <= start < begin + WINDOW and start >= covered:
                    covered = end
                    yield Finding(found.kind, start, end, found.confidence, found.basis)


def _in_characters(hits: list[Hit], data: bytes) -> list[Hit]:
    """The hits with offsets of characters in place of bytes of UTF-8, in one pass over the data.

    A match may end within a character, where an expression counts bytes; it never begins there.
    """
    counted, characters, last = {}, 0, 0
    for start in sorted({start for _, start, _ in hits}):
        characters += len(data[last:start].decode("utf-8", "ignore"))
        counted[start], last = characters, start
    return [
        (shape, (first := counted[start]), first + len(data[start:end].decode("utf-8", "ignore")))
        for shape, start, end in hits
    ]


def _in_original(found: list[Finding], folded: Folded) -> list[Finding]:
    return [
        Finding(one.kind, folded.origin(one.start), folded.origin_end(one.end), one.confidence, one.basis)
        for one in found
    ]
