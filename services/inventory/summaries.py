"""Summaries: cells joined with what they are taken for and whose they are, told for each tool and unit.

Label, identity and unit are joins at reading time, so relabelling and linking people need no second storage. Of a
day that was back-filled only the newest finished generation counts. People are counted distinct; events stay apart
by source type.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime

import msgspec
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.observation import ClassLabel

CURRENT = """case when exists (select from control.backfill where state = 'done')
    then cell.generation = coalesce((
        select max(generation) from control.backfill as b
        where b.instance = cell.instance and b.state = 'done'
          and cell.event_day >= b.from_at::date and cell.event_day < b.to_at::date), 0)
    else cell.generation = 0 end"""
OF_TOOLS = "and coalesce(label.tool, label.key) = any(:tools)"
OF_PERSON = """and (cell.actor in (select identifier from inventory.identity where person = :person)
    or cell.actor = :person and not exists (select from inventory.identity where identifier = :person))"""


def _used(narrowed: str) -> str:
    """SQL of tools by who used them, in which unit, seen by which source type.

    Cells are added up by actor before anything is joined, since an actor has many and people are joined to actors.
    """
    cells = f"""
        from inventory.label join inventory.cell on cell.key = label.key
        where label.verdict in ('ai', 'embedded') and {CURRENT} {narrowed}"""
    whose = """
        left join inventory.identity on identity.identifier = a.actor
        left join inventory.person on person.person = identity.person
        left join inventory.actor_unit on actor_unit.actor = a.actor"""
    return f"""
        used as materialized (
            select a.*, coalesce(identity.person, a.actor) as who, coalesce(source_type.source, a.instance) as source,
                coalesce(person.unit, actor_unit.unit, 'unknown') as unit
            from (
                select coalesce(label.tool, label.key) as tool, cell.actor, cell.instance,
                    min(label.verdict) as verdict, sum(count) as events, sum(bytes_out) as bytes_out,
                    min(first_at) as first_at, max(last_at) as last_at
                {cells} group by coalesce(label.tool, label.key), cell.actor, cell.instance) as a
            left join inventory.source_type on source_type.instance = a.instance {whose}),
        classed as (
            select distinct a.tool, coalesce(person.unit, actor_unit.unit, 'unknown') as unit, a.class
            from (
                select distinct coalesce(label.tool, label.key) as tool, cell.actor, unnest(cell.classes) as class
                {cells} and cell.classes <> '{{}}') as a {whose})"""


def _figures(narrowed: str) -> TextClause:
    """What is known of each tool, in each unit and (unit null) in all together."""
    return text(f"""
        with {_used(narrowed)},
        events as (
            select tool, unit, json_object_agg(source, events order by source)::text as events from (
                select tool, unit, source, sum(events)::bigint as events from used
                group by grouping sets ((tool, source), (tool, unit, source))) as of_source group by tool, unit),
        classes as (
            select tool, unit, array_agg(distinct class order by class) as classes from classed
            group by grouping sets ((tool), (tool, unit)))
        select figures.*, events.events, coalesce(classes.classes, '{{}}') as classes from (
            select tool, unit, min(verdict) as verdict, count(distinct who) as people,
                sum(bytes_out)::bigint as bytes_out, min(first_at) as first_seen, max(last_at) as last_seen
            from used group by grouping sets ((tool), (tool, unit))) as figures
        join events on events.tool = figures.tool and events.unit is not distinct from figures.unit
        left join classes on classes.tool = figures.tool and classes.unit is not distinct from figures.unit""")


EVERY, SOME, PERSONS = _figures(""), _figures(OF_TOOLS), _figures(OF_PERSON)
BASIS = text("""
    select tool, array_agg(distinct basis order by basis) as basis
    from (select coalesce(tool, key) as tool, unnest(basis) as basis from inventory.label
        where verdict in ('ai', 'embedded')
          and (cast(:tools as text[]) is null or coalesce(tool, key) = any(:tools))) as l
    group by tool""")
SOLUTIONS = text("""
    select s.id, s.type, s.name, s.environment, s.owner, s.deleted_at, s.first_seen, s.last_seen,
        coalesce(i.person, s.owner) as owner_person, coalesce(p.active, true) as owner_active,
        p.left_on as owner_left_on, coalesce(p.unit, au.unit, 'unknown') as unit,
        coalesce(used.people, 0) as people, coalesce(used.tools, '{}') as tools,
        coalesce(used.classes, '{}') as classes,
        s.connectors, s.sharing, s.touches, s.created_at, s.first_run_at, s.last_run_at,
        array(select distinct coalesce(mi.person, m) from unnest(s.makers) as m
            left join inventory.identity as mi on mi.identifier = m order by 1) as makers
    from inventory.solution as s
    left join inventory.identity as i on i.identifier = s.owner
    left join inventory.person as p on p.person = i.person
    left join inventory.actor_unit as au on au.actor = s.owner
    left join lateral (
        select count(distinct coalesce(ui.person, u.actor)) as people,
            array_agg(distinct l.tool) filter (where l.tool is not null) as tools,
            (select array_agg(distinct c order by c) from inventory.solution_use as x, unnest(x.classes) as c
             where x.solution = s.id) as classes
        from inventory.solution_use as u
        left join inventory.identity as ui on ui.identifier = u.actor
        left join inventory.label as l on l.key = u.key
        where u.solution = s.id) as used on true
    where (cast(:ids as text[]) is null or s.id = any(:ids))
      and (cast(:person as text) is null or coalesce(i.person, s.owner) = :person)
    order by s.id""")
SOLUTION_EVENTS = text("""
    select u.solution, coalesce(st.source, u.instance) as source, sum(u.count)::bigint as events
    from inventory.solution_use as u left join inventory.source_type as st on st.instance = u.instance
    where cast(:ids as text[]) is null or u.solution = any(:ids) group by 1, 2 order by 1, 2""")


CLASS_EVIDENCE = text("""
    select distinct on (subject, name) subject, name, confidence, basis from (
        select coalesce(l.tool, e.key) as subject, e.name, e.confidence, e.basis
        from inventory.class_evidence as e join inventory.label as l on l.key = e.key
        where coalesce(l.tool, e.key) = any(:subjects)
        union all
        select u.solution, e.name, e.confidence, e.basis
        from inventory.solution_use as u join inventory.class_evidence as e on e.key = u.key and e.name = any(u.classes)
        where u.solution = any(:subjects)) as told
    order by subject, name, confidence desc, basis""")


_events = msgspec.json.Decoder(dict[str, int]).decode


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a tool, in one unit (`unit` set) or everywhere (None); sizes are bytes."""

    tool: str
    unit: str | None
    verdict: str
    people: int
    bytes_out: int
    first_seen: datetime
    last_seen: datetime
    events: dict[str, int]
    classes: tuple[str, ...] = ()


class SolutionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a solution. `owner` and `makers` are pseudonyms where linked, else the identifiers seen."""

    id: str
    type: str
    name: str | None
    environment: str | None
    owner: str | None
    unit: str
    people: int
    tools: tuple[str, ...]
    classes: tuple[str, ...]
    events: dict[str, int]
    first_seen: datetime
    last_seen: datetime
    deleted: bool
    owner_active: bool = True
    owner_left_on: date | None = None
    makers: tuple[str, ...] = ()
    connectors: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()
    sharing: str | None = None
    created_at: datetime | None = None
    first_run_at: datetime | None = None
    last_run_at: datetime | None = None

    def owner_left(self, today: date) -> bool:
        """Whether the directory says that the owner is gone."""
        return not self.owner_active if self.owner_left_on is None else self.owner_left_on < today


async def of_tools(
    connection: AsyncConnection, tools: Collection[str] | None = None, person: str | None = None
) -> Mapping[str, Mapping[str | None, Summary]]:
    """Summaries by tool, then by unit, None being all units together; `person` narrows to what one used."""
    if person is not None:
        asked = await connection.execute(PERSONS, {"person": person})
    elif tools is not None:
        asked = await connection.execute(SOME, {"tools": sorted(tools)})
    else:
        asked = await connection.execute(EVERY)
    found: dict[str, dict[str | None, Summary]] = defaultdict(dict)
    for row in asked:
        found[row.tool][row.unit] = Summary(
            tool=row.tool, unit=row.unit, verdict=row.verdict, people=row.people, bytes_out=row.bytes_out,
            first_seen=row.first_seen, last_seen=row.last_seen, events=_events(row.events),
            classes=tuple(row.classes),
        )  # fmt: skip
    return found


async def bases(connection: AsyncConnection, tools: Collection[str] | None = None) -> Mapping[str, tuple[str, ...]]:
    """Why keys are taken for each tool."""
    given = {"tools": sorted(tools) if tools is not None else None}
    return {row.tool: tuple(row.basis) for row in (await connection.execute(BASIS, given)).all()}


async def class_evidence(
    connection: AsyncConnection, subjects: Collection[str]
) -> Mapping[str, Mapping[str, ClassLabel]]:
    """The surest evidence of each data class, by tool or solution, then by class."""
    found: dict[str, dict[str, ClassLabel]] = defaultdict(dict)
    for row in (await connection.execute(CLASS_EVIDENCE, {"subjects": sorted(subjects)})).all():
        found[row.subject][row.name] = ClassLabel(row.name, row.confidence, row.basis)
    return found


async def of_solutions(
    connection: AsyncConnection, ids: Collection[str] | None = None, person: str | None = None
) -> Mapping[str, SolutionSummary]:
    """Summaries of solutions by id; `person` narrows to what one owns."""
    given = {"ids": sorted(ids) if ids is not None else None, "person": person}
    events: dict[str, dict[str, int]] = defaultdict(dict)
    for row in (await connection.execute(SOLUTION_EVENTS, {"ids": given["ids"]})).all():
        events[row.solution][row.source] = row.events
    rows = (await connection.execute(SOLUTIONS, given)).all()
    return {
        row.id: SolutionSummary(
            id=row.id, type=row.type, name=row.name, environment=row.environment, owner=row.owner_person,
            unit=row.unit, people=row.people, tools=tuple(row.tools or ()), classes=tuple(row.classes or ()),
            events=events[row.id], first_seen=row.first_seen, last_seen=row.last_seen,
            deleted=row.deleted_at is not None, owner_active=row.owner_active, owner_left_on=row.owner_left_on,
            makers=tuple(row.makers), connectors=tuple(row.connectors), touches=tuple(row.touches),
            sharing=row.sharing, created_at=row.created_at, first_run_at=row.first_run_at, last_run_at=row.last_run_at,
        )
        for row in rows
    }  # fmt: skip
