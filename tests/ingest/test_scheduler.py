"""Schedules, leases and back-fills over the real store."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from connectors.amending import Asked
from connectors.base import Connector, Fetch, Page, Trouble
from schemas.alert import SourceHealth
from schemas.observation import ProtectedObservation
from schemas.topics import OBSERVATION, SOURCE
from services.ingest import instances
from services.ingest import scheduler as scheduling
from services.ingest.schedule import next_run
from services.ingest.scheduler import Scheduler
from services.ingest.telling import tell_changes
from services.kit.control import backfills, leases, runs, sources
from services.kit.control.rows import SourceRow
from services.kit.errors import Conflict
from services.kit.runtime import Runtime
from tests.ingest.conftest import Add, Read, Source
from tests.ingest.test_collect import LINE, no_network

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


def made(runtime: Runtime, connector: Connector, owner: str = "a", lease_seconds: float = 60) -> Scheduler:
    return Scheduler(
        runtime=runtime, connectors={"lines": connector}, dial=no_network, owner=owner, lease_seconds=lease_seconds
    )


async def once(scheduler: Scheduler) -> int:
    claimed = await scheduler.claim(10)
    for lease in claimed:
        await scheduler.hold(lease, asyncio.Event())
    return len(claimed)


async def row(runtime: Runtime, name: str = "one") -> SourceRow:
    async with runtime.engine.connect() as connection:
        return await sources.get(connection, name, runtime.clock.now())


async def test_what_is_changed_during_a_run_is_picked_up_at_once(
    logged: Runtime, connector: Connector, source: Source, add: Add
) -> None:
    """The run that goes on ends as it began; it must not put off the next one by the rhythm it had."""
    await add()
    source.add(LINE)
    changes = iter([Asked({"pages": "3"}, timedelta(hours=1))])

    async def fetch(context: Fetch) -> AsyncIterator[Page]:
        for asked in changes:
            async with logged.engine.begin() as connection:
                found = await instances.edit(connection, {"lines": connector}, "one", asked, NOW)
            assert found == {"config.pages": (None, "3"), "every": (300.0, 3600.0)}
        async for page in source.fetch(context):
            yield page

    scheduler = made(logged, replace(connector, fetch=fetch))
    assert [await once(scheduler), (await row(logged)).next_run_at] == [1, NOW]
    assert await once(scheduler) == 1
    assert [context.config.pages for context in source.asked] == [1, 3]
    after = (await row(logged)).next_run_at
    assert after is not None
    assert after - NOW >= timedelta(hours=1)
    assert (await row(logged)).records == 1, "its place was kept"


async def test_due_source_runs_once_and_is_put_on(
    logged: Runtime, connector: Connector, source: Source, add: Add, read: Read
) -> None:
    await add()
    source.add(LINE, "broken")
    assert await once(made(logged, connector)) == 1
    assert await once(made(logged, connector)) == 0
    after = await row(logged)
    assert (after.state, after.records, after.rejected, after.last_success_at) == ("healthy", 2, 1, NOW)
    assert after.next_run_at is not None
    assert timedelta(minutes=5) <= after.next_run_at - NOW <= timedelta(minutes=5.5)
    (health,) = [msgspec.json.decode(r.value or b"", type=SourceHealth) for r in await read(SOURCE.name)]
    assert (health.instance, health.state, health.records, health.rejected) == ("one", "healthy", 2, 1)
    logged.clock.advance(timedelta(minutes=6))
    assert await once(made(logged, connector)) == 1
    assert source.asked[1].since == NOW - timedelta(hours=2)


async def test_several_schedulers_never_pull_the_same_source(
    logged: Runtime, connector: Connector, source: Source, add: Add
) -> None:
    for number in range(8):
        await add(f"s{number}")
    schedulers = [made(logged, connector, f"process {number}") for number in range(4)]
    assert sum(await asyncio.gather(*(once(one) for one in schedulers))) == 8
    async with logged.engine.connect() as connection:
        for number in range(8):
            assert len(await runs.history(connection, f"s{number}")) == 1


async def test_trouble_backs_off_and_keeps_the_last_success(
    logged: Runtime, connector: Connector, source: Source, add: Add
) -> None:
    await add()
    source.pages.append(Trouble("no_permission", "grant Audit.Read"))
    await once(made(logged, connector))
    after = await row(logged)
    assert (after.state, after.message, after.failures) == ("no_permission", "grant Audit.Read", 1)
    assert after.last_success_at is None
    logged.clock.advance(timedelta(seconds=40))
    await once(made(logged, connector))
    assert (await row(logged)).failures == 2


async def test_wrong_settings_are_told_and_do_not_stop_others(
    logged: Runtime, connector: Connector, source: Source, add: Add
) -> None:
    await add("wrong", config={"pages": "many", "colour": "red"})
    await add("right")
    source.add(LINE)
    assert await once(made(logged, connector)) == 2
    wrong = await row(logged, "wrong")
    assert wrong.state == "failing"
    assert "colour" in (wrong.message or "")
    assert "pages" in (wrong.message or "")
    assert (await row(logged, "right")).state == "healthy"


async def test_run_whose_lease_is_lost_is_ended(
    logged: Runtime, connector: Connector, source: Source, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease is taken away during a long fetch: the renewal notices, the run ends, nothing is written."""
    await add()
    waiting = asyncio.Event()

    async def slow(_: object):
        waiting.set()
        await asyncio.sleep(60)
        yield

    slow_connector = Connector(**{**connector.__dict__, "fetch": slow})
    scheduler = made(logged, slow_connector, lease_seconds=0.3)
    (lease,) = await scheduler.claim(1)
    running = asyncio.create_task(scheduler.hold(lease, asyncio.Event()))
    await waiting.wait()
    async with logged.engine.begin() as connection:
        await leases.release(connection, lease)
        assert await leases.take(connection, "one", owner="other", seconds=60) is not None
    await asyncio.wait_for(running, 5)
    assert (await row(logged)).state == "never_run"


