"""Series turned into geometry: pure, so that templates only draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from schemas.figures import Bin

WIDTH = 1000.0
GAP = 3.0
LEAST = 6.0
SMALLEST, LARGEST = 8.0, 32.0


@dataclass(frozen=True)
class Segment:
    """A piece of a stacked bar, in units of a bar 1000 wide."""

    name: str
    value: int
    x: float
    width: float


def stacked(series: Sequence[tuple[str, int]]) -> tuple[Segment, ...]:
    """Segments side by side, in proportion, none so thin that it can't be seen; what is zero is left out."""
    present = [(name, value) for name, value in series if value > 0]
    total = sum(value for _, value in present)
    if not total:
        return ()
    room = WIDTH - GAP * (len(present) - 1)
    raw = [max(LEAST, room * value / total) for _, value in present]
    scale = room / sum(raw)
    segments: list[Segment] = []
    x = 0.0
    for (name, value), width in zip(present, raw, strict=True):
        segments.append(Segment(name, value, round(x, 2), round(width * scale, 2)))
        x += width * scale + GAP
    return tuple(segments)


def share(part: int, whole: int) -> float:
    """The width of a part in a bar 1000 wide."""
    return round(WIDTH * part / whole, 2) if whole else 0.0


@dataclass(frozen=True)
class Dot:
    """One bin of a reliability curve in a square of WIDTH, y downwards; the area tells its weight."""

    x: float
    y: float
    radius: float
    shown: float
    right: float


def dots(bins: Sequence[Bin]) -> tuple[Dot, ...]:
    """A dot for each bin: on the diagonal from bottom left to top right every probability shown came true."""
    most = max((one.of for one in bins), default=1.0)
    return tuple(
        Dot(round(WIDTH * one.shown, 1), round(WIDTH * (1 - one.right), 1),
            round(SMALLEST + (LARGEST - SMALLEST) * sqrt(one.of / most), 1), one.shown, one.right)
        for one in bins
    )  # fmt: skip
