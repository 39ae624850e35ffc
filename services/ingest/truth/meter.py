"""The truth meter's loop: states each source's completeness anew from when its events came, and tidies what is old.

Any number of processes may run it: an instance is taken by one, and not again before it has rested.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from connectors.base import Connector
from services.ingest.truth import slots
from services.ingest.truth.stating import stated
from services.kit.control import sources, truth
from services.kit.control.rows import SourceRow
from services.kit.errors import NotFound
from services.kit.loop import PASSING
from services.kit.runtime import Loop, Runtime

log = structlog.get_logger(__name__)
REST = timedelta(minutes=10)
"""A statement takes some hundredths of a second, most for sources that are late by days."""
IDLE_SECONDS = 15.0
AGAIN = timedelta(days=1)
"""How much longer than its look-back an event's id is kept: a run may have been due and late."""
FEWEST_UNREAD = timedelta(hours=2)


def loop(runtime: Runtime, connectors: Mapping[str, Connector]) -> Loop:
    """The loop: what is due is stated, one source after the other."""

    async def work(stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                busy = await once(runtime, connectors)
            except PASSING as trouble:
                log.warning("completeness not stated", why=type(trouble).__name__)
                busy = False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0 if busy else IDLE_SECONDS)

    return work


async def once(runtime: Runtime, connectors: Mapping[str, Connector]) -> bool:
    """States the source that has waited longest; False where none is due."""
    now = runtime.clock.now()
    async with runtime.engine.begin() as connection:
        instance = await truth.take_due(connection, now, REST)
    if instance is None:
        return False
    with contextlib.suppress(NotFound):  # it was removed meanwhile
        await _state(runtime, instance, connectors, now)
    return True


async def _state(runtime: Runtime, instance: str, connectors: Mapping[str, Connector], now: datetime) -> None:
    """Reads the arrivals, states outside the event loop what they come to, and keeps it."""
    async with runtime.engine.connect() as connection:
        row = await sources.get(connection, instance, now)
        told = await truth.cells(connection, instance, slots.slot(now) - slots.KEPT - slots.LONGEST)
    found = await asyncio.to_thread(stated, told, now, unread_after(row))
    known = connectors.get(row.connector)
    oldest = (row.last_success_at or now) - (known.lookback if known is not None else timedelta(0)) - AGAIN
    async with runtime.engine.begin() as connection:
        if found is not None:
            await truth.say(connection, instance, found)
        await truth.tidy(
            connection, instance, cells_before=slots.slot(now) - slots.KEPT - slots.LONGEST,
            ids_before=slots.slot(oldest),
        )  # fmt: skip


def unread_after(row: SourceRow) -> int | None:
    """After how many slots without a reading a pulled source counts as unread; None: it is sent, or watched."""
    if row.every is None or row.folder is not None:
        return None
    return int(max(4 * row.every, FEWEST_UNREAD) / slots.SLOT)