async def test_lease_is_renewed_while_a_run_goes_on(
    logged: Runtime, connector: Connector, source: Source, add: Add
) -> None:
    await add()

    async def slow(_: object):
        await asyncio.sleep(0.9)
        return
        yield

    scheduler = made(logged, Connector(**{**connector.__dict__, "fetch": slow}), lease_seconds=0.3)
    await once(scheduler)
    assert (await row(logged)).state == "empty"


async def test_backfill_publishes_its_days_under_a_new_generation(
    logged: Runtime, connector: Connector, source: Source, add: Add, read: Read
) -> None:
    await add()
    source.add(LINE, LINE.replace("11-16", "11-10"))
    scheduler = made(logged, connector)
    await once(scheduler)
    days = datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 11, tzinfo=UTC)
    async with logged.engine.begin() as connection:
        generation = await backfills.request(connection, "one", *days)
    assert await once(scheduler) == 1
    assert (source.asked[-1].cursor, source.asked[-1].since, source.asked[-1].until) == (None, *days)
    made_of = [msgspec.json.decode(r.value or b"", type=ProtectedObservation) for r in await read(OBSERVATION.name)]
    generations = {(one.at.day, one.generation) for one in made_of}
    assert generations == {(16, 0), (10, 0), (10, generation)}
    assert len({one.id for one in made_of}) == 2
    async with logged.engine.connect() as connection:
        assert await backfills.current(connection, "one") == {days[0].date(): generation}
    assert await once(scheduler) == 0


async def test_backfill_in_trouble_is_tried_again(
    logged: Runtime, connector: Connector, source: Source, add: Add
) -> None:
    await add(next_run_at=NOW + timedelta(days=1))
    source.pages.append(Trouble("failing", "away"))
    async with logged.engine.begin() as connection:
        await backfills.request(
            connection, "one", datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 11, tzinfo=UTC)
        )
    scheduler = made(logged, connector)
    assert await once(scheduler) == 1
    assert await once(scheduler) == 0
    source.pages.clear()
    logged.clock.advance(timedelta(hours=2))
    assert await once(scheduler) == 1
    async with logged.engine.connect() as connection:
        assert [one.state for one in await backfills.of(connection, "one")] == ["done"]


async def test_silence_is_told_once_and_not_before_we_have_looked_again(
    logged: Runtime, connector: Connector, source: Source, add: Add, read: Read
) -> None:
    await add(silent_after=timedelta(hours=24))
    source.add(LINE)
    await once(made(logged, connector))
    await tell_changes(logged)
    logged.clock.advance(timedelta(hours=30))
    source.pages.clear()
    await tell_changes(logged)
    assert len(await read(SOURCE.name)) == 1
    await once(made(logged, connector))
    await tell_changes(logged)
    told = [msgspec.json.decode(r.value or b"", type=SourceHealth).state for r in await read(SOURCE.name)]
    assert told == ["healthy", "silent"]


async def test_what_is_not_read_when_due_is_told_but_not_where_it_is_we_who_were_away(
    logged: Runtime, connector: Connector, source: Source, add: Add, read: Read
) -> None:
    await add()
    source.add(LINE)
    await once(made(logged, connector))
    logged.clock.advance(timedelta(hours=30))
    await tell_changes(logged)
    async with logged.engine.begin() as connection:
        await runs.start(connection, "one", 0, logged.clock.now())
    await tell_changes(logged)
    await tell_changes(logged)
    await once(made(logged, connector))
    told = [msgspec.json.decode(r.value or b"", type=SourceHealth).weaknesses for r in await read(SOURCE.name)]
    assert told == [(), ("overdue",), ()]


async def test_work_ends_when_told(logged: Runtime, connector: Connector, source: Source, add: Add) -> None:
    await add()
    source.add(LINE)
    stop = asyncio.Event()
    working = asyncio.create_task(made(logged, connector).work(stop))
    async with asyncio.timeout(20):
        while (await row(logged)).state != "healthy":  # noqa: ASYNC110 - the database tells, there is no event
            await asyncio.sleep(0.02)
    stop.set()
    await asyncio.wait_for(working, 5)


async def test_run_now_refuses_what_another_reads(
    logged: Runtime, connector: Connector, source: Source, add: Add
) -> None:
    await add(next_run_at=NOW + timedelta(days=1))
    source.add(LINE)
    scheduler = made(logged, connector)
    assert (await scheduler.run_now("one")).counts.observed == 1
    async with logged.engine.begin() as connection:
        await leases.take(connection, "one", owner="other", seconds=60)
    with pytest.raises(Conflict):
        await scheduler.run_now("one")


def test_pauses_grow_to_a_bound_and_a_source_s_own_wait_is_kept() -> None:
    every = timedelta(minutes=5)
    assert next_run(NOW, every, "healthy", chance=0) == NOW + every
    assert next_run(NOW, every, "healthy", chance=1) == NOW + every * 1.1
    pauses = [next_run(NOW, every, "failing", failures=n, chance=0) - NOW for n in range(10)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=30)
    assert pauses[-1] == timedelta(hours=1)
    assert next_run(NOW, every, "failing", retry_after=14_400, chance=0) == NOW + timedelta(hours=4)
    assert scheduling.owner() != scheduling.owner()
