"""Truth: what discovery should find, folded from the plan before any record is written."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.registry import EntryKind, RegistryEntry
from services.simulator import company, events, people, tools
from services.simulator.events import Event
from services.simulator.malformed import malformed
from services.simulator.plan import plan
from services.simulator.registry import registry
from services.simulator.solutions import Solution, solutions
from services.simulator.standing import ALERTING, standing
from services.simulator.world import World, ms, zulu

UNKNOWN = "unknown"
"""The unit of whoever the directory doesn't know."""


@dataclass
class Seen:
    """What the plan holds of one tool or host. `by_unit` are the data classes seen with each unit's people."""

    people: set[int] = field(default_factory=set)
    events: Counter[str] = field(default_factory=Counter)
    bytes_out: int = 0
    first: int = 0
    last: int = 0
    by_unit: dict[str, set[str]] = field(default_factory=dict)

    def add(self, event: Event, unit: str) -> None:
        """Counts one event; the plan is in order of time."""
        self.first = self.first or event.at
        self.last = max(self.last, event.at)
        self.people.add(event.who)
        self.events[company.SOURCE_TYPES[event.source]] += 1
        self.bytes_out += event.bytes_out
        self.by_unit.setdefault(unit, set()).update(event.classes)

    @property
    def classes(self) -> list[str]:
        """All data classes seen."""
        return sorted(set().union(*self.by_unit.values()))


@dataclass
class Fold:
    """The fold over the plan: uses by tool, other things worth naming by host, records by source instance."""

    units: tuple[str, ...]
    tools: dict[str, Seen] = field(default_factory=dict)
    hosts: dict[str, dict[str, Seen]] = field(default_factory=dict)
    records: Counter[str] = field(default_factory=Counter)
    uses: Counter[str] = field(default_factory=Counter)
    built: set[int] = field(default_factory=set)

    def add(self, event: Event) -> None:
        """Counts one event."""
        self.records[event.source] += 1
        if event.what == events.BUILD:
            self.built.add(event.item)
        if event.nature == events.ORDINARY:
            return
        if event.nature == events.USE:
            self.uses[event.source] += 1
            seen = self.tools.setdefault(event.subject, Seen())
        else:
            seen = self.hosts.setdefault(event.nature, {}).setdefault(event.subject, Seen())
        seen.add(event, self.units[event.who] if event.who >= 0 else UNKNOWN)


def fold(world: World, planned: Iterable[Event]) -> Fold:
    """The fold of planned events; people's units are those of the directory at the end."""
    result = Fold(tuple(person.unit for person in people.staff(world)))
    for event in planned:
        result.add(event)
    return result


def truth(world: World) -> dict[str, Any]:
    """The whole truth as JSON values; `tools` items have the shape of `/api/v1/tools`."""
    return truth_of(world, fold(world, plan(world)))


def truth_of(world: World, found: Fold) -> dict[str, Any]:
    """The truth of what was folded: of all the plan, or of what has happened so far."""
    entries = registry(world)
    covered = {tool: entry for entry in entries for tool in entry.tools}
    declared = {solution: entry for entry in entries for solution in entry.solution_ids}
    built = [solutions(world)[number] for number in sorted(found.built)]
    told = [_solution(world, solution, declared.get(solution.id)) for solution in built]
    return {
        "company": company.NAME, "people": world.people, "seed": world.seed,
        "from": zulu(ms(world.since), digits=0), "to": zulu(ms(world.until), digits=0),
        "now": zulu(ms(world.now), digits=0), "unresolved": _unresolved(world),
        "tools": [_tool(world, tool, seen, covered.get(tool)) for tool, seen in sorted(found.tools.items())],
        "solutions": told,
        "alerts": sorted((*_tool_alerts(world, found.tools, covered), *_solution_alerts(told)), key=_grain),
        "missed": _hosts(found, events.MISSED), "lookalikes": _hosts(found, events.LOOKALIKE),
        "related": _hosts(found, events.RELATED),
        "dormant": [entry.id for entry in entries if _dormant(entry, found.tools, built)],
        "registry": [{"id": e.id, "name": e.name, "kind": e.kind, "approval": e.approval} for e in entries],
        "sources": {name: _source(world, name, found) for name in company.SOURCE_TYPES},
        "malformed": sum(len(malformed(world, name)) for name in company.SOURCE_TYPES),
    }  # fmt: skip


def _grain(alert: Mapping[str, str]) -> str:
    return alert["grain"]


def _tool(world: World, tool: str, seen: Seen, entry: RegistryEntry | None) -> dict[str, Any]:
    units = _units(world, seen)
    return {
        "tool": tool, "name": tools.TOOL[tool].name, "verdict": tools.TOOL[tool].verdict,
        "standing": standing(world, entry, seen.by_unit, seen.classes, len(seen.people)), "people": len(seen.people),
        "events": dict(sorted(seen.events.items())), "bytes_out": seen.bytes_out, "first_seen": zulu(seen.first),
        "last_seen": zulu(seen.last), "data_classes": seen.classes, "units": dict(sorted(units.items())),
    }  # fmt: skip


def _units(world: World, seen: Seen) -> Counter[str]:
    """How many people of each unit."""
    return Counter(people.staff(world)[who].unit if who >= 0 else UNKNOWN for who in seen.people)


def _solution(world: World, solution: Solution, entry: RegistryEntry | None) -> dict[str, Any]:
    unit = solution.owner.unit
    return {
        "id": solution.id, "type": solution.type, "name": solution.name, "owner": solution.owner.email, "unit": unit,
        "standing": standing(world, entry, (unit,), (), 1),
    }  # fmt: skip


def _tool_alerts(
    world: World, seen: Mapping[str, Seen], covered: Mapping[str, RegistryEntry]
) -> Iterator[dict[str, str]]:
    for tool, what in seen.items():
        for unit, members in _units(world, what).items():
            judged = standing(world, covered.get(tool), (unit,), what.by_unit[unit], members)
            if judged in ALERTING:
                yield {"grain": f"tool:{tool}|{unit}", "standing": judged}


def _solution_alerts(told: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    for solution in told:
        if solution["standing"] in ALERTING:
            yield {"grain": f"solution:{solution['id']}", "standing": solution["standing"]}


def _hosts(found: Fold, nature: str) -> list[dict[str, Any]]:
    seen = sorted(found.hosts.get(nature, {}).items())
    return [{"host": host, "people": len(s.people), "events": dict(s.events)} for host, s in seen]


def _dormant(entry: RegistryEntry, seen: Mapping[str, Seen], built: Iterable[Solution]) -> bool:
    if entry.kind is EntryKind.TOOL:
        return not any(tool in seen for tool in entry.tools)
    return not any(solution.id in entry.solution_ids for solution in built)


def _unresolved(world: World) -> dict[str, int]:
    """How many strangers there are: each counts as a person of its own wherever it is seen."""
    logins = sum(1 for somebody in people.strangers(world) if somebody.login)
    return {"logins": logins, "addresses": len(people.strangers(world)) - logins}


def _source(world: World, instance: str, found: Fold) -> dict[str, Any]:
    """`records` is what the source holds, each once; `uses` how many of them tell of an AI tool."""
    rejected = len(malformed(world, instance))
    return {
        "connector": company.SOURCE_TYPES[instance], "records": found.records[instance] + rejected,
        "readable": found.records[instance], "rejected": rejected, "uses": found.uses[instance],
    }  # fmt: skip
