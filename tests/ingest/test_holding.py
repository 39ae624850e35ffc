"""A lease kept while a run goes on: a starved process keeps its source, and what a run did counts if it breaks off."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

from connectors.base import Connector, Fetch, Page
from services.kit.control import leases, runs
from services.kit.control.rows import Counts
from services.kit.runtime import Runtime
from tests.ingest.conftest import Add, Source
from tests.ingest.test_collect import LINE
from tests.ingest.test_scheduler import NOW, made, once, row


async def test_a_run_that_was_kept_from_renewing_goes_on_where_nobody_took_its_source(
    logged: Runtime, connector: Connector, source: Source, add: Add
) -> None:
    """The loop stood still for longer than the lease holds: its own scheduler must not take the source from it."""
    await add()
    scheduler = made(logged, replace(connector, fetch=slow_to_the_end(source)), lease_seconds=0.2)
    source.add(LINE)
    (lease,) = await scheduler.claim(10)
    running = asyncio.create_task(scheduler.hold(lease, asyncio.Event()))
    await asyncio.sleep(0.05)
    time.sleep(0.4)  # noqa: ASYNC251 - a starved loop: nothing is renewed meanwhile
    assert await scheduler.claim(10) == []
    await running
    assert ((await row(logged)).state, (await row(logged)).records) == ("healthy", 1)


def slow_to_the_end(source: Source):
    async def fetch(context: Fetch) -> AsyncIterator[Page]:
        await asyncio.sleep(0.1)
        async for page in source.fetch(context):
            yield page

    return fetch


async def test_what_a_run_did_so_far_is_seen_and_counts_though_it_breaks_off(
    logged: Runtime, connector: Connector, source: Source, add: Add
) -> None:
    await add()
    source.add(LINE, "broken")
    held = asyncio.Event()

    async def fetch(context: Fetch) -> AsyncIterator[Page]:
        async for page in source.fetch(context):
            yield page
        await held.wait()

    scheduler = made(logged, replace(connector, fetch=fetch), lease_seconds=0.3)
    (lease,) = await scheduler.claim(10)
    running = asyncio.create_task(scheduler.hold(lease, asyncio.Event()))
    for _ in range(100):
        await asyncio.sleep(0.05)
        if (seen := await row(logged)).records:
            break
    assert (seen.records, seen.rejected, seen.last_run.outcome) == (2, 1, None), "while it goes on"
    async with logged.engine.begin() as connection:
        await leases.release(connection, lease)
        other = await leases.take(connection, "one", owner="other", seconds=60)
    await asyncio.wait_for(running, 10)
    after = await row(logged)
    assert (after.records, after.rejected, after.last_run.outcome) == (2, 1, "given_up")
    assert "another process reads it now" in after.last_run.message
    async with logged.engine.begin() as connection:
        await leases.release(connection, other)
    held.set()
    assert await once(scheduler) == 1
    assert (await row(logged)).records == 2, "its cursor was saved, and nothing is counted again"


async def test_a_run_whose_process_died_is_closed_by_the_next(
    logged: Runtime, connector: Connector, source: Source, add: Add
) -> None:
    await add()
    async with logged.engine.begin() as connection:
        run = await runs.start(connection, "one", 0, NOW - timedelta(minutes=5))
        await runs.note(connection, run, Counts(pages=1, records=5, observed=3, ignored={"skip": 1}, rejected=1))
    assert await once(made(logged, connector)) == 1
    async with logged.engine.connect() as connection:
        history = await runs.history(connection, "one")
    assert [(one.outcome, one.counts.records) for one in history] == [("healthy", 0), ("given_up", 5)]
    after = await row(logged)
    assert (after.records, after.observed, after.ignored, after.rejected) == (5, 3, 1, 1)
