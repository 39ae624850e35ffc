"""The audit trail: who did what to what, when. Append-only, each row's digest chained to the one before.

The chain shows that no row was altered or taken out of the middle; the table's trigger refuses updates and deletes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

LAST = text("select number, digest from control.audit_head for update")
INSERT = text("""
    insert into control.audit (number, at, actor, action, object, detail, previous, digest)
    values (:number, :at, :actor, :action, :object, cast(:detail as jsonb), :previous, :digest)""")
MOVE = text("update control.audit_head set number = :number, digest = :digest")
PAGE = text("""
    select number, at, actor, action, object, cast(detail as text) as detail, previous, digest from control.audit
    where cast(:before as bigint) is null or number < :before order by number desc limit :limit""")


@dataclass(frozen=True)
class Act:
    """What somebody did. `detail` holds small facts about it, never a secret and never who a pseudonym is."""

    at: datetime
    actor: str
    action: str
    object: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """An act in its place in the trail."""

    number: int
    act: Act
    previous: str
    digest: str


async def record(connection: AsyncConnection, act: Act) -> None:
    """Adds an act in the caller's transaction, so that the act and its trace stand or fall together.

    The head row's lock puts the writers in order until they commit: acts of people are rare enough for that.
    """
    head = (await connection.execute(LAST)).one()
    number = head.number + 1
    digest = chain(head.digest, number, act)
    given = {
        "number": number, "at": act.at, "actor": act.actor, "action": act.action, "object": act.object,
        "detail": msgspec.json.encode(act.detail).decode(), "previous": head.digest, "digest": digest,
    }  # fmt: skip
    await connection.execute(INSERT, given)
    await connection.execute(MOVE, {"number": number, "digest": digest})


def chain(previous: str, number: int, act: Act) -> str:
    """The digest of a row over its content and the digest before it."""
    content = [previous, number, act.at, act.actor, act.action, act.object, dict(act.detail)]
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


async def page(connection: AsyncConnection, before: int | None, limit: int) -> list[Entry]:
    """The newest rows below number `before`, newest first."""
    rows = await connection.execute(PAGE, {"before": before, "limit": limit})
    return [
        Entry(row.number, Act(row.at, row.actor, row.action, row.object, msgspec.json.decode(row.detail)),
              row.previous, row.digest)
        for row in rows
    ]  # fmt: skip


def first_fault(entries: Sequence[Entry]) -> int | None:
    """The number of the first row, oldest first, that does not follow from the one before; None where all do."""
    before: str | None = None
    for entry in sorted(entries, key=lambda entry: entry.number):
        altered = entry.digest != chain(entry.previous, entry.number, entry.act)
        if altered or (before is not None and entry.previous != before):
            return entry.number
        before = entry.digest
    return None
