"""Records usage: every batch of `usage.v1` becomes cells, seen ids, dirty grains and a position in one transaction.

A usage seen before adds nothing, whoever read it and however often; one beyond the horizon is only counted, since its
id may be forgotten already; one that can't be read or stored becomes a dead letter.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.topics import USAGE
from schemas.usage import Usage
from services.inventory import grains
from services.inventory.fold import fold
from services.inventory.merge import merge
from services.inventory.reading import LONGEST, Fault, Reading
from services.inventory.seen import AHEAD, HORIZON, Partitions, Seen, distinct
from services.kit import faults, positions
from services.kit.eventlog import Batch, Received
from services.kit.loop import Consumer, Handled
from services.kit.runtime import Runtime
from services.kit.settings import Settings

GROUP = "inventory"
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
    )  # fmt: skip


class Recorder:
    """Handles batches of usage; any number may work side by side."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._log = log_name(runtime.settings)
        self._latest = runtime.clock.now() + AHEAD
        self._partitions = Partitions(runtime.engine)
        self._seen = Seen()
        self._reading = Reading(runtime, USAGE, self._usage)

    async def handle(self, batch: Batch) -> Handled:
        """Saves a batch whole; raises StalePosition or TooManyRejected, then nothing of it is saved."""
        now = self._runtime.clock.now()
        self._latest = now + AHEAD
        usages = await self._reading.read(batch)
        oldest = now.date() - HORIZON
        counted = [usage for usage in usages if usage.at.date() >= oldest]
        await self._partitions.ensure({usage.at.date() for usage in counted})
        async with self._runtime.engine.begin() as connection:
            await positions.save(connection, GROUP, self._log, batch)
            faults.point("inventory.position_moved")
            fresh = await save(connection, counted, now, self._seen)
            faults.point("inventory.cells_written")
        faults.point("inventory.committed")
        REPEATED.inc(len(counted) - fresh)
        BEYOND.inc(len(usages) - len(counted))
        return Handled(len(usages), len(batch.records) - len(usages))

    def _usage(self, record: Received) -> Usage | Fault:
        """The usage of a record, its times in UTC."""
        if record.value is None:
            return Fault("no value")
        usage = _decode(record.value)
        at, arrived = usage.at, usage.arrived_at
        if at.tzinfo is not UTC or arrived.tzinfo is not UTC:
            if at.tzinfo is None or arrived.tzinfo is None:
                return Fault("a time without its offset")
            at, arrived = at.astimezone(UTC), arrived.astimezone(UTC)
            usage = msgspec.structs.replace(usage, at=at, arrived_at=arrived)
        if at > self._latest or arrived > self._latest:
            return Fault(f"its time is more than {AHEAD.days} days ahead")
        # No text of a short record can be long.
        return _fault(usage) or (_long(usage) if len(record.value) > LONGEST else None) or usage


async def save(connection: AsyncConnection, usages: Sequence[Usage], now: datetime, seen: Seen | None = None) -> int:
    """Adds what was not seen before, in the connection's transaction; returns how many that were.

    The days' partitions must exist. Give the same `seen` for batch after batch.
    """
    if not usages:
        return 0
    # The planner knows nothing of a table just copied; a batch is small, and sorting it is never the better plan.
    await connection.execute(text("set local enable_mergejoin = off"))
    given = distinct(usages)
    # Nearly always all are new, so they are folded while the database looks for those that are not.
    repeated, folded = await asyncio.gather(
        (seen or Seen()).before(connection, given), asyncio.to_thread(fold, list(given.values()))
    )
    if repeated:
        folded = fold(usage for name, usage in given.items() if name not in repeated)
    faults.point("inventory.ids_written")
    if folded.cells:
        await grains.mark(connection, await merge(connection, folded), now)
    return len(given) - len(repeated)


_decode = msgspec.json.Decoder(Usage).decode


def _fault(usage: Usage) -> Fault | None:
    """Why PostgreSQL could not hold it, or None: found here, since one such record would stop its whole batch."""
    numbers = 0 <= usage.bytes_out < MOST_BYTES and 0 <= usage.bytes_in < MOST_BYTES
    if not numbers or not 0 <= usage.generation < MOST_GENERATIONS:
        return Fault("a number out of range")
    return None


def _long(usage: Usage) -> Fault | None:
    long = (
        len(usage.label.key) > LONGEST or len(usage.instance) > LONGEST or len(usage.action) > LONGEST
        or len(usage.source) > LONGEST or (usage.unit is not None and len(usage.unit) > LONGEST)
        or (usage.solution is not None and len(usage.solution.id) > LONGEST)
        or bool(usage.identifiers and len(usage.identifiers[0].kind) + len(usage.identifiers[0].hmac) > LONGEST)
    )  # fmt: skip
    return Fault(f"a name longer than {LONGEST} characters") if long else None
