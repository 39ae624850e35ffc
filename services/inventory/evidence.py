"""The evidence of an alert: the keys behind it with the basis of their labels, its sources' health, related alerts."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Alert
from services.inventory import correcting
from services.inventory.api.desk import KeyItem, LabelFile, Related, SourceState
from services.inventory.domain.grain import Grain, parse
from services.inventory.summaries import CURRENT

SHOWN_KEYS, SHOWN_RELATED = 50, 20
MOST_PEOPLE = 50
"""An alert of more people is related by people to nearly everything, which says nothing."""

LABEL = "l.key, l.verdict, l.tool, l.confidence, l.basis, l.changed_at"
UNIT = "coalesce(person.unit, actor_unit.unit, 'unknown')"
WHOSE = """
    left join inventory.identity on identity.identifier = cell.actor
    left join inventory.person on person.person = identity.person
    left join inventory.actor_unit on actor_unit.actor = cell.actor"""
# Keys that a correction took away from the tool are shown too: without them nobody finds what to take back.
TOOL_KEYS = text(f"""
    select {LABEL}, count(distinct coalesce(identity.person, cell.actor)) as people,
        min(cell.first_at) as first_seen, max(cell.last_at) as last_seen
    from inventory.label as l
    join inventory.cell on cell.key = l.key and {CURRENT} {WHOSE}
    where (coalesce(l.tool, l.key) = :tool and l.verdict in ('ai', 'embedded')
        or l.key in (select key from inventory.label_told where coalesce(tool, key) = :tool))
      and {UNIT} = :unit
    group by {LABEL} order by people desc, l.key limit {SHOWN_KEYS}""")
SOLUTION_KEYS = text(f"""
    select {LABEL}, count(distinct coalesce(identity.person, cell.actor)) as people,
        min(cell.first_at) as first_seen, max(cell.last_at) as last_seen
    from inventory.solution_use as cell join inventory.label as l on l.key = cell.key {WHOSE}
    where cell.solution = :solution group by {LABEL} order by people desc, l.key limit {SHOWN_KEYS}""")
ONE_LABEL = text("""
    select l.key, l.verdict, l.tool, l.confidence, l.basis, l.author, l.reason, l.catalog, l.changed_at,
        told.verdict || coalesce(': ' || told.tool, '') as without
    from inventory.label as l left join inventory.label_told as told on told.key = l.key where l.key = :key""")
USED = text(f"""
    select count(distinct coalesce(identity.person, cell.actor)) as people, count(distinct cell.event_day) as days,
        min(cell.first_at) as first_seen, max(cell.last_at) as last_seen
    from inventory.cell left join inventory.identity on identity.identifier = cell.actor
    where cell.key = :key and {CURRENT}""")
EVENTS = text(f"""
    select coalesce(source_type.source, cell.instance) as source, sum(cell.count)::bigint as events
    from inventory.cell left join inventory.source_type on source_type.instance = cell.instance
    where cell.key = :key and {CURRENT} group by 1 order by 1""")
SOURCES = text("""
    select instance, source, state, changed_at, last_event_at from inventory.source_type
    where source = any(:sources) or instance = :instance
    order by (state = 'healthy'), instance limit 50""")
OTHER = "a.id, a.payload"
ELSEWHERE = text(f"""
    select {OTHER} from inventory.alert as a
    where a.tool = :tool and a.state <> 'closed' and a.id <> :id order by a.people desc, a.id limit {SHOWN_RELATED}""")
OWNED = text(f"""
    with mine as (
        select coalesce(i.person, s.owner) as owner from inventory.solution as s
        left join inventory.identity as i on i.identifier = s.owner where s.id = :solution and s.owner is not null)
    select {OTHER} from mine
    join inventory.solution as s on true left join inventory.identity as i on i.identifier = s.owner
    join inventory.alert as a on a.grain = 'solution:' || s.id
    where coalesce(i.person, s.owner) = mine.owner and a.state <> 'closed' and a.id <> :id
    order by a.id limit {SHOWN_RELATED}""")
MINE = {
    "tool": f"""select distinct coalesce(identity.person, cell.actor) as who, cell.actor
        from inventory.label as l join inventory.cell on cell.key = l.key and {CURRENT} {WHOSE}
        where coalesce(l.tool, l.key) = :subject and l.verdict in ('ai', 'embedded') and {UNIT} = :unit""",
    "solution": """select distinct coalesce(identity.person, cell.actor) as who, cell.actor
        from inventory.solution_use as cell left join inventory.identity on identity.identifier = cell.actor
        where cell.solution = :subject and cast(:unit as text) is not null""",
}


def _shared(mine: str) -> str:
    """SQL of the alerts about what these people use too, and of how many of them do."""
    return f"""
        with mine as materialized ({mine}),
        theirs as (
            select who, actor from mine union select mine.who, i.identifier from mine
            join inventory.identity as i on i.person = mine.who),
        used as (
            select 'tool:' || coalesce(l.tool, l.key) || '|' || {UNIT} as grain, theirs.who
            from theirs join inventory.cell on cell.actor = theirs.actor
            join inventory.label as l on l.key = cell.key and l.verdict in ('ai', 'embedded') {WHOSE}
            union select 'solution:' || u.solution, theirs.who
            from theirs join inventory.solution_use as u on u.actor = theirs.actor)
        select {OTHER}, count(distinct used.who) as in_common from used
        join inventory.alert as a on a.grain = used.grain
        where a.state <> 'closed' and a.id <> :id and (a.tool is null or a.tool <> :subject)
        group by a.id order by in_common desc, a.id limit {SHOWN_RELATED}"""


SHARED = {kind: text(_shared(mine)) for kind, mine in MINE.items()}
_decode = msgspec.json.Decoder(Alert).decode


async def keys(connection: AsyncConnection, alert: Alert) -> tuple[KeyItem, ...]:
    """The match keys behind it, those of most people first, each with the correction that holds of it."""
    grain = parse(alert.grain)
    if grain.kind in {"source", "capability"}:
        return ()
    if grain.kind == "tool":
        rows = (await connection.execute(TOOL_KEYS, {"tool": grain.subject, "unit": grain.unit})).all()
    else:
        rows = (await connection.execute(SOLUTION_KEYS, {"solution": grain.subject})).all()
    held = await correcting.holding(connection, [row.key for row in rows])
    return tuple(
        KeyItem(
            key=row.key, verdict=row.verdict, tool=row.tool, confidence=row.confidence, basis=tuple(row.basis),
            changed_at=row.changed_at, people=row.people, first_seen=row.first_seen, last_seen=row.last_seen,
            corrected=held.get(row.key),
        )
        for row in rows
    )  # fmt: skip


async def sources(connection: AsyncConnection, alert: Alert) -> tuple[SourceState, ...]:
    """The instances of the source types that saw it, what is broken first."""
    grain = parse(alert.grain)
    given = {"sources": sorted(alert.events), "instance": _instance(grain)}
    return tuple(
        SourceState(
            instance=row.instance, source=row.source, state=row.state, changed_at=row.changed_at,
            last_event_at=row.last_event_at,
        )
        for row in await connection.execute(SOURCES, given)
    )  # fmt: skip


def _instance(grain: Grain) -> str:
    """The instance it is about; an instance's name has no slash."""
    return grain.subject.partition("/")[0] if grain.kind in {"source", "capability"} else ""


