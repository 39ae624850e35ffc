"""One consumer of a topic kept in PostgreSQL: the partitions its leases give it, read segment by segment."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from itertools import starmap
from typing import NamedTuple

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.kit.errors import LogTruncated, StalePosition, Transient
from services.kit.eventlog import Batch, Lag, Positions, Received
from services.kit.eventlog.leases import Leases
from services.kit.eventlog.postgres_session import told
from services.kit.eventlog.progress import Progress, placed

POLL_SECONDS = 1.0
COMMIT_TRIES = 20
RETRY_SECONDS = 0.5

# For each partition with something to read at `at`: the segment that holds it and where that segment ends. One
# statement, hence one snapshot: every number below `until` is visible to whoever reads after it.
PLACES = text("""
    select h.partition, h.first, w.at, s.name, coalesce((
        select n.firsts[h.partition + 1] from log.segment n
        where n.topic = h.topic and n.day > s.day order by n.day limit 1), h.next) as until
    from unnest(cast(:partitions as integer[]), cast(:ats as bigint[])) as w (partition, at)
    join log.head h on h.topic = :topic and h.partition = w.partition
    left join lateral (
        select g.name, g.day from log.segment g
        where g.topic = h.topic and g.firsts[h.partition + 1] <= w.at order by g.day desc limit 1) s on true
    where h.next > w.at or h.first > w.at""")
READ = """
    select number, key, value, at_ms from log.{}
    where partition = $1 and number >= $2 and number < $3 order by number limit $4"""
BOUNDS = text("select partition, first, next from log.head where topic = :topic")
SAVED = text("select partition, next from log.position where topic = :topic and grp = :grp and partition = any(:some)")
SAVE = text("""
    update log.position p set next = :end, kept = true from log.lease l
    where p.topic = :topic and p.grp = :grp and p.partition = :partition and p.next in (:start, :end)
      and l.topic = p.topic and l.grp = p.grp and l.partition = p.partition
      and l.member = :member and l.generation = :generation""")


class Place(NamedTuple):
    """Where a partition's next records lie: segment table `name`, numbers `at` up to `until`; `first` of the log."""

    partition: int
    first: int
    at: int
    name: str
    until: int


