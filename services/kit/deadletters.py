"""Dead letters: unreadable records on their own topic, and the table that says what became of each.

Producers append a `DeadLetter` (sealed record, place, reason) to `<topic>.dlq`. `curator` copies those topics into
`control.dead_letter`, once each; `penumbra dlq list|show|replay|drop` works on the table, and a replay appends the
record to where it came from with the same key, so that its id is still its own.
"""

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.deadletter import DeadLetter
from schemas.topics import DEAD_LETTER, DEAD_LETTER_RETENTION, TOPICS, Topic
from services.kit.clock import Clock
from services.kit.errors import NotFound
from services.kit.eventlog import Batch, EventLog, Received, Record
from services.kit.keys import Keys
from services.kit.loop import Consumer, Handled
from services.kit.runtime import Runtime

log_ = structlog.get_logger(__name__)
GROUP = "dead-letters"
INSERT = text("""
    insert into control.dead_letter (id, origin, position, reason, attempts, first_failed_at, sealed)
    values (:id, :origin, :position, :reason, :attempts, :first_failed_at, :sealed)
    on conflict (id) do update set attempts = control.dead_letter.attempts + 1, state = 'waiting',
        reason = excluded.reason, changed_at = now()
    where control.dead_letter.state = 'replayed'""")
NAMES = (*(topic.dead_letters for topic in TOPICS), DEAD_LETTER.name)


class Row(NamedTuple):
    """One dead letter as operations see it; the record itself stays sealed."""

    id: str
    origin: str
    position: str
    reason: str
    attempts: int
    first_failed_at: datetime
    state: str


class Group(NamedTuple):
    """Dead letters that wait, of one origin and for one reason."""

    origin: str
    reason: str
    letters: int
    oldest: datetime
    newest: datetime


def retentions() -> dict[str, float | None]:
    """Every topic of the deployment with its retention in seconds, dead letters included."""
    kept = {topic.name: topic.retention.total_seconds() if topic.retention else None for topic in TOPICS}
    letters: dict[str, float | None] = dict.fromkeys(NAMES, DEAD_LETTER_RETENTION.total_seconds())
    return {**kept, **letters}


def letter(topic: Topic, batch: Batch, record: Received, reason: str, keys: Keys, clock: Clock) -> DeadLetter:
    """The dead letter of a record of a topic: key and value sealed together, named by its place in the log."""
    position = f"{batch.partition}/{record.offset}"
    sealed = keys.seal(base64.b64encode(record.key) + b"\n" + (record.value or b""))
    name = hashlib.blake2b(f"{topic.name}\0{position}".encode(), digest_size=16).hexdigest()
    return DeadLetter(
        id=name, origin=topic.name, position=position, reason=reason, first_failed_at=clock.now(), sealed=sealed
    )


async def put(log: EventLog, topic: Topic, letters: Sequence[DeadLetter]) -> None:
    """Appends letters to the topic's dead letters."""
    encode = msgspec.json.encode
    await log.append(topic.dead_letters, [Record(each.id.encode(), encode(each)) for each in letters])


def curators(runtime: Runtime) -> dict[str, Consumer]:
    """One consumer for each dead-letter topic."""
    return {name: _curator(runtime, name) for name in NAMES}


def _curator(runtime: Runtime, topic: str) -> Consumer:
    decode = msgspec.json.Decoder(DeadLetter).decode

    async def handle(batch: Batch) -> Handled:
        letters = []
        for record in batch.records:
            try:
                letters.append(_row(decode(record.value or b"")))
            except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
                log_.error("not a dead letter; it stays in the log only", topic=topic, why=str(fault))  # noqa: TRY400 - the message says it all
        if letters:
            async with runtime.engine.begin() as connection:
                await connection.execute(INSERT, letters)
        return Handled(len(letters), len(batch.records) - len(letters))

    return Consumer(name=f"{topic} curator", topic=topic, group=GROUP, handle=handle, clock=runtime.clock, limit=500)


def _row(letter: DeadLetter) -> dict[str, Any]:
    """Its columns; a NUL, which PostgreSQL can't hold, must not keep the others out."""
    fields = msgspec.structs.asdict(letter)
    return {name: value.replace("\0", "\ufffd") if isinstance(value, str) else value for name, value in fields.items()}


async def listed(engine: AsyncEngine, *, state: str | None = "waiting", limit: int = 1000) -> list[Row]:
    """Dead letters, oldest first."""
    query = text("""
        select id, origin, position, reason, attempts, first_failed_at, state from control.dead_letter
        where cast(:state as text) is null or state = :state order by first_failed_at, id limit :limit""")
    async with engine.connect() as connection:
        rows = (await connection.execute(query, {"state": state, "limit": limit})).all()
    return [_shown(row) for row in rows]