async def related(connection: AsyncConnection, alert: Alert, *, people: bool) -> tuple[Related, ...]:
    """Other alerts: the same tool in other units, solutions of the same owner and, where `people`, by people in common.

    It says how many people are shared and never which.
    """
    grain, found = parse(alert.grain), list[Related]()
    if alert.tool is not None:
        rows = (await connection.execute(ELSEWHERE, {"tool": alert.tool, "id": alert.id})).all()
        found += _related("tool", rows)
    if grain.kind == "solution":
        rows = (await connection.execute(OWNED, {"solution": grain.subject, "id": alert.id})).all()
        found += _related("owner", rows)
    if people and grain.kind in SHARED and 0 < alert.people <= MOST_PEOPLE:
        found += _related("people", await _in_common(connection, grain, alert))
    seen: dict[str, Related] = {}
    for each in found:
        seen.setdefault(each.alert, each)
    return tuple(seen.values())


async def _in_common(connection: AsyncConnection, grain: Grain, alert: Alert) -> Sequence[Row[Any]]:
    given = {"subject": grain.subject, "unit": grain.unit or "", "id": alert.id}
    return (await connection.execute(SHARED[grain.kind], given)).all()


def _related(why: str, rows: Iterable[Row[Any]]) -> list[Related]:
    found = []
    for row in rows:
        alert = _decode(row.payload)
        found.append(
            Related(
                why=why, alert=alert.id, title=alert.title, state=alert.state.value, severity=alert.severity,
                standing=alert.standing.value, unit=alert.unit, in_common=getattr(row, "in_common", None),
            )
        )  # fmt: skip
    return found


async def label(connection: AsyncConnection, key: str) -> LabelFile | None:
    """Why a key is taken for what it is, with the stored use that shows it; None where nothing of it is stored."""
    row = (await connection.execute(ONE_LABEL, {"key": key})).mappings().one_or_none()
    if row is None:
        return None
    used = (await connection.execute(USED, {"key": key})).mappings().one()
    events = {each.source: each.events for each in await connection.execute(EVENTS, {"key": key})}
    told = {**row, "basis": tuple(row["basis"])}
    return LabelFile(**told, **used, events=events)
