"""Housekeeping, once an hour: drops what nothing can be added to or read from any more."""

import asyncio
import contextlib

import structlog

from services.inventory.seen import Partitions
from services.kit import deadletters
from services.kit.eventlog.postgres import PostgresLog
from services.kit.runtime import Runtime, Stop

log = structlog.get_logger(__name__)
EVERY_SECONDS = 3600.0


async def run(runtime: Runtime, stop: Stop) -> None:
    """Seen ids beyond the horizon, settled dead letters, and days of the PostgreSQL log that all have left behind."""
    while not stop.is_set():
        days = await Partitions(runtime.engine).tidy(runtime.clock)
        letters = await deadletters.tidy(runtime.engine, runtime.clock)
        parts = await runtime.log.tidy(runtime.clock.now()) if isinstance(runtime.log, PostgresLog) else []
        if days or letters or parts:
            log.info("tidied", days_of_seen_ids=days, dead_letters=letters, days_of_log=len(parts))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_SECONDS)
