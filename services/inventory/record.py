"""Records usage: every batch of `usage.v1` becomes cells, seen ids, dirty grains and a position in one transaction.

A usage seen before adds nothing, whoever read it and however often; one beyond the horizon is only counted, since its
id may be forgotten already; one that can't be read or stored becomes a dead letter.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import msgspec
from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.topics import USAGE
from schemas.usage import Usage
from services.inventory import grains
from services.inventory.ahead import Ahead
from services.inventory.fold import Folded, fold
from services.inventory.merge import merge
from services.inventory.reading import LONGEST, NUL, Fault, Faulty, Reading
from services.inventory.seen import AHEAD, HORIZON, Days, Partitions, Seen, identities, identity
from services.kit import faults, positions
from services.kit.eventlog import Batch, Received
from services.kit.loop import Consumer, Handled
from services.kit.runtime import Runtime
from services.kit.settings import Settings

GROUP = "inventory"
AT_ONCE = 80_000
"""Records a fetch, of all partitions: each is read while the one before is saved, but for the first of a fetch."""
SLICE = 100
MOST_BYTES = 1 << 50
MOST_GENERATIONS = 1 << 31
BEYOND = Counter("penumbra_usage_beyond_horizon", "Usage too old to be counted.")
REPEATED = Counter("penumbra_usage_repeated", "Usage that was counted before.")


def log_name(settings: Settings) -> str:
    """The name positions are kept under: the kind of log and the prefix, so that another log starts afresh."""
    return settings.log_url.split(":")[0] + settings.topic_prefix


def consumer(runtime: Runtime) -> Consumer:
    """The loop over `usage.v1`."""
    recorder = Recorder(runtime)
    return Consumer(
        name="inventory usage", topic=USAGE.name, group=GROUP, handle=recorder.handle, clock=runtime.clock,
        positions=positions.reader(runtime.engine, GROUP, log_name(runtime.settings)), commit=False,
        expect=recorder.expect, limit=AT_ONCE,
    )  # fmt: skip


@dataclass(repr=False)
class Read:
    """What a batch comes to before the database is asked: its usages by identity, and all of them folded."""

    days: Days
    folded: Folded
    faulty: list[Faulty]
    counted: int = 0
    beyond: int = 0


class Recorder:
    """Handles batches of usage; any number may work side by side."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._log = log_name(runtime.settings)
        self._latest = runtime.clock.now() + AHEAD
        self._partitions = Partitions(runtime.engine)
        self._seen = Seen()
        self._reading = Reading(runtime, USAGE, self._usage)
        self._ahead = Ahead(self.read)
        self.expect = self._ahead.expect

    async def handle(self, batch: Batch) -> Handled:
        """Saves a batch whole; raises StalePosition or TooManyRejected, then nothing of it is saved."""
        read = await self._ahead.get(batch)
        await self._reading.reject(batch, read.faulty)
        await self._partitions.ensure(read.days)
        async with self._runtime.engine.begin() as connection:
            await positions.save(connection, GROUP, self._log, batch)
            faults.point("inventory.position_moved")
            fresh = await _add(connection, read, self._runtime.clock.now(), self._seen)
            faults.point("inventory.cells_written")
        faults.point("inventory.committed")
        REPEATED.inc(read.counted - fresh)
        BEYOND.inc(read.beyond)
        return Handled(read.counted + read.beyond, len(read.faulty))

    async def read(self, batch: Batch) -> Read:
        """What a batch comes to, read and folded in slices: whoever shares the loop waits for one slice at most.

        What is decoded is dropped once it is folded: keeping it took longer than decoding it.
        """
        now = self._runtime.clock.now()
        self._latest, oldest = now + AHEAD, datetime.combine(now.date() - HORIZON, time(), UTC)
        read = Read(defaultdict(dict), Folded(), [])
        for start in range(0, len(batch.records), SLICE):
            self._read_slice(read, batch.records[start : start + SLICE], oldest)
            await asyncio.sleep(0)
        return read

    def _read_slice(self, read: Read, records: Sequence[Received], oldest: datetime) -> None:
        usages = self._plain(records, oldest)
        if usages is None:
            usages, records = self._one_by_one(read, records, oldest)
        read.counted += len(usages)
        fold(_fresh(read.days, usages, records), read.folded)

    def _plain(self, records: Sequence[Received], oldest: datetime) -> list[Usage] | None:
        """The usages where each can be stored and counted, as nearly always; else None, and each is looked at alone."""
        values = [record.value or b"" for record in records]
        latest = self._latest
        if NUL in b"".join(values):
            return None
        try:
            usages = list(map(_decode, values))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        for usage, value in zip(usages, values, strict=True):
            at, arrived = usage.at, usage.arrived_at
            if (
                at.tzinfo is not UTC or arrived.tzinfo is not UTC or not oldest <= at <= latest or arrived > latest
                or not 0 <= usage.bytes_out < MOST_BYTES or not 0 <= usage.bytes_in < MOST_BYTES
                or not 0 <= usage.generation < MOST_GENERATIONS or (len(value) > LONGEST and _long(usage))
            ):  # fmt: skip
                return None
        return usages

    def _one_by_one(
        self, read: Read, records: Sequence[Received], oldest: datetime
    ) -> tuple[list[Usage], list[Received]]:
        """Those to be counted, and their records; the rest is noted."""
        usages: list[Usage] = []
        counted: list[Received] = []
        for record in records:
            usage = self._reading.value(record)
            if isinstance(usage, Fault):
                read.faulty.append((record, usage.reason))
            elif usage.at < oldest:
                read.beyond += 1
            else:
                usages.append(usage)
                counted.append(record)
        return usages, counted

    def _usage(self, record: Received) -> Usage | Fault:
        """The usage of a record, its times in UTC, or why PostgreSQL could not hold it."""
        if record.value is None:
            return Fault("no value")
        usage = _decode(record.value)
        if usage.at.tzinfo is not UTC or usage.arrived_at.tzinfo is not UTC:
            if usage.at.tzinfo is None or usage.arrived_at.tzinfo is None:
                return Fault("a time without its offset")
            usage = _in_utc(usage)
        if usage.at > self._latest or usage.arrived_at > self._latest:
            return Fault(f"its time is more than {AHEAD.days} days ahead")
        # No text of a short record can be long.
        return _outside(usage) or (_long(usage) if len(record.value) > LONGEST else None) or usage