async def page(
    engine: AsyncEngine, *, state: str | None, origin: str | None = None, reason: str | None = None,
    after: tuple[datetime, str] | None = None, limit: int = 100,
) -> list[Row]:  # fmt: skip
    """Dead letters of a state, an origin, a reason (None: any), oldest first, from after one's time and id on."""
    query = text("""
        select id, origin, position, reason, attempts, first_failed_at, state from control.dead_letter
        where (cast(:state as text) is null or state = :state) and (cast(:origin as text) is null or origin = :origin)
          and (cast(:reason as text) is null or reason = :reason)
          and (cast(:at as timestamptz) is null or (first_failed_at, id) > (:at, :id))
        order by first_failed_at, id limit :limit""")
    at, name = after or (None, None)
    given = {"state": state, "origin": origin, "reason": reason, "at": at, "id": name, "limit": limit}
    async with engine.connect() as connection:
        return [_shown(row) for row in (await connection.execute(query, given)).all()]


async def groups(engine: AsyncEngine, limit: int = 100) -> list[Group]:
    """Those that wait, by origin and reason, most first."""
    query = text("""
        select origin, reason, count(*) as letters, min(first_failed_at) as oldest, max(first_failed_at) as newest
        from control.dead_letter where state = 'waiting'
        group by origin, reason order by count(*) desc, origin, reason limit :limit""")
    async with engine.connect() as connection:
        rows = (await connection.execute(query, {"limit": limit})).all()
    return [Group(row.origin, row.reason, int(row.letters), row.oldest, row.newest) for row in rows]


async def drop_each(connection: AsyncConnection, names: Sequence[str]) -> int:
    """Marks those that wait as dropped, in the caller's transaction; returns how many there were."""
    query = text("""
        update control.dead_letter set state = 'dropped', changed_at = now()
        where id = any(:names) and state = 'waiting'""")
    return int((await connection.execute(query, {"names": list(names)})).rowcount)


async def waiting(engine: AsyncEngine) -> dict[str, int]:
    """How many wait, by origin."""
    query = text("select origin, count(*) from control.dead_letter where state = 'waiting' group by origin")
    async with engine.connect() as connection:
        return {str(origin): int(count) for origin, count in (await connection.execute(query)).all()}


async def drop(engine: AsyncEngine, name: str) -> None:
    """Marks one as dropped; raises NotFound."""
    await _mark(engine, name, "dropped")


async def one(engine: AsyncEngine, name: str) -> Row:
    """One, its record still sealed; raises NotFound."""
    return _shown(await _held(engine, name))


async def unsealed(engine: AsyncEngine, keys: Keys, name: str) -> tuple[Row, bytes]:
    """One with its record in the clear; raises NotFound."""
    row = await _held(engine, name)
    return _shown(row), keys.open(row.sealed)


async def _held(engine: AsyncEngine, name: str) -> Any:
    query = text("select * from control.dead_letter where id = :id")
    async with engine.connect() as connection:
        row = (await connection.execute(query, {"id": name})).one_or_none()
    if row is None:
        raise NotFound(f"no dead letter {name}; penumbra dlq list shows them")
    return row


def _shown(row: Any) -> Row:
    return Row(row.id, row.origin, row.position, row.reason, row.attempts, row.first_failed_at, row.state)


async def replay(engine: AsyncEngine, log: EventLog, keys: Keys, name: str) -> None:
    """Appends a topic's record to the topic again and marks it replayed; raises NotFound for a source's record."""
    row, clear = await unsealed(engine, keys, name)
    if row.origin not in {topic.name for topic in TOPICS}:
        raise NotFound(f"dead letter {name} is of source {row.origin}, not of a topic")
    key, _, value = clear.partition(b"\n")
    await log.append(row.origin, [Record(base64.b64decode(key), value)])
    await settled(engine, name)


async def failed_again(engine: AsyncEngine, name: str, reason: str) -> None:
    """Counts a replay that failed before anything was appended; the letter waits on. Raises NotFound."""
    query = text("""
        update control.dead_letter set state = 'waiting', attempts = attempts + 1, reason = :reason, changed_at = now()
        where id = :id""")
    async with engine.begin() as connection:
        if (await connection.execute(query, {"id": name, "reason": reason})).rowcount != 1:
            raise NotFound(f"no dead letter {name}; penumbra dlq list shows them")


async def settled(engine: AsyncEngine, name: str) -> None:
    """Marks one as replayed; raises NotFound."""
    await _mark(engine, name, "replayed")


async def _mark(engine: AsyncEngine, name: str, state: str) -> None:
    query = text("update control.dead_letter set state = :state, changed_at = now() where id = :id")
    async with engine.begin() as connection:
        if (await connection.execute(query, {"id": name, "state": state})).rowcount != 1:
            raise NotFound(f"no dead letter {name}; penumbra dlq list shows them")


async def tidy(engine: AsyncEngine, clock: Clock, kept: timedelta = DEAD_LETTER_RETENTION) -> int:
    """Deletes settled letters beyond their retention and returns how many; waiting ones are never deleted."""
    query = text("delete from control.dead_letter where state <> 'waiting' and changed_at < :before")
    async with engine.begin() as connection:
        return int((await connection.execute(query, {"before": clock.now() - kept})).rowcount)