class PostgresSubscription:
    """One member's share. A lease that was lost in between makes a commit stale."""

    def __init__(
        self,
        engine: AsyncEngine,
        topic: str,
        leases: Leases,
        positions: Positions | None,
        appended: asyncio.Event,
    ) -> None:
        self._engine = engine
        self._topic = topic
        self._name = leases.topic
        self._leases = leases
        self._positions = positions or self._saved
        self._appended = appended
        self._progress = Progress(topic)
        self._generations: dict[int, int] = {}
        self._turn = 0

    async def fetch(self, limit: int, timeout: float) -> Sequence[Batch]:  # noqa: ASYNC109 - how long to wait for the first
        """At most `limit` records over its partitions; none after `timeout` seconds without one."""
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout
        with told(f"reading {self._name}"):
            while True:
                self._appended.clear()
                await self._follow_leases()
                batches = await self._look(limit)
                left = until - loop.time()
                if batches or left <= 0:
                    return batches
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._appended.wait(), min(left, POLL_SECONDS))

    async def commit(self, batches: Sequence[Batch]) -> None:
        """Saves the ends; raises StalePosition where a partition's lease is no longer the one it was read under."""
        ends = self._progress.ends(batches)
        starts = {batch.partition: batch.start for batch in reversed(batches)}
        for attempt in range(COMMIT_TRIES):
            try:
                with told(f"saving positions of {self._name}"):
                    await self._save(starts, ends)
                break
            except Transient:
                if attempt == COMMIT_TRIES - 1:
                    raise
                await asyncio.sleep(RETRY_SECONDS)
        self._progress.saved(ends)

    async def rewind(self, partition: int) -> None:
        """The next fetch reads the position again."""
        self._progress.drop(partition)

    async def lag(self) -> Mapping[int, Lag]:
        """How far behind each partition of its own is, and since when the first unread record waits."""
        at = self._progress.fetched
        with told(f"measuring {self._name}"):
            async with self._engine.connect() as connection:
                bounds = await self._bounds(connection)
                places = {place.partition: place for place in await self._places(connection)}
                oldest = {p: await self._read(connection, place, 1) for p, place in places.items()}
        waiting = {p: records[0].at_ms for p, records in oldest.items() if records}
        return {p: Lag(bounds[p][1], position, waiting.get(p)) for p, position in at.items()}

    async def _follow_leases(self) -> None:
        """Lets go of what is no longer its own, and seeks in what is newly its own or was rewound."""
        held = dict(await self._leases.held())
        for partition, generation in self._generations.items():
            if held.get(partition) != generation:
                self._progress.drop(partition)
        self._generations = held
        new = sorted(partition for partition in held if partition not in self._progress)
        if new:
            saved = await self._positions(self._topic, new)
            async with self._engine.connect() as connection:
                bounds = await self._bounds(connection)
            for partition in new:
                first, end = bounds[partition]
                self._progress.place(partition, placed(self._topic, partition, saved.get(partition), first, end))

    async def _look(self, limit: int) -> list[Batch]:
        """One batch of each partition that has something, another one first at each call."""
        if not self._generations:
            return []
        found: list[tuple[int, int, list[Received]]] = []
        async with self._engine.connect() as connection:
            places = await self._places(connection)
            self._turn += 1
            for place in (places[(n + self._turn) % len(places)] for n in range(len(places))):
                if limit <= 0:
                    break
                records = await self._read(connection, place, limit)
                found.append(
                    (place.partition, records[-1].offset + 1 if len(records) == limit else place.until, records)
                )
                limit -= len(records)
        return self._moved(found)

    def _moved(self, found: Sequence[tuple[int, int, list[Received]]]) -> list[Batch]:
        """Moves on only now that every read has succeeded: what a failed fetch had read must come again."""
        for partition, end, records in found:
            if not records:
                self._progress.skip(partition, end)
        return [self._progress.batch(partition, end, records) for partition, end, records in found if records]

    async def _places(self, connection: AsyncConnection) -> list[Place]:
        at = self._progress.fetched
        given = {"topic": self._name, "partitions": list(at), "ats": list(at.values())}
        rows = (await connection.execute(PLACES, given)).all()
        places = [Place(row.partition, row.first, row.at, row.name, row.until) for row in rows]
        for partition, first, position, _, _ in places:
            if position < first:
                where = f"{self._topic}/{partition}: position {position} is outside the log, which begins at {first}"
                raise LogTruncated(f"{where}: records were dropped unread")
        return places

    async def _read(self, connection: AsyncConnection, place: Place, limit: int) -> list[Received]:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        query = READ.format(place.name)
        try:
            rows = await raw.fetch(query, place.partition, place.at, place.until, limit)
        except asyncpg.UndefinedTableError as gone:
            raise Transient(f"{self._topic}: a segment was dropped while it was read", retry_after=0) from gone
        return list(starmap(Received, rows))

    async def _save(self, starts: Mapping[int, int], ends: Mapping[int, int]) -> None:
        async with self._engine.begin() as connection:
            for partition in sorted(ends):
                given = {
                    "topic": self._name, "grp": self._leases.group, "member": self._leases.member,
                    "partition": partition, "generation": self._generations.get(partition, -1),
                    "start": starts[partition], "end": ends[partition],
                }  # fmt: skip
                if (await connection.execute(SAVE, given)).rowcount != 1:
                    self._progress.drop(partition)
                    raise StalePosition(f"{self._topic}/{partition} is another member's of {self._leases.group} now")

    async def _bounds(self, connection: AsyncConnection) -> dict[int, tuple[int, int]]:
        rows = (await connection.execute(BOUNDS, {"topic": self._name})).all()
        return {int(row.partition): (int(row.first), int(row.next)) for row in rows}

    async def _saved(self, _topic: str, partitions: Sequence[int]) -> Mapping[int, int | None]:
        async with self._engine.connect() as connection:
            given = {"topic": self._name, "grp": self._leases.group, "some": list(partitions)}
            rows = (await connection.execute(SAVED, given)).all()
        saved = {int(row.partition): int(row.next) for row in rows}
        return {partition: saved.get(partition) for partition in partitions}
