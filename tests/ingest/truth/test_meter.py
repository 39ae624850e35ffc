"""The meter on a database: what is read again counts once, a back-fill never, and what is stated is kept and shown."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Connector, Page
from services.ingest.collect import Job, Window, pull
from services.ingest.intake import Origin
from services.ingest.noted import Noted
from services.ingest.noting import save_read, save_sent
from services.ingest.truth import meter
from services.kit.clock import ManualClock
from services.kit.control import sources, truth
from services.kit.control.leases import Lease
from services.kit.runtime import Runtime
from tests.ingest.conftest import Add, Settings, Source
from tests.ingest.test_collect import LINE, no_network

START = datetime(2026, 11, 2, tzinfo=UTC)


def noted(*events: tuple[str, datetime], now: datetime) -> Noted:
    made = Noted()
    for name, at in events:
        made.event(at, now, f'{{"id":"{name}","rest":1}}'.encode())
    return made


async def kept(runtime: Runtime) -> list[tuple[int, int, int]]:
    """What is counted for `one`, without the marks of readings, in slots since START."""
    base = int(START.timestamp()) // 300
    async with runtime.engine.connect() as connection:
        found = await truth.cells(connection, "one", 0)
    return sorted((happened - base, seen - base, count) for happened, seen, count in zip(*found, strict=True) if count)


async def test_what_is_read_again_counts_where_it_was_first_seen(add: Add, logged: Runtime) -> None:
    await add()
    first, second = START + timedelta(minutes=6), START + timedelta(minutes=21)
    async with logged.engine.begin() as connection:
        await save_read(connection, "one", noted(("a", START), ("b", START), now=first), first)
    async with logged.engine.begin() as connection:
        again = noted(("a", START), ("late", START), ("c", second + timedelta(hours=1)), now=second)
        await save_read(connection, "one", again, second)
    assert await kept(logged) == [(0, 1, 2), (0, 4, 1), (4, 4, 1)]


async def test_of_a_removed_source_nothing_is_kept_and_nobody_fails(add: Add, logged: Runtime) -> None:
    gone = noted(("a", START), now=START)
    gone.word("asked", "observed", ["login:ann"])
    for save in (save_read, save_sent):
        async with logged.engine.begin() as connection:
            await save(connection, "gone", gone, START)
    assert await kept(logged) == []


async def test_a_pull_counts_what_it_reads_again_once_and_a_back_fill_not_at_all(
    add: Add, logged: Runtime, source: Source, connector: Connector, clock: ManualClock
) -> None:
    await add()
    seen, anew = ((LINE, LINE, "skip"), (LINE.replace("jane", "joe"),))
    origin = Origin(instance="one", connector=connector, config=Settings())
    window = Window(since=clock.now() - timedelta(hours=1))
    for lines, generation in ((seen, 0), (seen, 0), (anew, 1)):
        source.pages = [Page(records=tuple(line.encode() for line in lines), name="window")]
        job = Job(runtime=logged, origin=origin, lease=Lease("one", "test", 1, generation))
        assert (await pull(job, window, no_network)).outcome == "healthy"
        clock.advance(timedelta(minutes=5))
    assert [count for *_, count in await kept(logged)] == [2]


async def test_what_is_sent_counts_each_time(add: Add, logged: Runtime) -> None:
    await add()
    sent = Noted()
    sent.event(START, START, None)
    for _ in range(2):
        async with logged.engine.begin() as connection:
            await save_sent(connection, "one", sent, START + timedelta(minutes=7))
    assert await kept(logged) == [(0, 1, 2)]


async def test_too_many_ids_are_thinned_and_still_count_for_all(
    add: Add, logged: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add()
    monkeypatch.setattr(truth, "MOST_IDS", 1000)
    for part in range(4):
        many = noted(*((f"{part}.{number}", START) for number in range(1000)), now=START)
        async with logged.engine.begin() as connection:
            await save_read(connection, "one", many, START)
            await truth.tidy(connection, "one", cells_before=0, ids_before=0)
    ((_, _, counted),) = await kept(logged)
    assert counted == pytest.approx(4000, rel=0.1)
    async with logged.engine.begin() as connection:
        await save_read(connection, "one", noted(*((f"0.{n}", START) for n in range(1000)), now=START), START)
    assert await kept(logged) == [(0, 0, counted)]


async def test_the_loop_states_what_is_due_and_ends_when_told(add: Add, logged: Runtime, clock: ManualClock) -> None:
    await add()
    async with logged.engine.begin() as connection:
        await save_read(connection, "one", noted(("a", clock.now()), now=clock.now()), clock.now())
    clock.advance(timedelta(minutes=20))
    stop = asyncio.Event()
    working = asyncio.create_task(meter.loop(logged, {})(stop))
    async with asyncio.timeout(20):
        while (found := await stated(logged, clock)) is None:  # noqa: ASYNC110 - the database tells, there is no event
            await asyncio.sleep(0.02)
        stop.set()
        await working
    assert found.hour.why == "fewer than 20 events in it"
    assert found.lateness is None


async def stated(runtime: Runtime, clock: ManualClock) -> truth.Truth | None:
    async with runtime.engine.connect() as connection:
        return (await sources.get(connection, "one", clock.now())).truth


async def test_what_is_stated_is_kept_with_the_source(add: Add, logged: Runtime, clock: ManualClock) -> None:
    """Eight days of a source that tells half at once and half ten minutes later, read each five minutes."""
    await add()
    base, chance = int(clock.now().timestamp()) // 300 - 8 * 288, random.Random(7)
    rows = []
    for slot in range(base, base + 8 * 288):
        late = sum(chance.random() < 0.5 for _ in range(12))
        rows += [("one", slot, slot, 12 - late), ("one", slot, slot + 2, late)]
    async with logged.engine.begin() as connection:
        await save_read(connection, "one", Noted(), clock.now())
        await connection.exec_driver_sql(
            "insert into control.arrival select 'one', * from unnest($1::int[], $2::int[], $3::int[])",
            tuple([row[place] for row in rows] for place in (1, 2, 3)),
        )
    assert await meter.once(logged, {})
    assert not await meter.once(logged, {})
    found = await stated(logged, clock)
    assert found is not None
    assert found.lateness == (300.0, 900.0, 900.0)
    assert found.hour.least is not None
    assert found.hour.most is not None
    assert found.hour.least < 1 - 1 / 12 < found.hour.most
    assert found.day.share == pytest.approx(1 - 1 / 288, abs=0.002)
