"""Writes registry entries, many at a time: one staged COPY, one sorted statement for the entries and their history.

Whoever writes locks in the order registry entry, audit head, dirty grains (services/inventory/README.md).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.registry import RegistryEntry
from services.inventory import grains
from services.inventory.stage import stage
from services.kit.access import audit
from services.kit.access.audit import Act

TABLE, UNSET = "registry_entry", (None, None)
MANY = 500
"""Names a change may touch before all grains are marked, which then is the shorter way."""

# A submission that does not say when it was made was made when it first came.
DATED = text("""
    update staged_registry_entry as new set entry = jsonb_set(new.entry, '{registered_at}', to_jsonb(coalesce((
        select held.entry ->> 'registered_at' from inventory.registry_entry as held
        where held.id = new.id and held.removed_at is null and held.entry ->> 'approval' = 'under_review'),
        to_char(cast(:now as timestamptz), 'YYYY-MM-DD'))))
    where new.entry ->> 'approval' = 'under_review' and not new.entry ? 'registered_at'""")
TOUCHED = text("""
    select distinct jsonb_array_elements_text(
        coalesce(entry -> 'tools', '[]') || coalesce(entry -> 'solution_ids', '[]')) as name
    from (
        select entry from staged_registry_entry
        union all
        select held.entry from inventory.registry_entry as held join staged_registry_entry as new on new.id = held.id
    ) as both_of_them limit :limit""")
# The last day an entry holds: its own end, or a year after its certification (domain/reconcile.py `expired`); with
# neither, none. `least` skips what is null, hence the case.
LAPSES = """least((new.entry ->> 'expires_at')::date, case when new.entry ->> 'certified_at' is not null then
    least((new.entry ->> 'certified_at')::date + interval '1 year', '9999-12-31'::timestamp)::date end)"""
REPLACE = """on conflict (id) do update set entry = excluded.entry, revision = held.revision + 1,
        removed_at = null, changed_by = excluded.changed_by, changed_at = excluded.changed_at,
        lapses_on = excluded.lapses_on
    where held.entry is distinct from excluded.entry or held.removed_at is not null"""
PUT = text(f"""
    with put as (
        insert into inventory.registry_entry as held (id, entry, changed_by, changed_at, lapses_on)
        select new.id, new.entry, :author, :now, {LAPSES} from staged_registry_entry as new order by new.id
        {REPLACE}
        returning id, revision, entry),
    remembered as (
        insert into inventory.registry_history (id, revision, entry, changed_by, changed_at)
        select id, revision, entry, :author, :now from put order by id returning id)
    select count(*) from remembered""")
DONE = text("delete from staged_registry_entry")
KEYS = text("select key from inventory.label where tool = any(:names) union select unnest(cast(:names as text[]))")
SOLUTIONS = text("select 'solution:' || id from inventory.solution where id = any(:names)")


class Author(NamedTuple):
    """Who changes something, and when."""

    name: str
    at: datetime


async def put(connection: AsyncConnection, given: Iterable[RegistryEntry], by: Author) -> int:
    """Adds or replaces entries with their history and trace, marks their grains, and returns how many changed."""
    latest = {each.id: each for each in given}
    if not latest:
        return 0
    await stage(connection, TABLE, [(name, encoded(each), 1, by.name, by.at, *UNSET) for name, each in latest.items()])
    return await merge(connection, by, next(iter(latest)) if len(latest) == 1 else None)


async def merge(connection: AsyncConnection, by: Author, only: str | None = None) -> int:
    """Writes what is staged in `staged_registry_entry` and empties it; `only` names the entry where it is one."""
    await connection.execute(DATED, {"now": by.at})
    touched = (await connection.execute(TOUCHED, {"limit": MANY + 1})).scalars().all()
    changed = int((await connection.execute(PUT, {"author": by.name, "now": by.at})).scalar_one())
    await connection.execute(DONE)
    if changed:
        about = "registry" if only is None else f"registry:{only}"
        await audit.record(connection, Act(by.at, by.name, "registry.put", about, {"changed": changed}))
        await mark(connection, touched, by.at)
    return changed


async def mark(connection: AsyncConnection, names: Iterable[str], now: datetime) -> None:
    """Marks every grain of these tools and solutions, or all there are where the names are many."""
    given = sorted(set(names))
    if len(given) > MANY:
        await grains.mark_all(connection, now)
        return
    keys = set((await connection.execute(KEYS, {"names": given})).scalars())
    solutions = set((await connection.execute(SOLUTIONS, {"names": given})).scalars())
    await grains.mark(connection, solutions | await grains.of_keys(connection, keys), now)


def encoded(entry: RegistryEntry) -> str:
    """An entry as it is stored."""
    return msgspec.json.encode(entry).decode()
