"""Merges a batch's folded rows into the tables: one staged COPY and one sorted statement for each table.

Every table is locked in the same order by every transaction, and rows of a table in key order, so that any number of
inventories can merge side by side without deadlock.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.inventory import copying, grains
from services.inventory.built import MAKERS, PARTS
from services.inventory.fold import RANK, Folded
from services.inventory.stage import stage, stage_encoded


def _union(held: str, added: str) -> str:
    """SQL of the sorted union of two class arrays; the held one where it has them all already."""
    every = f"select coalesce(array_agg(distinct name order by name), '{{}}') from unnest({held} || {added}) as name"
    return f"case when {added} <@ {held} then {held} else ({every}) end"


VERDICTS = ",".join(f"'{verdict.value}'" for verdict in RANK)


def _rank(column: str) -> str:
    """SQL of the rank of a verdict."""
    return f"array_position(array[{VERDICTS}], {column})"


CELL = text(f"""
    insert into inventory.cell as held select * from staged_cell
    order by key, actor, event_day, instance, generation, arrival_day, action
    on conflict (key, actor, event_day, instance, generation, arrival_day, action) do update set
        count = held.count + excluded.count,
        bytes_out = held.bytes_out + excluded.bytes_out, bytes_in = held.bytes_in + excluded.bytes_in,
        first_at = least(held.first_at, excluded.first_at), last_at = greatest(held.last_at, excluded.last_at),
        classes = {_union("held.classes", "excluded.classes")}""")
# Within one catalog the stronger label holds, between two the one whose record arrived later; never over an author.
LATER = f"""case when held.catalog = {{new}}.catalog
        then ({_rank("{new}.verdict")}, {{new}}.confidence, coalesce({{new}}.tool, ''))
            > ({_rank("held.verdict")}, held.confidence, coalesce(held.tool, ''))
        else ({{new}}.changed_at, {{new}}.catalog) > (held.changed_at, held.catalog) end"""
HOLDS = f"(held.author is null and {LATER})"
LABELS_CHANGED = text(f"""
    select new.key, held.tool is distinct from new.tool as moved, held.author is not null as corrected
    from staged_label as new left join inventory.label as held on held.key = new.key
    where held.key is null or held.author is not null or {HOLDS.format(new="new")}""")
LABEL = text(f"""
    insert into inventory.label as held select * from staged_label where key = any(:keys) order by key
    on conflict (key) do update set verdict = excluded.verdict, tool = excluded.tool,
        confidence = excluded.confidence, basis = excluded.basis, catalog = excluded.catalog,
        changed_at = excluded.changed_at
    where {HOLDS.format(new="excluded")}""")
# What the catalog says of a corrected key is kept beside it, for the day the correction is taken back.
TOLD = text(f"""
    insert into inventory.label_told as held select * from staged_label where key = any(:keys) order by key
    on conflict (key) do update set verdict = excluded.verdict, tool = excluded.tool,
        confidence = excluded.confidence, basis = excluded.basis, catalog = excluded.catalog,
        changed_at = excluded.changed_at
    where {LATER.format(new="excluded")}""")
UNITS_CHANGED = text("""
    select new.actor from staged_actor_unit as new left join inventory.actor_unit as held on held.actor = new.actor
    where held.actor is null or (held.unit <> new.unit and coalesce(held.named_at, '-infinity') < new.named_at)""")
UNIT = text("""
    insert into inventory.actor_unit as held select * from staged_actor_unit where actor = any(:actors) order by actor
    on conflict (actor) do update set unit = excluded.unit, named_at = excluded.named_at
    where coalesce(held.named_at, '-infinity') < excluded.named_at""")
NEWER = """(excluded.described_at is not null and (held.described_at is null or
        (excluded.described_at, excluded.deleted_at is not null) > (held.described_at, held.deleted_at is not null)))"""
LISTS = {"connectors", "touches"}
OWNS = """(excluded.owner_at is not null and (held.owner_at is null or case
        when excluded.owner_told <> held.owner_told then excluded.owner_told
        when excluded.owner_told then (excluded.owner_at, excluded.owner) > (held.owner_at, held.owner)
        else (excluded.owner_at, excluded.owner) < (held.owner_at, held.owner) end))"""


def _latest(part: str) -> str:
    """SQL that takes a part of a description where it is told later than the one held; at one time the greater."""
    said = f"array_to_string({{0}}.{part}, ' ')" if part in LISTS else f"{{0}}.{part}"
    new, held = (f'({side}.{part}_at, {said.format(side)} collate "C")' for side in ("excluded", "held"))
    later = f"(excluded.{part}_at is not null and (held.{part}_at is null or {new} > {held}))"
    return f"""{part} = case when {later} then excluded.{part} else held.{part} end,
        {part}_at = greatest(held.{part}_at, excluded.{part}_at)"""


SOLUTION = text(f"""
    insert into inventory.solution as held select * from staged_solution order by id
    on conflict (id) do update set
        {", ".join(map(_latest, PARTS))},
        deleted_at = case when {NEWER} then excluded.deleted_at else held.deleted_at end,
        described_at = greatest(held.described_at, excluded.described_at),
        owner = case when {OWNS} then excluded.owner else held.owner end,
        owner_at = case when {OWNS} then excluded.owner_at else held.owner_at end,
        owner_told = case when {OWNS} then excluded.owner_told else held.owner_told end,
        makers = (select coalesce(array_agg(maker order by maker), '{{}}') from (
            select distinct maker collate "C" as maker from unnest(held.makers || excluded.makers) as maker
            order by maker limit {MAKERS}) as named),
        created_at = least(held.created_at, excluded.created_at),
        first_run_at = least(held.first_run_at, excluded.first_run_at),
        last_run_at = greatest(held.last_run_at, excluded.last_run_at),
        first_seen = least(held.first_seen, excluded.first_seen),
        last_seen = greatest(held.last_seen, excluded.last_seen)""")
USE = text(f"""
    insert into inventory.solution_use as held select * from staged_solution_use
    order by solution, actor, key, instance, event_day
    on conflict (solution, actor, key, instance, event_day) do update set
        count = held.count + excluded.count, first_at = least(held.first_at, excluded.first_at),
        last_at = greatest(held.last_at, excluded.last_at),
        classes = {_union("held.classes", "excluded.classes")}""")
EVIDENCE = text("""
    insert into inventory.class_evidence as held select * from staged_class_evidence order by key, name
    on conflict (key, name) do update set confidence = excluded.confidence, basis = excluded.basis
    where (excluded.confidence, excluded.basis) > (held.confidence, held.basis)""")
SOURCES = text("""
    insert into inventory.source_type (instance, source)
    select instance, source from unnest(cast(:instances as text[]), cast(:sources as text[])) as new (instance, source)
    where not exists (select from inventory.source_type as held where held.instance = new.instance)
    order by instance on conflict (instance) do nothing""")


async def merge(connection: AsyncConnection, folded: Folded) -> set[str]:
    """Adds the rows and returns the grains they concern, under their old and new names; marking them is the caller's.

    A label or unit that gives stored cells another grain is changed with the fence held alone.
    """
    await stage_encoded(connection, "cell", copying.cells(folded.cells))
    await stage(connection, "label", list(folded.labels.values()))
    changed = (await connection.execute(LABELS_CHANGED)).all()
    labels = {row.key: row.moved for row in changed if not row.corrected}
    units = await _units_changed(connection, folded)
    moved = [key for key, other in labels.items() if other]
    left = await grains.of_keys(connection, moved) | await grains.of_actors(connection, units)
    if left:
        await grains.relinking(connection)
        left = await grains.of_keys(connection, moved) | await grains.of_actors(connection, units)
    else:
        await grains.counting(connection)
    await connection.execute(CELL)
    if labels:
        await connection.execute(LABEL, {"keys": sorted(labels)})
    if len(labels) < len(changed):
        await connection.execute(TOLD, {"keys": sorted(row.key for row in changed if row.corrected)})
    if units:
        await connection.execute(UNIT, {"actors": units})
    joined = await grains.of_keys(connection, moved) | await grains.of_actors(connection, units) if left else set()
    return left | joined | await grains.of_staged(connection) | await _rest(connection, folded)


async def _units_changed(connection: AsyncConnection, folded: Folded) -> list[str]:
    if not folded.units:
        return []
    rows = [(who, unit, at) for who, (at, unit) in folded.units.items()]
    await stage(connection, "actor_unit", rows)
    return sorted((await connection.execute(UNITS_CHANGED)).scalars())


async def _rest(connection: AsyncConnection, folded: Folded) -> set[str]:
    """Class evidence, solutions, their use, and sources met for the first time; returns the solutions' grains."""
    if folded.evidence:
        await stage(connection, "class_evidence", [(*place, *found) for place, found in folded.evidence.items()])
        await connection.execute(EVIDENCE)
    if folded.solutions:
        await stage(connection, "solution", [row.row() for row in folded.solutions.values()])
        await connection.execute(SOLUTION)
        await stage(connection, "solution_use", folded.use_rows())
        await connection.execute(USE)
    given = {"instances": list(folded.sources), "sources": list(folded.sources.values())}
    await connection.execute(SOURCES, given)
    return {f"solution:{name}" for name in folded.solutions}
