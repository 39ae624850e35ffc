"""Folds usages into the rows that are added to the tables: pure, commutative, one row for each primary key.

The tuples of `Folded` are in the column order of their tables (migration 0005).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from schemas.usage import Usage, Verdict
from services.inventory.built import SolutionRow, known

RANK = {
    verdict: rank
    for rank, verdict in enumerate(
        (Verdict.NONE, Verdict.REVIEW, Verdict.SUSPECTED, Verdict.RELATED, Verdict.EMBEDDED, Verdict.AI)
    )
}
Setting = tuple[int, str, int, str, int]
Cell = list[Any]
NO_CLASSES: frozenset[str] = frozenset()
Cells = dict[Setting, dict[tuple[str, str], Cell]]
UseKey = tuple[str, str, str, str, date]


class LabelRow(NamedTuple):
    """One row of `inventory.label` as the catalog says it; nobody is its author."""

    key: str
    verdict: str
    tool: str | None
    confidence: float
    basis: tuple[str, ...]
    catalog: str
    author: None
    reason: None
    changed_at: datetime

    def strength(self) -> tuple[int, float, str]:
        """Which of two labels of one catalog holds: the surer verdict, then the higher confidence."""
        return RANK[Verdict(self.verdict)], self.confidence, self.tool or ""


@dataclass
class Folded:
    """What one batch adds. Cells: count, bytes out, bytes in, first, last, classes; uses: count, first, last, classes.

    Cells are by what hardly changes within a batch (arrival day, instance, generation, action, event day; days as
    ordinals), then by actor and match key: looking up one long key took a third of the folding.
    `units` are (when named, unit) by actor, `evidence` the surest (confidence, basis) of each data class of a key.
    """

    cells: Cells = field(default_factory=dict)
    labels: dict[str, LabelRow] = field(default_factory=dict)
    solutions: dict[str, SolutionRow] = field(default_factory=dict)
    uses: dict[UseKey, list[Any]] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    units: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    evidence: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)

    def use_rows(self) -> list[tuple[Any, ...]]:
        """Rows of `inventory.solution_use`."""
        return [(*key, *use[:3], sorted(use[3])) for key, use in self.uses.items()]


def actor(usage: Usage) -> str:
    """The actor's text: `<kind>:<hmac>` of the most trusted identifier, or `none:<instance>` where nobody is known."""
    if not usage.identifiers:
        return f"none:{usage.instance}"
    return known(usage.identifiers[0])


def fold(usages: Iterable[Usage], folded: Folded) -> Folded:
    """Adds usages, each given once, to what is folded already; their times are in UTC.

    Every record comes through here, so a cell is added to in place and a setting looked up only where it changes.
    """
    labels = folded.labels
    last: Setting | None = None
    cells: dict[tuple[str, str], Cell] = {}
    for usage in usages:
        at, label, who = usage.at, usage.label, actor(usage)
        match = label.key
        setting = (usage.arrived_at.toordinal(), usage.instance, usage.generation, usage.action, at.toordinal())
        if setting != last:
            last, cells = setting, _cells(folded, setting, usage)
        place = (who, match)
        cell = cells.get(place)
        if cell is None:
            cells[place] = cell = [1, usage.bytes_out, usage.bytes_in, at, at, NO_CLASSES]
        else:
            cell[0] += 1
            cell[1] += usage.bytes_out
            cell[2] += usage.bytes_in
            if at < cell[3]:
                cell[3] = at
            elif at > cell[4]:
                cell[4] = at
        held = labels.get(match)
        # The label says the same again, as nearly always.
        if held is None or held[3] != label.confidence or held[1] != label.verdict or held[5] != usage.catalog:
            _tell(labels, held, usage)
        if usage.classes:
            _classes(folded, cell, usage)
        if usage.unit is not None:
            folded.units[who] = max((at, usage.unit), folded.units.get(who, (at, "")))
        if usage.solution is not None:
            _solution(folded, usage, who)
    return folded


def _cells(folded: Folded, setting: Setting, usage: Usage) -> dict[tuple[str, str], Cell]:
    """The cells of a setting; its source is noted with the first."""
    cells = folded.cells.get(setting)
    if cells is None:
        cells = folded.cells[setting] = {}
        folded.sources[usage.instance] = usage.source
    return cells


def _classes(folded: Folded, cell: Cell, usage: Usage) -> None:
    """Notes the data classes: by name in the cell, the surest evidence of each for the key."""
    for each in usage.classes:
        if each.name not in cell[5]:
            cell[5] |= {each.name}
        place, found = (usage.label.key, each.name), (each.confidence, each.basis)
        held = folded.evidence.get(place)
        if held is None or found > held:
            folded.evidence[place] = found


def _tell(labels: dict[str, LabelRow], held: LabelRow | None, usage: Usage) -> None:
    """Notes the one that holds: the catalog that arrived last, within one catalog the stronger."""
    label = usage.label
    if label.corrected:  # what an analyst said stands in the table, and may be taken back
        return
    found = LabelRow(
        label.key, label.verdict.value, label.tool, label.confidence, label.basis, usage.catalog,
        None, None, usage.arrived_at,
    )  # fmt: skip
    if held is None:
        labels[label.key] = found
    elif held.catalog == found.catalog:
        labels[label.key] = max(held, found, key=LabelRow.strength)
    else:
        labels[label.key] = max(held, found, key=lambda row: (row.changed_at, row.catalog))


def _solution(folded: Folded, usage: Usage, who: str) -> None:
    seen, at = usage.solution, usage.at
    if seen is None:
        return
    folded.solutions.setdefault(seen.id, SolutionRow(seen.id, seen.type, at, at)).add(usage, who)
    names = {each.name for each in usage.classes}
    use = folded.uses.setdefault((seen.id, who, usage.label.key, usage.instance, at.date()), [0, at, at, set()])
    use[:] = [use[0] + 1, min(use[1], at), max(use[2], at), use[3] | names]
