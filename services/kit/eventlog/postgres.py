"""The log in PostgreSQL: an append-only table of daily parts, for one machine up to a few thousand records a second.

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
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.kit.errors import LogTruncated, Misconfigured, StalePosition
from services.kit.eventlog import Batch, Lag, Positions, Received, Record, Subscription
from services.kit.eventlog.leases import Leases

LARGEST = 1_048_576
POLL_SECONDS = 1.0
LOCK = 0x50454C47
COLUMNS = ("day", "topic", "partition", "number", "key", "value", "headers", "at")

PARTITIONS = text("select partitions from log.topic where name = :name")
HEADS = text("select partition, next, first from log.head where topic = :topic order by partition")
TAKE = text("""
    update log.head set next = next + :count where topic = :topic and partition = :partition returning next - :count""")
READ = text("""
    select number, key, value, (extract(epoch from at) * 1000)::bigint from log.record
    where topic = :topic and partition = :partition and number >= :start order by number limit :limit""")
OLDEST = text("""
    select (extract(epoch from at) * 1000)::bigint from log.record
    where topic = :topic and partition = :partition and number >= :start order by number limit 1""")
SAVED = text("select partition, next from log.position where topic = :topic and grp = :grp and partition = any(:some)")
COMMIT = text("""
    insert into log.position (topic, grp, partition, next)
    select :topic, :grp, :partition, :next from log.lease
    where topic = :topic and grp = :grp and partition = :partition and member = :member and generation = :generation
    on conflict (topic, grp, partition) do update set next = excluded.next""")


def partition_of(key: bytes, partitions: int) -> int:
    """Where a key's records go; stable over processes and versions."""
    return zlib.crc32(key) % partitions


class PostgresLog:
    """The log on an engine. `prefix` is put before topic names; `largest` bounds a record's key and value, in bytes."""

    def __init__(
        self, engine: AsyncEngine, *, prefix: str = "", largest: int = LARGEST, lease_seconds: float = 6.0
    ) -> None:
        self._engine = engine
        self._prefix = prefix
        self._largest = largest
        self._lease_seconds = lease_seconds
        self._partitions: dict[str, int] = {}
        self._days: set[date] = set()
        self._appended = asyncio.Event()

    async def ensure(self, topics: Mapping[str, float | None], partitions: int) -> None:
        """Makes missing topics with `partitions` partitions each."""
        async with self._engine.begin() as connection:
            await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
            for name, seconds in sorted(topics.items()):
                given = {"name": self._prefix + name, "partitions": partitions, "seconds": seconds}
                await connection.execute(MAKE_TOPIC, given)
                await connection.execute(MAKE_HEADS, given)

    async def append(self, topic: str, records: Sequence[Record]) -> None:
        """Returns when the records are durable; raises Misconfigured for a missing topic or a record too large."""
        if not records:
            return
        name = self._prefix + topic
        count = await self._count(name)
        self._measure(name, records)
        shares: dict[int, list[Record]] = defaultdict(list)
        for record in records:
            shares[partition_of(record.key, count)].append(record)
        now = datetime.now(UTC)  # the log's own stamp, not a business time
        await self._make_day(now.date())
        async with self._engine.begin() as connection:
            for partition in sorted(shares):
                await _copy(connection, name, partition, shares[partition], now)
            await connection.execute(text("select pg_notify('penumbra_log', :topic)"), {"topic": name[:7000]})
        self._appended.set()

    @asynccontextmanager
    async def subscribe(
        self, topic: str, group: str, positions: Positions | None = None
    ) -> AsyncIterator[Subscription]:
        """Joins `group` on `topic`; leaves at the end, so that another member takes over at once."""
        name = self._prefix + topic
        leases = Leases(self._engine, name, group, await self._count(name), seconds=self._lease_seconds)
        consumer = PostgresSubscription(self._engine, topic, name, leases, positions, self._appended)
        try:
            yield consumer
        finally:
            with contextlib.suppress(DBAPIError, OSError):
                await leases.leave()

    async def ready(self) -> str | None:
        """None where the log's tables answer, else why not."""
        try:
            async with self._engine.connect() as connection:
                await connection.execute(text("select 1 from log.topic limit 1"))
        except (DBAPIError, OSError, TimeoutError) as error:
            return f"event log does not answer ({type(error).__name__})"
        return None

    async def tidy(self, now: datetime) -> list[str]:
        """Drops daily parts that every topic's retention and every group has left behind, and compacts; names them."""
        async with self._engine.begin() as connection:
            await connection.execute(COMPACT)
            rows = (await connection.execute(PARTS)).all()
            dropped = []
            for part, day in ((str(row[0]), date.fromisoformat(str(row[0])[-10:].replace("_", "-"))) for row in rows):
                given = {"day": day, "now": now}
                if day < now.date() and not (await connection.execute(STILL_WANTED, given)).scalar_one():
                    await connection.execute(MOVE_FIRST, {"day": day})
                    await connection.execute(text(f"drop table log.{part}"))
                    dropped.append(part)
            self._days.clear()
        return dropped

    async def close(self) -> None:
        """Nothing of its own is open: the engine is the caller's."""

    async def _count(self, name: str) -> int:
        if name not in self._partitions:
            async with self._engine.connect() as connection:
                found = await connection.execute(
                    text("select partitions from log.topic where name = :name"), {"name": name}
                )
                count = found.scalar_one_or_none()
            if count is None:
                raise Misconfigured(f"topic {name} is missing from the log; start penumbra up, or run penumbra migrate")
            self._partitions[name] = int(count)
        return self._partitions[name]

    def _measure(self, name: str, records: Sequence[Record]) -> None:
        largest = max(len(record.key) + len(record.value or b"") for record in records)
        if largest > self._largest:
            limit = f"{self._largest} bytes are the limit"
            raise Misconfigured(
                f"topic {name}: a record of {largest} bytes is too large; {limit}: send less in one record"
            )

    async def _make_day(self, day: date) -> None:
        """Makes the day's part, once; in a transaction of its own because it locks the parent for a moment."""
        if day in self._days:
            return
        part = f"record_{day:%Y_%m_%d}"
        bounds = f"from ('{day}') to ('{day + timedelta(days=1)}')"
        async with self._engine.begin() as connection:
            await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
            made = f"create table if not exists log.{part} partition of log.record for values {bounds}"
            await connection.execute(text(made))
        self._days.add(day)


