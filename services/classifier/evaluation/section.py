"""What one part of the evaluation says: figures with intervals, tables, reliability curves, and what they cannot tell.

A section is a module of this package with a pure `measure() -> Section`; it is found by itself, in the order of its
module's `ORDER` (an int; absent: last). The same code and data give the same digits: nothing looks at the clock, and
whoever draws at random does so from a fixed seed.
"""

from math import sqrt
from typing import Literal

from schemas.figures import Bin, Card, Curve, Figure, Section, Table

__all__ = ["DATED", "Bin", "Card", "Curve", "Figure", "Section", "Table", "share", "wilson"]
DATED = "2026-11-21"
"""The date of the corpora and of the catalog's facts; not the clock's, so that the same digits come again."""
Z = 1.959963984540054
"""Two-sided 95 %."""


def wilson(hits: float, of: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; (0, 1) of nothing.

    E. B. Wilson, JASA 22, 1927, https://doi.org/10.1080/01621459.1927.10502953
    """
    if of <= 0:
        return 0.0, 1.0
    share, square = hits / of, Z * Z / of
    middle = (share + square / 2) / (1 + square)
    half = Z * sqrt(share * (1 - share) / of + square / (4 * of)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def share(
    id: str, title: str, hits: int, of: int, *,  # noqa: A002 - it is the figure's id
    target: float | None = None, better: Literal["higher", "lower"] = "higher", note: str = "", gate: bool = True,
) -> Figure:  # fmt: skip
    """A figure that is `hits` of `of`, with Wilson's interval; not estimable of nothing."""
    if not of:
        return Figure(id=id, title=title, value=None, target=target, better=better, note=note or "no cases", gate=gate)
    low, high = wilson(hits, of)
    return Figure(
        id=id, title=title, value=hits / of, low=low, high=high, of=of, target=target, better=better, note=note,
        gate=gate,
    )  # fmt: skip
