"""Tells others how each source does: after each run, and when it fell silent, was paused, removed or is degraded."""

from datetime import datetime

import structlog

from services.ingest.publish import tell, tell_removed
from services.kit.control import sources
from services.kit.control.completeness import OVERDUE, weaknesses
from services.kit.control.rows import SILENT, SourceRow
from services.kit.runtime import Runtime

log = structlog.get_logger(__name__)


async def tell_state(runtime: Runtime, instance: str) -> None:
    """Publishes the health as it stands now, and remembers the state that was told."""
    now = runtime.clock.now()
    async with runtime.engine.connect() as connection:
        row = await sources.get(connection, instance, now)
    await tell(runtime.log, row, now)
    if row.told_state != (told := _told(row, now)):
        async with runtime.engine.begin() as connection:
            await sources.take_told_state(connection, instance, row.told_state, told)


async def tell_changes(runtime: Runtime) -> None:
    """Tells each instance that changed without a run: it fell silent, was paused, added, removed, or is degraded."""
    async with runtime.engine.connect() as connection:
        gone = await sources.removed(connection)
        listed = await sources.list_all(connection, runtime.clock.now())
    for instance in gone:
        await tell_removed(runtime.log, instance)
        async with runtime.engine.begin() as connection:
            await sources.told_removed(connection, instance)
    for row in listed:
        says = _told(row, runtime.clock.now())
        if says == row.told_state or _for_us(row, runtime.clock.now()):
            continue
        if row.state == SILENT:
            log.warning("source is silent", source=row.id, last_event_at=str(row.last_event_at))
        await tell(runtime.log, row, runtime.clock.now())  # first told, then remembered: telling twice does no harm
        async with runtime.engine.begin() as connection:
            await sources.take_told_state(connection, row.id, row.told_state, says)


def _for_us(row: SourceRow, now: datetime) -> bool:
    """Whether one that is due and not being read may be silent or unread only since we were away: it is read first."""
    due = row.next_run_at is not None and row.next_run_at <= now
    if row.state == SILENT:
        return due
    reading = row.last_run is not None and row.last_run.ended_at is None
    return due and not reading and OVERDUE in weaknesses(row, now)


def _told(row: SourceRow, now: datetime) -> str:
    """What others are told anew when it changes: the state, and what degrades it."""
    return " ".join((row.state, *weaknesses(row, now)))
