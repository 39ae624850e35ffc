"""What one part of the evaluation says: figures with intervals, tables, reliability curves, and what they cannot tell.

A section is a module of this package with a pure `measure() -> Section`; it is found by itself, in the order of its
module's `ORDER` (an int; absent: last). The same code and data give the same digits: nothing looks at the clock, and
whoever draws at random does so from a fixed seed.
"""

from math import sqrt
from typing import Literal

import msgspec

Z = 1.959963984540054
"""Two-sided 95 %."""


class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One number with its 95 % interval. `id` is unique over all sections and never reused: the gate goes by it.

    `value`, `low` and `high` are shares 0…1 unless `unit` says otherwise; `value` None: not estimable, `note` says why.
    `of` is how many cases it rests on. `target` is what was asked for, `better` which side of it is good.
    `gate` false: shown, but a fall does not fail the build.
    """

    id: str
    title: str
    value: float | None
    low: float | None = None
    high: float | None = None
    of: int = 0
    unit: str = ""
    target: float | None = None
    better: Literal["higher", "lower"] = "higher"
    note: str = ""
    gate: bool = True

    @property
    def met(self) -> bool | None:
        """Whether the value reaches its target; None without either."""
        if self.value is None or self.target is None:
            return None
        return self.value >= self.target if self.better == "higher" else self.value <= self.target


class Bin(msgspec.Struct, frozen=True):
    """One bin of a reliability curve: mean probability shown, share that was right, and number of cases (weighted)."""

    shown: float
    right: float
    of: float


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """A reliability curve; `title` names the probability it is about."""

    id: str
    title: str
    bins: tuple[Bin, ...]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table as it is printed; cells are formatted already. `columns` as many as each row has."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Section(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of the model card. `about` says what was measured and how it was split; `limits` what it can't tell."""

    id: str
    title: str
    about: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    curves: tuple[Curve, ...] = ()
    limits: tuple[str, ...] = ()


def wilson(hits: float, of: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; (0, 1) of nothing."""
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
