"""The registry in the database: entries with their history, and whose owners have left."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.registry import RegistryEntry
from services.inventory import grains
from services.kit.access import audit
from services.kit.access.audit import Act
from services.kit.keys import Keys

ALL = text("select cast(entry as text) from inventory.registry_entry where removed_at is null order by id")
PAGE = text("""
    select cast(entry as text) from inventory.registry_entry
    where removed_at is null and (cast(:after as text) is null or id > :after) order by id limit :limit""")
PUT = text("""
    insert into inventory.registry_entry as held (id, entry, changed_by, changed_at)
    values (:id, cast(:entry as jsonb), :author, :now)
    on conflict (id) do update set entry = excluded.entry, revision = held.revision + 1, removed_at = null,
        changed_by = excluded.changed_by, changed_at = excluded.changed_at
    where held.entry is distinct from excluded.entry or held.removed_at is not null
    returning revision""")
REMEMBER = text("""
    insert into inventory.registry_history (id, revision, entry, changed_by, changed_at)
    values (:id, :revision, cast(:entry as jsonb), :author, :now)""")
LEFT = text("""
    select i.identifier from inventory.identity as i join inventory.person as p on p.person = i.person
    where i.identifier = any(:some) and (not p.active or p.left_on < :today)""")

_decode = msgspec.json.Decoder(RegistryEntry).decode


async def entries(connection: AsyncConnection) -> list[RegistryEntry]:
    """All that are not removed, by id."""
    return [_decode(row) for row in (await connection.execute(ALL)).scalars()]


async def page(connection: AsyncConnection, limit: int, after: str | None) -> list[RegistryEntry]:
    """A page of them, by id."""
    return [_decode(row) for row in (await connection.execute(PAGE, {"limit": limit, "after": after})).scalars()]


async def put(connection: AsyncConnection, given: Sequence[RegistryEntry], author: str, now: datetime) -> int:
    """Adds or replaces entries with their history and trace, marks every grain, and returns how many changed."""
    changed = 0
    for entry in sorted(given, key=lambda each: each.id):
        row = {"id": entry.id, "entry": msgspec.json.encode(entry).decode(), "author": author, "now": now}
        revision = (await connection.execute(PUT, row)).scalar_one_or_none()
        if revision is not None:
            changed += 1
            await connection.execute(REMEMBER, {**row, "revision": revision})
    if changed:
        about = f"registry:{given[0].id}" if len(given) == 1 else "registry"
        await audit.record(connection, Act(now, author, "registry.put", about, {"changed": changed}))
        await grains.mark_all(connection, now)
    return changed


async def owners_left(connection: AsyncConnection, owners: Collection[str], keys: Keys, now: datetime) -> set[str]:
    """Those of the owners (e-mail addresses) whom the directory says have left."""
    by_identifier = {f"email:{keys.identifier('email', owner.strip().lower()).hmac}": owner for owner in owners}
    given = {"some": sorted(by_identifier), "today": now.date()}
    return {by_identifier[found] for found in (await connection.execute(LEFT, given)).scalars()}
