"""Changing one entry where others may be at it too: its revisions, what each changed, and who came first."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.registry import RegistryEntry
from services.inventory import registry, registry_store
from services.inventory.registry_store import Author
from services.kit.errors import Conflict, NotFound

ONE = text("""
    select id, cast(entry as text) as entry, revision, changed_by, changed_at, removed_at
    from inventory.registry_entry where id = :id""")
HOLD = text(f"{ONE.text} for update")
MAKING = text("select pg_advisory_xact_lock(hashtext('registry:' || :id))")
HISTORY = text("""
    select revision, cast(entry as text) as entry, changed_by, changed_at from inventory.registry_history
    where id = :id order by revision desc limit :limit""")
SHOWN = 200
"""Revisions of an entry that are shown; more than that are kept."""

_decode = msgspec.json.Decoder(RegistryEntry).decode
_fields = RegistryEntry.__struct_fields__


class Change(msgspec.Struct, frozen=True):
    """A field that changed; `extra` columns go by their own names. None is nothing."""

    field: str
    before: Any
    after: Any


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """One revision: what it changed against the one before; `removed` where it took the entry out."""

    revision: int
    changed_by: str
    changed_at: datetime
    removed: bool
    changes: tuple[Change, ...]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it stands, and its revisions, newest first."""

    entry: RegistryEntry
    revision: int
    changed_by: str
    changed_at: datetime
    removed_at: datetime | None
    history: tuple[Revision, ...]


class ChangedMeanwhile(Conflict):
    """Somebody else changed the entry first; `record` is how it stands now, `since` what they did."""

    def __init__(self, record: Record, since: tuple[Revision, ...]) -> None:
        super().__init__(f"{record.entry.id} {happened(since, record)}; nothing of yours was saved")
        self.record, self.since = record, since


async def record(connection: AsyncConnection, name: str) -> Record:
    """An entry, a removed one too; raises NotFound."""
    row = (await connection.execute(ONE, {"id": name})).one_or_none()
    if row is None:
        raise NotFound(f"the registry has no entry {name}")
    return await _record(connection, row)


async def change(connection: AsyncConnection, entry: RegistryEntry, by: Author, seen: int | None) -> int:
    """Saves one entry and returns its revision; `seen` is the revision it was changed from, 0 for a new one.

    None saves over whatever is there. Raises ChangedMeanwhile where another revision stands there.
    """
    if seen is not None:
        await _check(connection, entry.id, seen)
    await registry_store.put(connection, [entry], by)
    return int((await connection.execute(ONE, {"id": entry.id})).one().revision)


async def remove(connection: AsyncConnection, name: str, by: Author, seen: int | None) -> None:
    """Removes one entry; raises NotFound, or ChangedMeanwhile as `change` does."""
    if seen is not None:
        await _check(connection, name, seen)
    await registry.remove(connection, name, by.name, by.at)


async def _check(connection: AsyncConnection, name: str, seen: int) -> None:
    """An advisory lock first: two who make the same new entry have no row yet to wait for."""
    await connection.execute(MAKING, {"id": name})
    row = (await connection.execute(HOLD, {"id": name})).one_or_none()
    stands = 0 if row is None or (row.removed_at is not None and seen == 0) else row.revision
    if row is not None and stands != seen:
        found = await _record(connection, row)
        raise ChangedMeanwhile(found, tuple(each for each in found.history if each.revision > seen))
    if row is None and seen:
        raise NotFound(f"the registry has no entry {name}")


async def _record(connection: AsyncConnection, row: Row[Any]) -> Record:
    rows = (await connection.execute(HISTORY, {"id": row.id, "limit": SHOWN + 1})).all()
    return Record(
        entry=_decode(row.entry), revision=row.revision, changed_by=row.changed_by, changed_at=row.changed_at,
        removed_at=row.removed_at, history=revisions(rows)[:SHOWN],
    )  # fmt: skip


def revisions(rows: Any) -> tuple[Revision, ...]:
    """Revisions, newest first, from stored rows in that order. A removal, and what follows one, is held to nothing."""
    entries = [_decode(row.entry) if row.entry is not None else None for row in rows]
    return tuple(
        Revision(
            revision=row.revision, changed_by=row.changed_by, changed_at=row.changed_at, removed=after is None,
            changes=changes(before, after) if after is not None else (),
        )
        for row, after, before in zip(rows, entries, [*entries[1:], None], strict=True)
    )  # fmt: skip


def changes(before: RegistryEntry | None, after: RegistryEntry) -> tuple[Change, ...]:
    """The fields that differ, in the order of the registry file, then further columns by name. Pure."""
    told = [_told(before) if before is not None else {}, _told(after)]
    names = [*(name for name in _fields if name not in {"id", "extra"}), *sorted({*told[0], *told[1]} - set(_fields))]
    return tuple(
        Change(name, told[0].get(name), told[1].get(name)) for name in names if told[0].get(name) != told[1].get(name)
    )


def _told(entry: RegistryEntry) -> dict[str, Any]:
    """What an entry says, in JSON's types; what says nothing is left out."""
    given = {name: getattr(entry, name) for name in _fields if name != "extra"}
    said = {name: value for name, value in {**entry.extra, **given}.items() if value}
    return {name: msgspec.to_builtins(value) for name, value in said.items()}


def happened(since: tuple[Revision, ...], record: Record) -> str:
    """What others did meanwhile, in one sentence."""
    if record.removed_at is not None:
        return f"was removed by {record.changed_by} on {record.changed_at:%Y-%m-%d %H:%M} UTC"
    fields = ", ".join(dict.fromkeys(each.field for one in since for each in one.changes)) or "it"
    if since and since[-1].revision == 1:
        return f"is there already, made by {since[-1].changed_by} on {since[-1].changed_at:%Y-%m-%d %H:%M} UTC"
    return f"was changed by {record.changed_by} on {record.changed_at:%Y-%m-%d %H:%M} UTC ({fields})"
