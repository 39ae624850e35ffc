"""Lines of the shape that most lines of a source have, read many at once: a step a line less, and no copy of a parser.

A connector declares `usual`, which takes lines out of an iterator one by one and says of each what it tells: an
observation, an Ignored, or None where the line is none of that shape. What it raises counts as None: `parse`, which
reads any line, then says what is wrong. Its `parse` asks it by `alone`, so that a line says the same either way.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from operator import length_hint
from typing import Any

from connectors.base import Ignored
from schemas.observation import Observation

WIDE = 1 << 16
"""Bytes of a line that is not read so: what is longer is refused by most sources."""
FAULTS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a reader of records raises for a shape it did not foresee; a Rejected is one of them."""
Said = Observation | Ignored | None
Usual = Callable[[Iterator[str], bytes, Any], Iterator[Said]]
"""(lines, the directives before them, the config) to what each of the lines says."""


def said(usual: Usual, lines: Sequence[bytes], before: bytes, config: Any) -> Iterator[Said]:
    """What each line says, None for those that `parse` is to be asked of."""
    if not lines or max(map(len, lines)) > WIDE:
        yield from repeat(None, len(lines))
        return
    texts = iter(b"\n".join(lines).decode("utf-8", "replace").split("\n"))
    while left := length_hint(texts):
        try:
            yield from usual(texts, before, config)
            break
        except FAULTS:
            if length_hint(texts) == left:
                next(texts)
            yield None  # of the line it took last; on with the next
    yield from repeat(None, length_hint(texts))


def alone(usual: Usual, line: str, before: bytes, config: Any) -> Said:
    """What one line says, None where it is none of the usual shape."""
    try:
        return next(usual(iter((line,)), before, config))
    except FAULTS:
        return None
