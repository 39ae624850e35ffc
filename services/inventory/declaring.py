"""Declaring: registry entries that decisions write, and that undoing a decision puts back as they were."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.registry import RegistryEntry
from services.inventory import registry

READ = """
    select id, cast(entry as text) as entry, revision, removed_at is not null as removed, changed_by, changed_at
    from inventory.registry_entry where id = any(:ids) order by id"""
LOOK, HOLD = text(READ), text(f"{READ} for update")

_decode = msgspec.json.Decoder(RegistryEntry).decode


class Held(NamedTuple):
    """An entry as the registry holds it; `entry` is None for a removed one."""

    entry: RegistryEntry | None
    revision: int
    changed_by: str
    changed_at: datetime


async def read(connection: AsyncConnection, ids: Collection[str], *, hold: bool = False) -> dict[str, Held]:
    """The entries of these ids that were ever declared; with `hold` they are locked until the transaction ends."""
    rows = (await connection.execute(HOLD if hold else LOOK, {"ids": sorted(ids)})).all()
    return {
        row.id: Held(None if row.removed else _decode(row.entry), row.revision, row.changed_by, row.changed_at)
        for row in rows
    }  # fmt: skip


async def declare(
    connection: AsyncConnection, wanted: Mapping[str, RegistryEntry | None], author: str, now: datetime
) -> tuple[dict[str, Held], dict[str, Held]]:
    """Puts these entries into the registry and removes those that are None; returns them as before and as after."""
    if not wanted:
        return {}, {}
    before = await read(connection, wanted, hold=True)
    put = [entry for _, entry in sorted(wanted.items()) if entry is not None]
    if put:
        await registry.put(connection, put, author, now)
    for name, entry in sorted(wanted.items()):
        if entry is None and name in before and before[name].entry is not None:
            await registry.remove(connection, name, author, now)
    return before, await read(connection, wanted)