async def _copy(
    connection: AsyncConnection, name: str, partition: int, records: Sequence[Record], now: datetime
) -> None:
    """Takes the numbers under the head's lock, which is held to the end of the transaction, then copies the records."""
    given = {"topic": name, "partition": partition, "count": len(records)}
    first = int((await connection.execute(TAKE, given)).scalar_one())
    raw = (await connection.get_raw_connection()).driver_connection
    assert raw is not None
    day = now.date()
    rows = [
        (day, name, partition, number, record.key, record.value, _headers(record), now)
        for number, record in enumerate(records, first)
    ]
    await raw.copy_records_to_table("record", schema_name="log", columns=COLUMNS, records=rows)


def _headers(record: Record) -> str | None:
    return json.dumps([[name, value.decode()] for name, value in record.headers]) if record.headers else None


class PostgresSubscription:
    """One member's share. Batches carry the position they began at; a lease lost in between makes a commit stale."""

    def __init__(
        self, engine: AsyncEngine, topic: str, name: str, leases: Leases, positions: Positions | None,
        appended: asyncio.Event,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._topic = topic
        self._name = name
        self._leases = leases
        self._read_positions = positions or self._saved
        self._appended = appended
        self._next: dict[int, int] = {}
        self._generations: dict[int, int] = {}

    async def fetch(self, limit: int, timeout: float) -> Sequence[Batch]:  # noqa: ASYNC109 - how long to wait for the first
        """At most `limit` records over its partitions; empty after `timeout` seconds without one."""
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            self._appended.clear()
            await self._follow_leases()
            batches = await self._look(limit)
            left = deadline - asyncio.get_running_loop().time()
            if batches or left <= 0:
                return batches
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._appended.wait(), min(left, POLL_SECONDS))

    async def commit(self, batches: Sequence[Batch]) -> None:
        """Saves the ends; raises StalePosition where a partition's lease is no longer the one it was read under."""
        async with self._engine.begin() as connection:
            for batch in sorted(batches, key=lambda each: each.partition):
                given = {
                    "topic": self._name, "grp": self._leases.group, "partition": batch.partition, "next": batch.end,
                    "member": self._leases.member, "generation": self._generations.get(batch.partition, -1),
                }  # fmt: skip
                if (await connection.execute(COMMIT, given)).rowcount != 1:
                    raise StalePosition(
                        f"{self._topic}/{batch.partition}: another member of {self._leases.group} has it"
                    )

    async def rewind(self, partition: int) -> None:
        """Reads the saved position again."""
        self._next.pop(partition, None)
        if partition in self._generations:
            await self._seek([partition])

    async def lag(self) -> Mapping[int, Lag]:
        """How far behind each partition of its own is."""
        async with self._engine.connect() as connection:
            heads = {row[0]: row[1] for row in (await connection.execute(HEADS, {"topic": self._name})).all()}
            found = {}
            for partition, position in self._next.items():
                given = {"topic": self._name, "partition": partition, "start": position}
                oldest = (await connection.execute(OLDEST, given)).scalar_one_or_none()
                found[partition] = Lag(int(heads[partition]), position, oldest)
        return found

    async def _follow_leases(self) -> None:
        """Drops what is no longer its own and seeks in what is newly its own."""
        held = await self._leases.held()
        for partition in set(self._next) - set(held):
            self._next.pop(partition)
        new = [p for p, generation in held.items() if p not in self._next or self._generations.get(p) != generation]
        self._generations = dict(held)
        if new:
            await self._seek(new)

    async def _seek(self, partitions: Sequence[int]) -> None:
        saved = await self._read_positions(self._topic, partitions)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(HEADS, {"topic": self._name})).all()
        bounds = {row[0]: (int(row[2]), int(row[1])) for row in rows}
        for partition in partitions:
            first, end = bounds[partition]
            position = saved.get(partition)
            if position is not None and not first <= position <= end:
                held = f"the log holds {first} to {end}"
                raise LogTruncated(f"{self._topic}/{partition}: position {position} is gone, {held}; see the runbook")
            self._next[partition] = first if position is None else position

    async def _look(self, limit: int) -> list[Batch]:
        """Reads the heads first: records below a head are all visible, whatever commits in between."""
        if not self._next:
            return []
        batches: list[Batch] = []
        async with self._engine.connect() as connection:
            heads = (await connection.execute(HEADS, {"topic": self._name})).all()
            for partition, end, first in heads:
                start = self._next.get(partition)
                if start is None or start >= end or limit <= 0:
                    continue
                if start < first:
                    raise LogTruncated(
                        f"{self._topic}/{partition}: position {start} is gone, the log begins at {first}"
                    )
                given = {"topic": self._name, "partition": partition, "start": start, "limit": limit}
                rows = (await connection.execute(READ, given)).all()
                received = [Received(number, key, value, at) for number, key, value, at in rows if number < end]
                after = received[-1].offset + 1 if len(rows) == limit and received else end
                self._next[partition] = after
                limit -= len(received)
                batches.append(Batch(self._topic, partition, start, after, received))
        return batches

    async def _saved(self, _topic: str, partitions: Sequence[int]) -> Mapping[int, int | None]:
        async with self._engine.connect() as connection:
            given = {"topic": self._name, "grp": self._leases.group, "some": list(partitions)}
            rows = (await connection.execute(SAVED, given)).all()
        saved = {int(row[0]): int(row[1]) for row in rows}
        return {partition: saved.get(partition) for partition in partitions}


