"""Keeps what `source.v1` says of each source instance, so that a silent one can be judged and dormancy be trusted."""

from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import text

from schemas.alert import SourceHealth
from schemas.topics import SOURCE
from services.inventory import grains
from services.inventory.reading import LONGEST, Fault, Reading
from services.inventory.record import GROUP, log_name
from services.kit import positions
from services.kit.eventlog import Batch, Received
from services.kit.loop import Consumer, Handled
from services.kit.runtime import Runtime

# `changed_at` is when the state became what it is, so a record that repeats the state leaves it.
SAVE = text("""
    insert into inventory.source_type as held (instance, source, state, changed_at, last_event_at, weaknesses)
    values (:instance, :source, :state, :at, :last_event_at, :weaknesses)
    on conflict (instance) do update set source = excluded.source, state = excluded.state,
        changed_at = case when held.state = excluded.state and held.weaknesses = excluded.weaknesses
            then coalesce(held.changed_at, excluded.changed_at) else excluded.changed_at end,
        weaknesses = excluded.weaknesses,
        last_event_at = greatest(held.last_event_at, excluded.last_event_at)
    where held.changed_at is null or held.changed_at <= excluded.changed_at""")
# The row stays: cells of a removed source still tell their source type by it.
REMOVED = text("""
    update inventory.source_type set state = 'paused', weaknesses = '{}', changed_at = :at
    where instance = :instance""")


MOST = 10
"""Weaknesses that are kept of a source."""


class Removed(NamedTuple):
    """A tombstone: the source instance is no more."""

    instance: str


def consumer(runtime: Runtime) -> Consumer:
    """The loop over `source.v1`."""
    log = log_name(runtime.settings)
    reading: Reading[SourceHealth | Removed] = Reading(runtime, SOURCE, _health)

    async def handle(batch: Batch) -> Handled:
        records = await reading.read(batch)
        latest = {record.instance: record for record in records}
        now = runtime.clock.now()
        told = [latest[instance] for instance in sorted(latest)]
        saved = [_given(each) for each in told if isinstance(each, SourceHealth)]
        removed = [{"instance": each.instance, "at": now} for each in told if isinstance(each, Removed)]
        async with runtime.engine.begin() as connection:
            await positions.save(connection, GROUP, log, batch)
            if removed:
                await connection.execute(REMOVED, removed)
            if saved:
                await connection.execute(SAVE, saved)
            await grains.mark(connection, (f"source:{instance}" for instance in latest), now)
        return Handled(len(records), len(batch.records) - len(records))

    return Consumer(
        name="inventory sources", topic=SOURCE.name, group=GROUP, handle=handle, clock=runtime.clock,
        positions=positions.reader(runtime.engine, GROUP, log), commit=False, limit=1000,
    )  # fmt: skip


def _given(health: SourceHealth) -> dict[str, str | datetime | list[str] | None]:
    return {
        "instance": health.instance, "source": health.connector, "state": health.state, "at": health.at,
        "last_event_at": health.last_event_at, "weaknesses": [name[:LONGEST] for name in health.weaknesses[:MOST]],
    }  # fmt: skip


def _health(record: Received) -> SourceHealth | Removed | Fault:
    if record.value is None:
        return Removed(record.key.decode())
    health = _decode(record.value)
    times = [at for at in (health.at, health.last_event_at) if at is not None]
    if any(at.tzinfo is None for at in times):
        return Fault("a time without its offset")
    if len(health.instance) > LONGEST:
        return Fault(f"a name longer than {LONGEST} characters")
    seen = health.last_event_at.astimezone(UTC) if health.last_event_at is not None else None
    return msgspec.structs.replace(health, at=health.at.astimezone(UTC), last_event_at=seen)


_decode = msgspec.json.Decoder(SourceHealth).decode
