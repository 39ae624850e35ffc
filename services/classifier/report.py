"""What a scan found, as INTERFACES has it: tools, solutions and suspected hosts or applications. Pure."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime

import msgspec

from schemas.alert import Standing
from services.classifier.files import Counts
from services.classifier.fold import Fold, Found, FoundSolution, Links, person_of
from services.labelling.products import Tool, tool

UNKNOWN = "unknown"
"""The unit of whoever no directory file names."""


class ToolLine(msgspec.Struct, frozen=True, kw_only=True):
    """One tool; the fields are those of `/api/v1/tools`. Bytes are what people sent, as far as sources say."""

    tool: str
    name: str
    vendor: str
    verdict: str
    standing: Standing
    people: int
    events: dict[str, int]
    bytes_out: int
    first_seen: datetime | None
    last_seen: datetime | None
    data_classes: list[str]
    units: dict[str, int]
    actions: dict[str, int]
    basis: list[str]


class SolutionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One solution somebody built or runs."""

    id: str
    type: str
    name: str | None
    tool: str | None
    standing: Standing
    people: int
    events: dict[str, int]
    first_seen: datetime | None
    last_seen: datetime | None
    data_classes: list[str]
    connectors: list[str]
    sharing: str | None
    deleted: bool
    environment: str | None
    touches: list[str]
    created_at: datetime | None
    last_run_at: datetime | None
    basis: list[str]


class SuspectedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What may be AI and no catalog names: by host, application or whatever else was seen."""

    probability: float
    people: int
    events: dict[str, int]
    evidence: list[str]
    host: str | None = None
    app: str | None = None
    key: str | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer of `penumbra scan`: `read = observed + Σ ignored + rejected`."""

    read: int
    observed: int
    ignored: dict[str, int]
    rejected: int
    seconds: float
    tools: list[ToolLine]
    solutions: list[SolutionLine]
    suspected: list[SuspectedLine]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a standing is judged by. One of `tool` and `solution` is set."""

    tool: str | None = None
    solution: str | None = None
    units: frozenset[str] = frozenset()
    people: int = 0
    classes: frozenset[str] = frozenset()
    last_seen: datetime | None = None


Judge = Callable[[Seen], Standing]


class Directory(msgspec.Struct, frozen=True):
    """Who identifiers lead to, and whose unit is which."""

    links: Links = {}
    units: Mapping[str, str] = {}


def report(
    fold: Fold, counts: Counts, *, tools: Mapping[str, Tool], directory: Directory, judge: Judge, seconds: float
) -> Report:  # fmt: skip
    """The lines in the order of people, then name."""
    lines = [_tool(tool(tools, id_), found, directory, judge) for id_, found in fold.tools.items()]
    solutions = [_solution(name, found, directory, judge) for name, found in fold.solutions.items()]
    suspected = [_suspected(key, found, directory) for key, found in fold.suspected.items()]
    return Report(
        read=counts.read,
        observed=counts.observed,
        ignored=counts.ignored,
        rejected=counts.rejected,
        seconds=round(seconds, 3),
        tools=sorted(lines, key=lambda line: (-line.people, line.tool)),
        solutions=sorted(solutions, key=lambda line: (-line.people, line.id)),
        suspected=sorted(suspected, key=lambda line: (-line.people, line.host or line.app or line.key or "")),
    )


def _tool(tool: Tool, found: Found, directory: Directory, judge: Judge) -> ToolLine:
    people, units = _people(found, directory)
    classes = sorted(found.classes)
    seen = Seen(tool=tool.id, units=frozenset(units), people=people, classes=frozenset(classes), last_seen=found.last)
    return ToolLine(
        tool=tool.id, name=tool.name, vendor=tool.vendor, verdict=found.verdict.value, standing=judge(seen),
        people=people, events=_events(found), bytes_out=found.bytes_out, first_seen=found.first,
        last_seen=found.last, data_classes=classes, units=units, actions=dict(sorted(found.actions.items())),
        basis=found.evidence(),
    )  # fmt: skip


def _solution(name: str, found: FoundSolution, directory: Directory, judge: Judge) -> SolutionLine:
    made = found.solution(name)
    people, units = _people(found, directory)
    classes = sorted(found.classes)
    seen = Seen(
        solution=made.id, units=frozenset(units), people=people, classes=frozenset(classes), last_seen=found.last
    )
    return SolutionLine(
        id=made.id, type=made.type, name=made.name, tool=found.tool, standing=judge(seen), people=people,
        events=_events(found), first_seen=found.first, last_seen=found.last, data_classes=classes,
        connectors=list(made.connectors), sharing=made.sharing, deleted=made.deleted, environment=made.environment,
        touches=list(made.touches), created_at=made.created_at, last_run_at=made.last_run_at, basis=found.evidence(),
    )  # fmt: skip


def _suspected(key: str, found: Found, directory: Directory) -> SuspectedLine:
    kind, _, value = key.partition(":")
    named = {kind: value} if kind in {"host", "app"} else {"key": key}
    return SuspectedLine(
        probability=found.confidence, people=_people(found, directory)[0], events=_events(found),
        evidence=found.evidence(), **named,
    )  # fmt: skip


def _events(found: Found) -> dict[str, int]:
    return dict(sorted(found.events.items()))


def _people(found: Found, directory: Directory) -> tuple[int, dict[str, int]]:
    """How many distinct people, and how many by unit: the directory's word, else the record's own.

    A person is who any identifier leads to, else each unresolved primary identifier is one.
    """
    placed: dict[Hashable, str] = {}
    nobody: set[str] = set()
    for actor, told in found.actors.items():
        person = person_of(actor, directory.links)
        if person is None:
            nobody.update(told or (UNKNOWN,))
            continue
        unit = directory.units.get(person, "") if isinstance(person, str) else ""
        placed[person] = unit or (min(told) if told else placed.get(person, UNKNOWN))
    units = Counter(dict.fromkeys(nobody, 0))
    units.update(placed.values())
    return len(placed), dict(sorted(units.items()))