MAKE_TOPIC = text("""
    insert into log.topic (name, partitions, retention_seconds) values (:name, :partitions, :seconds)
    on conflict (name) do update set retention_seconds = excluded.retention_seconds""")
MAKE_HEADS = text("""
    insert into log.head (topic, partition)
    select name, generate_series(0, partitions - 1) from log.topic where name = :name
    on conflict do nothing""")
PARTS = text("""
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'log.record'::regclass order by 1""")
# Wanted: a compacted topic's record, one within its retention, or one some group has not read yet.
STILL_WANTED = text("""
    select exists (
        select from log.record r join log.topic t on t.name = r.topic
        where r.day = :day and (
            t.retention_seconds is null
            or r.at > cast(:now as timestamptz) - make_interval(secs => t.retention_seconds)
            or exists (
                select from log.position p
                where p.topic = r.topic and p.partition = r.partition and p.next <= r.number)
            or exists (
                select from control.position p
                where r.topic like '%' || p.topic and p.partition = r.partition and p.next <= r.number)))""")
MOVE_FIRST = text("""
    update log.head h set first = greatest(h.first, gone.after)
    from (select topic, partition, max(number) + 1 as after from log.record where day = :day group by 1, 2) gone
    where gone.topic = h.topic and gone.partition = h.partition""")
COMPACT = text("""
    delete from log.record r using log.topic t
    where t.name = r.topic and t.retention_seconds is null and exists (
        select from log.record newer
        where newer.topic = r.topic and newer.partition = r.partition and newer.key = r.key
          and newer.number > r.number)""")
