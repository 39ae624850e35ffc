"""Files folded into an inventory: per tool, per suspected key and per solution, whatever the order of the records.

Memory follows distinct (tool, person) and not lines. The fold is commutative, so parts of a file may be folded apart
and put together (`Fold.merge`); tests hold any order and any split against each other.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime
from typing import Any

from schemas.observation import ClassLabel, Observation, Solution
from schemas.usage import TRAVELS, Label, Verdict
from services.labelling import sensitivity
from services.labelling.usage import action

Actor = tuple[tuple[str, str], ...]
"""Somebody's identifiers in one record, (kind, normalised value), the most trusted first; empty: nobody known."""
Links = Mapping[tuple[str, str], str]
"""Identifier → person, from directory files."""

DESCRIBED = (
    "type", "name", "environment", "connectors", "sharing", "deleted", "touches", "created_at", "last_run_at",
)  # fmt: skip
"""What a scan tells of a solution; whose it is stays out: a report names nobody."""
NO_UNITS: frozenset[str] = frozenset()
_BASES = 12
_ORDER = (Verdict.AI, Verdict.EMBEDDED, Verdict.SUSPECTED, Verdict.REVIEW)


class Found:
    """What was seen of one tool, suspected key or solution. `events` are per source and never summed across them."""

    def __init__(self) -> None:
        self.verdict = Verdict.REVIEW
        self.confidence = 0.0
        self.actors: dict[Actor, frozenset[str]] = {}
        self.events: Counter[str] = Counter()
        self.actions: Counter[str] = Counter()
        self.bytes_out = 0
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.classes: dict[str, ClassLabel] = {}
        self.basis: set[str] = set()

    def seen(self, source: str, first: datetime, last: datetime, times: int, bytes_out: int) -> None:
        """Adds events of one source between two times."""
        self.events[source] += times
        self.bytes_out += bytes_out
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)

    def by(self, actor: Actor, unit: str | None) -> None:
        """Adds somebody and the unit a record puts them in."""
        told = self.actors.get(actor)
        if told is None:
            self.actors[actor] = frozenset((unit,)) if unit else NO_UNITS
        elif unit and unit not in told:
            self.actors[actor] = told | {unit}

    def told(self, label: Label) -> None:
        """Takes the label's evidence; the surest verdict is kept."""
        if _rank(label.verdict, label.confidence) > _rank(self.verdict, self.confidence):
            self.verdict, self.confidence = label.verdict, label.confidence
        self.basis.add("; ".join(label.basis))

    def classed(self, found: ClassLabel) -> None:
        """Keeps each class with its best evidence; equal evidence is ordered by its words."""
        known = self.classes.get(found.name)
        if known is None or (found.confidence, found.basis) > (known.confidence, known.basis):
            self.classes[found.name] = found

    def merge(self, other: "Found") -> None:
        """Adds what was found elsewhere."""
        for actor, units in other.actors.items():
            self.actors[actor] = self.actors.get(actor, NO_UNITS) | units
        for source, times in other.events.items():
            assert other.first is not None
            assert other.last is not None
            self.seen(source, other.first, other.last, times, 0)
        self.actions.update(other.actions)
        self.bytes_out += other.bytes_out
        if _rank(other.verdict, other.confidence) > _rank(self.verdict, self.confidence):
            self.verdict, self.confidence = other.verdict, other.confidence
        self.basis |= other.basis
        for found in other.classes.values():
            self.classed(found)

    def evidence(self) -> list[str]:
        """The bases met, in a stable order; more than a dozen are cut."""
        return sorted(self.basis)[:_BASES]


class FoundSolution(Found):
    """What was seen of one solution. Of each part of its description the latest that says anything holds."""

    def __init__(self) -> None:
        super().__init__()
        self.tool: str | None = None
        self.says: dict[str, tuple[datetime, str, Any]] = {}

    def described(self, at: datetime, solution: Solution) -> None:
        """Takes what one record says; of two at one time the greater in writing."""
        for name in DESCRIBED:
            value = getattr(solution, name)
            if value not in (None, ()):
                self._take(name, (at, repr(value), value))

    def _take(self, name: str, told: tuple[datetime, str, Any]) -> None:
        held = self.says.get(name)
        if held is None or told[:2] > held[:2]:
            self.says[name] = told

    def solution(self, name: str) -> Solution:
        """The description whole."""
        return Solution(id=name, **{part: held[2] for part, held in self.says.items()})

    def merge(self, other: Found) -> None:
        """Adds what was found elsewhere."""
        super().merge(other)
        if isinstance(other, FoundSolution):
            for name, told in other.says.items():
                self._take(name, told)
            self.tool = max(self.tool or "", other.tool or "") or None


class Fold:
    """Everything found so far."""

    def __init__(self) -> None:
        self.tools: dict[str, Found] = {}
        self.suspected: dict[str, Found] = {}
        self.solutions: dict[str, FoundSolution] = {}

    def add(
        self, seen: Observation, label: Label, *actors: Actor, times: int = 1, first: datetime | None = None,
        last: datetime | None = None,
    ) -> None:  # fmt: skip
        """One observation of an actor, or `times` alike of several actors between `first` and `last`, without sizes."""
        if label.verdict not in TRAVELS:
            return
        table = self.tools if label.tool is not None else self.suspected
        found = table.get(label.tool or label.key)
        if found is None:
            found = table[label.tool or label.key] = Found()
        seen_between = (times, first or seen.at, last or seen.at)
        _into(found, seen, label, actors, seen_between)
        if seen.solution is not None:
            solution = self.solutions.setdefault(seen.solution.id, FoundSolution())
            _into(solution, seen, label, actors, seen_between)
            solution.described(seen.at, seen.solution)
            solution.tool = max(solution.tool or "", label.tool or "") or None

    def __bool__(self) -> bool:
        return bool(self.tools or self.suspected or self.solutions)

    def merge(self, other: "Fold") -> None:
        """Adds another part."""
        for key, found in other.tools.items():
            self.tools.setdefault(key, Found()).merge(found)
        for key, found in other.suspected.items():
            self.suspected.setdefault(key, Found()).merge(found)
        for key, solution in other.solutions.items():
            self.solutions.setdefault(key, FoundSolution()).merge(solution)


def _into(
    found: Found, seen: Observation, label: Label, actors: Iterable[Actor], between: tuple[int, datetime, datetime]
) -> None:
    times, first, last = between
    found.seen(seen.source, first, last, times, seen.bytes_out or 0)
    unit = seen.actor.unit if seen.actor else None
    for actor in actors:
        found.by(actor, unit)
    found.told(label)
    found.actions[action(seen.kind, label.action, seen.action)] += times
    for one in sensitivity.classes(seen):
        found.classed(one)


def person_of(actor: Actor, links: Links) -> Hashable:
    """The person any identifier leads to, else the primary identifier itself; None for nobody."""
    for one in actor if links else ():
        if one in links:
            return links[one]
    return actor[0] if actor else None


def _rank(verdict: Verdict, confidence: float) -> tuple[int, float]:
    return -_ORDER.index(verdict), confidence
