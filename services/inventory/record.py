"""Records usage: every batch of `usage.v1` becomes cells, seen ids, dirty grains and a position in one transaction.

A usage seen before adds nothing, whoever read it and however often; one beyond the horizon is only counted, since its
id may be forgotten already; one that can't be read or stored becomes a dead letter.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import structlog
from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.deadletter import DeadLetter
from schemas.topics import USAGE
from schemas.usage import Usage
from services.inventory import grains
from services.inventory.fold import fold
from services.inventory.merge import merge
from services.inventory.seen import AHEAD, HORIZON, Partitions, first_seen
from services.kit import deadletters, positions
from services.kit.eventlog import Batch, Received
from services.kit.loop import Consumer, Handled, StopRule
from services.kit.runtime import Runtime
from services.kit.settings import Settings

GROUP = "inventory"
LONGEST = 512
"""Bytes of a text that is part of a primary key; PostgreSQL refuses index rows beyond a third of a page."""
MOST_BYTES = 1 << 50
BEYOND = Counter("penumbra_usage_beyond_horizon", "Usage too old to be counted.", ["instance"])
REPEATED = Counter("penumbra_usage_repeated", "Usage that was counted before.")

log = structlog.get_logger(__name__)


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
        self._partitions = Partitions(runtime.engine)
        self._rule = StopRule()

    async def handle(self, batch: Batch) -> Handled:
        """Saves a batch whole; raises StalePosition or TooManyRejected, then nothing of it is saved."""
        now = self._runtime.clock.now()
        usages, letters = self._read(batch, now)
        self._rule.allow(len(batch.records), len(letters))
        if letters:
            await deadletters.put(self._runtime.log, USAGE, letters)
        counted = _within_horizon(usages, now)
        await self._partitions.ensure({usage.at.date() for usage in counted})
        async with self._runtime.engine.begin() as connection:
            await positions.save(connection, GROUP, self._log, batch)
            fresh = await save(connection, counted, now)
        REPEATED.inc(len(counted) - fresh)
        for usage in usages if len(counted) < len(usages) else ():
            if usage.at.date() < now.date() - HORIZON:
                BEYOND.labels(usage.instance).inc()
        return Handled(len(usages), len(letters))

    def _read(self, batch: Batch, now: datetime) -> tuple[list[Usage], list[DeadLetter]]:
        usages: list[Usage] = []
        letters: list[DeadLetter] = []
        for record in batch.records:
            read = _usage(record, now)
            if isinstance(read, Usage):
                usages.append(read)
                continue
            keys, clock = self._runtime.keys, self._runtime.clock
            letters.append(deadletters.letter(USAGE, batch, record, read, keys=keys, clock=clock))
        return usages, letters


async def save(connection: AsyncConnection, usages: Sequence[Usage], now: datetime) -> int:
    """Adds what was not seen before, in the connection's transaction; returns how many that were.

    The days' partitions must exist.
    """
    if not usages:
        return 0
    # The planner knows nothing of a table just copied; a batch is small, and sorting it is never the better plan.
    await connection.execute(text("set local enable_mergejoin = off"))
    fresh = await first_seen(connection, usages)
    if fresh:
        await grains.mark(connection, await merge(connection, fold(fresh)), now)
    return len(fresh)


_decode = msgspec.json.Decoder(Usage).decode


def _usage(record: Received, now: datetime) -> Usage | str:
    """The usage of a record, its times in UTC, or why it can't be read or stored."""
    if record.value is None:
        return "no value"
    try:
        usage = _decode(record.value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        # The message names the field and the type that was found, never the value.
        return f"not a usage: {error}"[:300]
    if usage.at.tzinfo is not UTC or usage.arrived_at.tzinfo is not UTC:
        if usage.at.tzinfo is None or usage.arrived_at.tzinfo is None:
            return "a time without its offset"
        usage = msgspec.structs.replace(usage, at=usage.at.astimezone(UTC), arrived_at=usage.arrived_at.astimezone(UTC))
    return _fault(usage, record.value, now) or usage


def _fault(usage: Usage, value: bytes, now: datetime) -> str | None:
    """Why PostgreSQL could not hold it, or None: found here, since one such record would stop its whole batch."""
    if usage.at > now + AHEAD or usage.arrived_at > now + AHEAD:
        return f"its time is more than {AHEAD.days} days ahead"
    if b"\\u0000" in value:
        return "a text with a NUL character"
    if not (0 <= usage.bytes_out < MOST_BYTES and 0 <= usage.bytes_in < MOST_BYTES and 0 <= usage.generation < 1 << 31):
        return "a number out of range"
    solution = usage.solution.id if usage.solution is not None else ""
    who = usage.identifiers[0].kind + usage.identifiers[0].hmac if usage.identifiers else ""
    texts = (usage.label.key, usage.instance, usage.action, usage.source, who, solution, usage.unit or "")
    if any(len(each) > LONGEST for each in texts):
        return f"a name longer than {LONGEST} characters"
    return None


def _within_horizon(usages: Sequence[Usage], now: datetime) -> Sequence[Usage]:
    oldest = now.date() - HORIZON
    return [usage for usage in usages if usage.at.date() >= oldest]