async def save(connection: AsyncConnection, usages: Iterable[Usage], now: datetime) -> int:
    """Adds what was not seen before, in the connection's transaction; returns how many that were.

    The days' partitions must exist.
    """
    days: Days = defaultdict(dict)
    for usage in usages:
        days[usage.at.date()][identity(usage)] = msgspec.json.encode(usage)
    return await _add(connection, Read(days, _folded(days), []), now, Seen())


async def _add(connection: AsyncConnection, read: Read, now: datetime, seen: Seen) -> int:
    """As `save`, with the same `seen` for batch after batch."""
    given = sum(map(len, read.days.values()))
    if not given:
        return 0
    # The planner knows nothing of a table just copied; a batch is small, and sorting it is never the better plan.
    await connection.execute(text("set local enable_mergejoin = off"))
    repeated = await seen.before(connection, read.days)
    faults.point("inventory.ids_written")
    # Nearly always all are new.
    folded = _folded(read.days, repeated) if repeated else read.folded
    if folded.cells:
        await grains.mark_used(connection, await merge(connection, folded), now)
    return given - len(repeated)


def _folded(days: Days, repeated: AbstractSet[tuple[date, bytes]] = frozenset()) -> Folded:
    """Folds what was read, but for what was counted before."""
    kept = (value for day, of in days.items() for name, value in of.items() if (day, name) not in repeated)
    return fold(map(_in_utc, map(_decode, kept)), Folded())


def _in_utc(usage: Usage) -> Usage:
    """The usage with its times in UTC; they must have an offset."""
    if usage.at.tzinfo is UTC and usage.arrived_at.tzinfo is UTC:
        return usage
    return msgspec.structs.replace(usage, at=usage.at.astimezone(UTC), arrived_at=usage.arrived_at.astimezone(UTC))


_decode = msgspec.json.Decoder(Usage).decode


def _fresh(days: Days, usages: Sequence[Usage], records: Sequence[Received]) -> list[Usage]:
    """Those that were not in the batch before; what each was read from is noted under its day and identity."""
    fresh = []
    for usage, name, record in zip(usages, identities(usages), records, strict=True):
        day = days[usage.at.date()]
        if name not in day:
            day[name] = record.value or b""
            fresh.append(usage)
    return fresh


def _outside(usage: Usage) -> Fault | None:
    if not (0 <= usage.bytes_out < MOST_BYTES and 0 <= usage.bytes_in < MOST_BYTES):
        return Fault("a size out of range")
    return None if 0 <= usage.generation < MOST_GENERATIONS else Fault("a generation out of range")


def _long(usage: Usage) -> Fault | None:
    long = (
        len(usage.label.key) > LONGEST or len(usage.instance) > LONGEST or len(usage.action) > LONGEST
        or len(usage.source) > LONGEST or (usage.unit is not None and len(usage.unit) > LONGEST)
        or (usage.solution is not None and len(usage.solution.id) > LONGEST)
        or bool(usage.identifiers and len(usage.identifiers[0].kind) + len(usage.identifiers[0].hmac) > LONGEST)
    )  # fmt: skip
    return Fault(f"a name longer than {LONGEST} characters") if long else None
