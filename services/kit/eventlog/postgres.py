"""The log in PostgreSQL: append-only segment tables, for one machine and some ten thousand records a second.

An append locks the head rows of its partitions in order, takes their numbers and copies the records in, all in a short
transaction of its own: numbers become visible in order, so a reader never skips one. Members of a group share the
partitions by leases that carry a generation; a commit under an older generation moves nothing.
"""

import asyncio
import contextlib
import json
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.kit.clock import Clock, SystemClock
from services.kit.errors import Transient, heed_cancellation
from services.kit.eventlog import Positions, Record, Subscription, segments
from services.kit.eventlog.faults import LARGEST, check_sizes, missing
from services.kit.eventlog.leases import Leases
from services.kit.eventlog.postgres_session import TROUBLES, told
from services.kit.eventlog.postgres_subscription import PostgresSubscription
from services.kit.eventlog.postgres_wake import CHANNEL, Wakeups

logger = structlog.get_logger(__name__)
TIDY_SECONDS = 900.0
RETRY_SECONDS = 0.25
LONGEST_RETRY_SECONDS = 2.0
COLUMNS = ("partition", "number", "key", "value", "headers", "at_ms")

PARTITIONS = text("select partitions from log.topic where name = :topic")
TAKE = text("""
    select partition, next from log.head
    where topic = :topic and partition = any(:some) order by partition for update""")
SEGMENT = text("""
    select name, day, pg_current_xact_id()::text as xid from log.segment
    where topic = :topic order by day desc limit 1""")
MOVE = text("""
    update log.head h set next = h.next + w.count
    from unnest(cast(:some as integer[]), cast(:counts as bigint[])) as w (partition, count)
    where h.topic = :topic and h.partition = w.partition""")
WAKE = text(f"select pg_notify('{CHANNEL}', :topic)")
FATE = text("select pg_xact_status(cast(cast(:xid as text) as xid8))")
MAKE_TOPIC = text("""
    insert into log.topic (name, partitions, retention_seconds) values (:topic, :partitions, :seconds)
    on conflict (name) do update set retention_seconds = excluded.retention_seconds""")
MAKE_HEADS = text("""
    insert into log.head (topic, partition)
    select name, generate_series(0, partitions - 1) from log.topic where name = :topic on conflict do nothing""")


def partition_of(key: bytes, partitions: int) -> int:
    """Where a key's records go; stable over processes and versions."""
    return zlib.crc32(key) % partitions


@dataclass
class Attempt:
    """One try of an append; `xid` is its transaction once it has one, so that its fate can be asked for."""

    xid: str | None = None


