"""Three ways to the same hits: which shapes a text has, and where.

An engine reads bytes and gives (place of the shape in the list, start, end), those of one shape from left to right and
not overlapping: what `re.finditer` gives for each expression. `hyperscan` is quickest where it is installed and a scan
is worth its seconds of compiling; `plain` needs nothing.
"""

import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any, Protocol

from services.labelling.detect.finding import Shape

_LARGE = re.compile(rb"\{(\d+),(\d+)\}")
_LARGEST = 50
_COUNTED = re.compile(rb"\{(\d+)(?:,(\d*))?\}")
_FEW = 9

Hit = tuple[int, int, int]


class Engine(Protocol):
    """Finds every shape's matches in a text."""

    def scan(self, data: bytes) -> list[Hit]:
        """The hits, in no particular order between shapes."""


def engine(shapes: Sequence[Shape], name: str | None = None) -> Engine:
    """The engine named `re2`, `hyperscan` or `plain`; without a name RE2 where it is installed, else `re`.

    Raises ValueError for another name, ImportError where the named one is not installed.
    """
    if name not in {None, "re2", "hyperscan", "plain"}:
        raise ValueError(f"no engine {name!r}: there are re2, hyperscan and plain")
    if name == "hyperscan":
        return Hyperscan(shapes)
    if name == "re2" or (name is None and find_spec("re2") is not None):
        return Re2(shapes)
    return Plain(shapes)


class Re2:
    """google-re2: one set says which expressions fit, then each of them says where. Time is linear in the text."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        import re2  # noqa: PLC0415 - only where it is the engine
        from re2 import _re2  # noqa: PLC0415 - what the package wraps: an object less for each match

        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1  # bytes, as the other engines; offsets need no decoding
        options.max_mem = 64 << 20
        options.never_capture = True
        options.log_errors = False
        self._set = re2.Set.SearchSet(options)
        for shape in shapes:
            self._set.Add(loose(shape.opening or shape.expression))
        self._set.Compile()
        self._options, self._compile, self._anywhere = options, _re2.RE2, _re2.RE2.Anchor.UNANCHORED
        self._expressions = [shape.expression for shape in shapes]
        self._patterns: list[Any] = [None] * len(shapes)

    def scan(self, data: bytes) -> list[Hit]:
        """Compiles an expression when a text first has it: a short run never needs most of them."""
        hits: list[Hit] = []
        anywhere, size = self._anywhere, len(data)
        for place in self._set.Match(data) or ():  # None where nothing matches
            match = self._patterns[place]
            if match is None:
                match = self._patterns[place] = self._compile(self._expressions[place], self._options).Match
            start, end = match(anywhere, data, 0, size)[0]
            while start >= 0:
                hits.append((place, start, end))
                start, end = match(anywhere, data, end, size)[0]  # no expression fits what is empty
        return hits


class Plain:
    """Python's `re`, an expression at a time, those left out whose literals the text has not."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self._tried = [
            (place, shape.needs, shape.expression.startswith(b"(?i)"), re.compile(shape.expression))
            for place, shape in enumerate(shapes)
        ]

    def scan(self, data: bytes) -> list[Hit]:
        small = data.lower()
        hits: list[Hit] = []
        for place, needs, any_case, pattern in self._tried:
            if needs and not any(literal in (small if any_case else data) for literal in needs):
                continue
            hits.extend((place, *found.span()) for found in pattern.finditer(data))
        return hits


class Hyperscan:
    """Intel's Hyperscan: one pass gives starts and ends of all expressions; `re` then gives each match its extent.

    Hyperscan reports every end of every match, with the leftmost start of each. The first start of an expression is
    where its leftmost match begins, and each later one is taken if it lies behind the last match; where a reported
    match begins inside that one and ends behind it, a search from there finds what the report may hide. Large repeats
    are too much for it and scanned without their upper limit; there the search begins at the first start.
    """

    def __init__(self, shapes: Sequence[Shape]) -> None:
        import hyperscan  # noqa: PLC0415 - optional

        expressions = [shape.opening or _LARGE.sub(_unlimited, shape.expression) for shape in shapes]
        self._patterns = [re.compile(shape.expression) for shape in shapes]
        self._exact = [one == shape.expression for one, shape in zip(expressions, shapes, strict=True)]
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[one.removeprefix(b"(?i)") for one in expressions], ids=list(range(len(shapes))),
            elements=len(shapes),
            flags=[hyperscan.HS_FLAG_SOM_LEFTMOST | (hyperscan.HS_FLAG_CASELESS if one.startswith(b"(?i)") else 0)
                   for one in expressions],
        )  # fmt: skip

    def scan(self, data: bytes) -> list[Hit]:
        reported: dict[int, list[tuple[int, int]]] = {}

        def heard(place: int, start: int, end: int, _flags: int, _context: object) -> None:
            reported.setdefault(place, []).append((start, end))

        self._database.scan(data, match_event_handler=heard)
        return [hit for place, spans in reported.items() for hit in self._matches(place, spans, data)]

    def _matches(self, place: int, spans: list[tuple[int, int]], data: bytes) -> Iterator[Hit]:
        pattern = self._patterns[place]
        spans.sort()
        if not self._exact[place]:
            yield from ((place, *found.span()) for found in pattern.finditer(data, spans[0][0]))
            return
        last = 0
        for start, end in spans:
            if end <= last:
                continue
            found = pattern.match(data, start) if start >= last else pattern.search(data, last)
            if found is None:
                return
            last = found.end()
            yield place, found.start(), last


def loose(expression: bytes) -> bytes:
    """An expression that fits wherever the given one does, and counts little: states of a set multiply by counting."""
    return _COUNTED.sub(_uncounted, expression)


def _uncounted(repeat: re.Match[bytes]) -> bytes:
    least, most = int(repeat.group(1)), repeat.group(2)
    if not least and most:
        return b"*" if int(most) > _FEW else repeat.group()
    if least > _FEW:
        return b"{%d,}" % _FEW
    return b"{%d,}" % least if most and int(most) > _FEW else repeat.group()


def _unlimited(repeat: re.Match[bytes]) -> bytes:
    least, most = repeat.groups()
    return b"{%s,}" % least if int(most) >= _LARGEST else repeat.group()
