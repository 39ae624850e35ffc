"""How often labels are wrong: what the classifier's evaluation writes, and the model card and the console show."""

from typing import Literal

import msgspec


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


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """All sections of one evaluation. `dated`: the corpora's date; `versions`: what was measured."""

    dated: str
    versions: dict[str, str]
    sections: tuple[Section, ...]

    def figures(self) -> dict[str, Figure]:
        """Every figure by its id."""
        return {figure.id: figure for section in self.sections for figure in section.figures}
