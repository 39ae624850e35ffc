"""The store of sources against a real database: leases that fence, health that is told apart, history, back-fills."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit.clock import ManualClock
from services.kit.control import backfills, leases, progress, runs, sources
from services.kit.control.progress import FilePosition
from services.kit.control.rows import Counts, state
from services.kit.errors import Conflict, Misconfigured, NotFound, StalePosition

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


async def added(engine: AsyncEngine, name: str = "Proxy 1", at: datetime = NOW) -> str:
    async with engine.begin() as connection:
        return await sources.add(
            connection, connector="squid", name=name, config={"token": "env:T"}, every=timedelta(minutes=5),
            silent_after=timedelta(hours=24), next_run_at=at,
        )  # fmt: skip


async def claimed(engine: AsyncEngine, owner: str, now: datetime = NOW, seconds: float = 60) -> list[leases.Lease]:
    async with engine.begin() as connection:
        return await leases.claim(connection, owner=owner, now=now, connectors=["squid"], seconds=seconds, limit=10)


async def test_added_source_is_listed_by_id_and_name(engine: AsyncEngine) -> None:
    assert await added(engine) == "proxy-1"
    async with engine.connect() as connection:
        (row,) = await sources.list_all(connection, NOW)
        assert row == await sources.get(connection, "Proxy 1", NOW) == await sources.get(connection, "proxy-1", NOW)
        with pytest.raises(NotFound):
            await sources.get(connection, "other")
    assert (row.state, row.config, row.every) == ("never_run", {"token": "env:T"}, timedelta(minutes=5))
    with pytest.raises(Conflict):
        await added(engine)
    with pytest.raises(Misconfigured):
        await added(engine, "漢字")


async def test_two_claimants_never_hold_one_instance(engine: AsyncEngine) -> None:
    for number in range(6):
        await added(engine, f"s{number}")
    taken = await asyncio.gather(*(claimed(engine, f"worker {number}") for number in range(5)))
    held = [lease.instance for share in taken for lease in share]
    assert len(held) == len(set(held))
    assert set(held) | {lease.instance for lease in await claimed(engine, "last")} == {f"s{n}" for n in range(6)}


async def test_claims_only_what_is_due_and_not_paused(engine: AsyncEngine) -> None:
    await added(engine, "later", NOW + timedelta(hours=1))
    paused = await added(engine, "paused")
    async with engine.begin() as connection:
        await sources.pause(connection, paused)
    assert await claimed(engine, "w") == []
    async with engine.begin() as connection:
        await sources.resume(connection, paused, NOW)
        await sources.run_now(connection, "later", NOW)
    assert {lease.instance for lease in await claimed(engine, "w")} == {"later", "paused"}


async def test_stale_lease_saves_nothing(engine: AsyncEngine) -> None:
    await added(engine)
    (first,) = await claimed(engine, "a", seconds=0.05)
    async with engine.begin() as connection:
        await progress.save_cursor(connection, first, "one")
    await asyncio.sleep(0.1)
    (second,) = await claimed(engine, "b")
    assert second.token > first.token
    async with engine.begin() as connection:
        await progress.save_cursor(connection, second, "two")
    for save in (
        lambda connection: progress.save_cursor(connection, first, "stale"),
        lambda connection: leases.renew(connection, first, 60),
        lambda connection: progress.save_file(connection, first, FILE),
    ):
        async with engine.connect() as connection:
            with pytest.raises(StalePosition):
                await save(connection)
    async with engine.begin() as connection:
        await leases.release(connection, first)
        await leases.renew(connection, second, 60)
        assert await progress.cursor(connection, "proxy-1", 0) == "two"


FILE = FilePosition(file="1:2", path="/var/log/a", position=10, head="ab")


async def test_released_lease_is_free_and_its_token_spent(engine: AsyncEngine) -> None:
    await added(engine)
    (first,) = await claimed(engine, "a")
    async with engine.begin() as connection:
        await progress.save_file(connection, first, FILE)
        await leases.release(connection, first)
    async with engine.begin() as connection:
        second = await leases.take(connection, "proxy-1", owner="b", seconds=60)
        assert second is not None
        assert await leases.take(connection, "proxy-1", owner="c", seconds=60) is None
        assert second.token == first.token + 1
        assert await progress.files(connection, "proxy-1") == {"1:2": FILE}
        await progress.forget_files(connection, second, ["1:2"])
        assert await progress.files(connection, "proxy-1") == {}


async def test_run_leaves_history_sums_and_health(engine: AsyncEngine) -> None:
    await added(engine)
    counts = Counts(pages=2, records=10, observed=6, ignored={"not a client": 3}, rejected=1, published=7)
    async with engine.begin() as connection:
        run = await runs.start(connection, "proxy-1", 0, NOW)
        await runs.end(
            connection, run, "proxy-1", at=NOW, outcome="healthy", counts=counts, last_event_at=NOW,
            lateness=(1.0, 9.5), next_run_at=NOW + timedelta(minutes=5), began=NOW,
        )  # fmt: skip
        row = await sources.get(connection, "proxy-1", NOW)
    assert (row.records, row.observed, row.ignored, row.rejected) == (10, 6, 3, 1)
    assert (row.state, row.lateness, row.last_success_at) == ("healthy", (1.0, 9.5), NOW)
    assert row.last_run is not None
    assert row.last_run.counts == counts
    async with engine.connect() as connection:
        assert await runs.history(connection, "proxy-1") == [row.last_run]
        assert (await sources.get(connection, "proxy-1", NOW + timedelta(hours=25))).state == "silent"


async def test_failures_are_counted_until_one_succeeds(engine: AsyncEngine) -> None:
    await added(engine)
    async with engine.begin() as connection:
        for outcome, failures in (("failing", 1), ("no_permission", 2), ("empty", 0)):
            run = await runs.start(connection, "proxy-1", 0, NOW)
            await runs.end(connection, run, "proxy-1", at=NOW, outcome=outcome, counts=Counts(), message="m")
            row = await sources.get(connection, "proxy-1", NOW)
            assert (row.state, row.failures) == (outcome, failures)


async def test_history_is_bounded(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "KEPT", 3)
    await added(engine)
    async with engine.begin() as connection:
        for _ in range(5):
            run = await runs.start(connection, "proxy-1", 0, NOW)
            await runs.end(connection, run, "proxy-1", at=NOW, outcome="healthy", counts=Counts())
        assert len(await runs.history(connection, "proxy-1")) == 3


def test_states_are_told_apart() -> None:
    healthy = {
        "paused": False, "outcome": "healthy", "observed": 3, "last_event_at": NOW, "silent_seconds": 60.0,
        "started_at": None, "ended_at": None,
    }  # fmt: skip
    late = NOW + timedelta(minutes=2)
    assert state(healthy, NOW) == "healthy"
    assert state(healthy, late) == "silent"
    assert state({**healthy, "silent_seconds": None}, late) == "healthy"
    assert state({**healthy, "started_at": late}, late) == "healthy"
    assert state({**healthy, "started_at": late, "ended_at": late}, late) == "silent"
    assert state({**healthy, "started_at": NOW}, NOW + timedelta(days=1)) == "silent"
    assert state({**healthy, "observed": 0, "last_event_at": None}, late) == "empty"
    assert state({**healthy, "outcome": "no_permission"}, late) == "no_permission"
    assert state({**healthy, "outcome": "never_run", "observed": 0}, late) == "never_run"
    assert state({**healthy, "paused": True}, late) == "paused"


async def test_backfill_gives_days_a_new_generation(engine: AsyncEngine) -> None:
    await added(engine)
    first, third, fifth = (datetime(2026, 11, day, tzinfo=UTC) for day in (1, 3, 5))
    async with engine.begin() as connection:
        assert await backfills.request(connection, "Proxy 1", first, fifth) == 1
        assert await backfills.request(connection, "proxy-1", third, fifth) == 2
        with pytest.raises(Misconfigured):
            await backfills.request(connection, "proxy-1", first, NOW)
        with pytest.raises(NotFound):
            await backfills.request(connection, "other", first, third)
    async with engine.begin() as connection:
        asked = await backfills.of(connection, "proxy-1")
        assert await backfills.current(connection, "proxy-1") == {}
        await backfills.mark(connection, "proxy-1", 1, backfills.DONE)
        assert set((await backfills.current(connection, "proxy-1")).values()) == {1}
        assert (await sources.get(connection, "proxy-1", NOW)).generation == 2
    assert backfills.generations(asked) == {
        date(2026, 11, 1): 1, date(2026, 11, 2): 1, date(2026, 11, 3): 2, date(2026, 11, 4): 2,
    }  # fmt: skip


async def test_backfill_is_claimed_once_and_beside_the_ordinary_pull(engine: AsyncEngine) -> None:
    await added(engine)
    days = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)

    async def claim(now: datetime = NOW) -> leases.Lease | None:
        async with engine.begin() as connection:
            return await leases.claim_backfill(connection, owner="b", now=now, connectors=["squid"], seconds=60)

    async with engine.begin() as connection:
        await backfills.request(connection, "proxy-1", *days)
    assert len(await claimed(engine, "a")) == 1
    taken = [lease for lease in await asyncio.gather(*(claim() for _ in range(4))) if lease]
    assert [(lease.instance, lease.generation) for lease in taken] == [("proxy-1", 1)]
    async with engine.begin() as connection:
        await progress.save_cursor(connection, taken[0], "page 2")
        await leases.release(connection, taken[0])
        await backfills.put_off(connection, "proxy-1", 1, NOW + timedelta(hours=1))
        assert await progress.cursor(connection, "proxy-1", 1) == "page 2"
        assert await progress.cursor(connection, "proxy-1", 0) is None
    assert await claim() is None
    assert await claim(NOW + timedelta(hours=2)) is not None


async def test_state_change_is_told_by_one(engine: AsyncEngine) -> None:
    await added(engine)

    async def tell() -> bool:
        async with engine.begin() as connection:
            return await sources.take_told_state(connection, "proxy-1", None, "silent")

    assert sorted(await asyncio.gather(*(tell() for _ in range(4)))) == [False, False, False, True]


async def test_removed_source_is_forgotten(engine: AsyncEngine, clock: ManualClock) -> None:
    await added(engine)
    await claimed(engine, "a")
    async with engine.begin() as connection:
        await runs.start(connection, "proxy-1", 0, clock.now())
        await sources.remove(connection, "Proxy 1")
        assert await sources.list_all(connection) == []
        with pytest.raises(NotFound):
            await sources.remove(connection, "Proxy 1")