class PostgresLog:
    """The log on an engine. `prefix` is put before topic names; `largest` bounds a record, in bytes.

    `clock` gives the day a segment is of and the time a record carries; leases follow the database's own clock.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        prefix: str = "",
        largest: int = LARGEST,
        lease_seconds: float = 6.0,
        clock: Clock | None = None,
    ) -> None:
        self._engine = engine
        self._prefix = prefix
        self._largest = largest
        self._lease_seconds = lease_seconds
        self._clock = clock or SystemClock()
        self._partitions: dict[str, int] = {}
        self._wakeups = Wakeups(engine)

    async def ensure(self, topics: Mapping[str, float | None], partitions: int) -> None:
        """Makes missing topics with `partitions` partitions each, and sets the retention of all."""
        with told("making topics"):
            async with self._engine.begin() as connection:
                await connection.execute(text(f"select pg_advisory_xact_lock({segments.LOCK})"))
                for name, seconds in sorted(topics.items()):
                    given = {"topic": self._prefix + name, "partitions": partitions, "seconds": seconds}
                    await connection.execute(MAKE_TOPIC, given)
                    await connection.execute(MAKE_HEADS, given)
                    await segments.current(connection, self._prefix + name, self._today())

    async def append(self, topic: str, records: Sequence[Record]) -> None:
        """Returns when the records are durable; waits for as long as the database is away, and appends them once.

        Raises Misconfigured for a missing topic or a record too large.
        """
        if not records:
            return
        name = self._prefix + topic
        check_sizes(name, records, self._largest)
        count = await self._count(name)
        shares: dict[int, list[Record]] = defaultdict(list)
        for record in records:
            shares[partition_of(record.key, count)].append(record)
        pause = RETRY_SECONDS
        attempt = Attempt()
        while not await self._tried(name, shares, attempt):
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_RETRY_SECONDS)
        self._wakeups.wake(name)

    @asynccontextmanager
    async def subscribe(
        self, topic: str, group: str, positions: Positions | None = None
    ) -> AsyncIterator[Subscription]:
        """Joins `group` on `topic`; leaves at the end, so that another member takes over at once."""
        name = self._prefix + topic
        leases = Leases(self._engine, name, group, await self._count(name), seconds=self._lease_seconds)
        async with self._wakeups.of(name) as appended:
            kept = asyncio.create_task(self._keep(leases, topic, positions))
            try:
                yield PostgresSubscription(self._engine, topic, leases, positions, appended)
            finally:
                kept.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await kept
                with contextlib.suppress(*TROUBLES):
                    await leases.leave()

    async def ready(self) -> str | None:
        """None where the log's tables answer, else why not."""
        try:
            async with self._engine.connect() as connection:
                await connection.execute(text("select 1 from log.topic limit 1"))
        except TROUBLES as error:
            return f"event log: PostgreSQL does not answer ({type(error).__name__})"
        return None

    async def tidy(self, now: datetime) -> Sequence[str]:
        """Drops segments beyond retention that every group has read, and compacts; answers the dropped tables."""
        async with self._engine.begin() as connection:
            return await segments.tidy(connection, now)

    async def drop(self, topic: str, before: date) -> Sequence[str]:
        """Drops days before `before`, read or not: an operator's decision. Answers the dropped tables."""
        async with self._engine.begin() as connection:
            return await segments.drop(connection, self._prefix + topic, before)

    async def close(self) -> None:
        """Nothing of its own is open: the engine is the caller's, a subscription ends with its block."""

    def _today(self) -> date:
        return self._clock.now().astimezone(UTC).date()

    async def _count(self, name: str) -> int:
        if name not in self._partitions:
            with told(f"looking for topic {name}"):
                async with self._engine.connect() as connection:
                    count = (await connection.execute(PARTITIONS, {"topic": name})).scalar_one_or_none()
            if count is None:
                raise missing(name)
            self._partitions[name] = int(count)
        return self._partitions[name]

    async def _tried(self, name: str, shares: Mapping[int, list[Record]], attempt: Attempt) -> bool:
        """Whether the records are on the log. After a lost connection the last try's own fate is asked for first."""
        try:
            with told(f"appending to {name}"):
                if attempt.xid is not None:
                    async with self._engine.connect() as connection:
                        fate = (await connection.execute(FATE, {"xid": attempt.xid})).scalar_one()
                    if fate != "aborted":
                        return bool(fate == "committed")
                    attempt.xid = None
                while not await self._append(name, shares, attempt):
                    async with self._engine.begin() as connection:
                        await segments.current(connection, name, self._today())
        except Transient as trouble:
            logger.warning("the log waits for the database", topic=name, trouble=str(trouble))
            return False
        return True

    async def _append(self, name: str, shares: Mapping[int, list[Record]], attempt: Attempt) -> bool:
        """One transaction; False where today's segment has yet to be made. The segment is read under the locks."""
        now = self._clock.now()
        async with self._engine.begin() as connection:
            heads = (await connection.execute(TAKE, {"topic": name, "some": list(shares)})).all()
            segment = (await connection.execute(SEGMENT, {"topic": name})).one()
            if segment.day != segments.FOR_GOOD and segment.day < now.astimezone(UTC).date():
                return False
            attempt.xid = segment.xid
            rows = _rows({int(row.partition): int(row.next) for row in heads}, shares, int(now.timestamp() * 1000))
            await _copy(connection, segment.name, rows)
            counts = {"some": list(shares), "counts": [len(share) for share in shares.values()]}
            await connection.execute(MOVE, {"topic": name, **counts})
            await connection.execute(WAKE, {"topic": name})
        return True

    async def _keep(self, leases: Leases, topic: str, positions: Positions | None) -> None:
        """Renews the leases, notes positions kept elsewhere, and tidies now and then, until cancelled."""
        loop = asyncio.get_running_loop()
        tidied = loop.time()
        while True:
            try:
                await leases.renew()
                if positions is not None and (mine := list(await leases.held())):
                    await leases.note(await positions(topic, mine))
                if loop.time() - tidied >= TIDY_SECONDS:
                    tidied = loop.time()
                    await self.tidy(self._clock.now())
            except (*TROUBLES, Transient) as trouble:
                heed_cancellation()
                logger.warning("leases not renewed", topic=topic, group=leases.group, trouble=repr(trouble)[:200])
            await asyncio.sleep(leases.seconds / 4)


Row = tuple[int, int, bytes, bytes | None, str | None, int]


def _rows(firsts: Mapping[int, int], shares: Mapping[int, list[Record]], at_ms: int) -> list[Row]:
    return [
        (partition, number, record.key, record.value, _headers(record), at_ms)
        for partition, share in shares.items()
        for number, record in enumerate(share, firsts[partition])
    ]


def _headers(record: Record) -> str | None:
    if not record.headers:
        return None
    return json.dumps([[name, value.decode("utf-8", "replace")] for name, value in record.headers])


async def _copy(connection: AsyncConnection, segment: str, rows: Sequence[Row]) -> None:
    """COPY through the driver; inside the transaction, because a statement came before it."""
    raw = (await connection.get_raw_connection()).driver_connection
    assert raw is not None
    await raw.copy_records_to_table(segment, schema_name="log", columns=COLUMNS, records=rows)
