"""Requests: what one service asks of another that can do it, by a row it takes; the answer is left in the row.

Pages and API run apart from ingest, which alone can reach a source (its network, its secrets, the connector's code):
see the decision in services/ingest/requests.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.errors import NotFound

TEST, REPLAY = "test", "replay"
HELD_SECONDS = 90.0
"""How long the taker may need; one that was killed leaves its request to another after that."""
MOST_ATTEMPTS = 3
KEPT = timedelta(days=7)
_ASK = text("""
    insert into control.request (kind, subject, asked_by, asked_at) values (:kind, :subject, :by, :at) returning id""")
_ASK_EACH = text("""
    insert into control.request (kind, subject, asked_by, asked_at)
    select :kind, subject, :by, :at from unnest(cast(:subjects as text[])) as asked (subject)
    where not exists (
        select from control.request r where r.kind = :kind and r.subject = asked.subject and r.done_at is null)""")
_OPEN = text("""
    select id from control.request where kind = :kind and subject = :subject and done_at is null
    order by id desc limit 1""")
_TAKE = text("""
    update control.request set taken_until = now() + make_interval(secs => :seconds), attempts = attempts + 1
    where id = (select id from control.request where done_at is null and taken_until < now()
                order by kind desc, id limit 1 for update skip locked)
    returning *""")
_FINISH = text("""
    update control.request set done_at = :at, outcome = :outcome, message = :message, result = cast(:result as jsonb)
    where id = :id and attempts = :attempts and done_at is null""")
_GET = text("select * from control.request where id = :id and kind = :kind and subject = :subject")
_LATEST = text("select * from control.request where kind = :kind and subject = :subject order by id desc limit 1")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request. `outcome` is None until it is done; then a source's state, or `replayed` or `waiting`."""

    id: int
    kind: str
    subject: str
    asked_by: str
    asked_at: datetime
    attempts: int
    done_at: datetime | None
    outcome: str | None
    message: str | None
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """`waiting` for somebody to take it, `taken`, or `done`."""
        return "done" if self.done_at is not None else "taken" if self.attempts else "waiting"


async def ask(connection: AsyncConnection, kind: str, subject: str, by: str, at: datetime) -> int:
    """Leaves a request and returns its number; one that waits already is not asked for twice."""
    given = {"kind": kind, "subject": subject, "by": by, "at": at}
    waiting = (await connection.execute(_OPEN, given)).scalar_one_or_none()
    return int(waiting if waiting is not None else (await connection.execute(_ASK, given)).scalar_one())


async def ask_each(connection: AsyncConnection, kind: str, subjects: Sequence[str], by: str, at: datetime) -> None:
    """Leaves one request for each subject, but for those that wait already."""
    given = {"kind": kind, "subjects": list(subjects), "by": by, "at": at}
    await connection.execute(_ASK_EACH, given)


async def take(connection: AsyncConnection, seconds: float = HELD_SECONDS) -> Request | None:
    """The oldest trial, else the oldest replay, that nobody holds; held for so long, and by one taker only."""
    row = (await connection.execute(_TAKE, {"seconds": seconds})).first()
    return _request(row) if row is not None else None


async def finish(
    connection: AsyncConnection, request: Request, *, at: datetime, outcome: str, message: str | None = None,
    result: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Leaves the answer; nothing happens where another has taken it meanwhile."""
    given = {
        "id": request.id, "attempts": request.attempts, "at": at, "outcome": outcome, "message": message,
        "result": msgspec.json.encode(result or {}).decode(),
    }  # fmt: skip
    await connection.execute(_FINISH, given)


async def get(connection: AsyncConnection, number: int, kind: str, subject: str) -> Request:
    """One by its number; raises NotFound for another's."""
    row = (await connection.execute(_GET, {"id": number, "kind": kind, "subject": subject})).first()
    if row is None:
        raise NotFound(f"there is no {kind} {number} of {subject!r}")
    return _request(row)


async def latest(connection: AsyncConnection, kind: str, subject: str) -> Request | None:
    """The newest of a subject."""
    row = (await connection.execute(_LATEST, {"kind": kind, "subject": subject})).first()
    return _request(row) if row is not None else None


async def tidy(connection: AsyncConnection, now: datetime) -> int:
    """Deletes what was answered long ago, and what nobody took; returns how many."""
    old = text("delete from control.request where asked_at < :before")
    return int((await connection.execute(old, {"before": now - KEPT})).rowcount)


def _request(row: Row[Any]) -> Request:
    fields = dict(row._mapping)  # noqa: SLF001 - a row as a mapping
    return Request(**{name: value for name, value in fields.items() if name != "taken_until"})
