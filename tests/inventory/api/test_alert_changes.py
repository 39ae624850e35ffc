"""The feed of changes: nothing twice, nothing skipped, whoever commits when."""

import asyncio
import random
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import text

from schemas.topics import ALERT
from services.inventory.delivery import changes, outbox
from tests.inventory.formats.alerts import CLAUDE, changed

WRITE = text("""
    insert into inventory.outbox (id, alert, revision, payload, created_at)
    values (:id, :alert, :revision, :payload, :at)""")


@pytest.fixture
async def house(runtime):
    await runtime.log.ensure({ALERT.name: ALERT.retention.total_seconds()}, 1)
    return runtime


async def write(connection, runtime, alert, revision):
    made = changed(CLAUDE, id=alert, revision=revision)
    given = {"id": f"evt_{alert}_{revision}", "alert": alert, "revision": revision, "at": runtime.clock.now()}
    await connection.execute(WRITE, given | {"payload": msgspec.json.encode(made).decode()})


async def rest(runtime, after=0):
    found = await changes.page(runtime.engine, after, 1000)
    return [each.event.message for each in found], found[-1].number if found else after


async def test_what_was_begun_first_and_committed_last_is_not_skipped(house):
    async with house.engine.connect() as slow, slow.begin() as begun:
        await write(slow, house, "slow", 1)
        async with house.engine.begin() as quick:
            await write(quick, house, "quick", 1)
        assert await outbox.relay(house) == 1
        seen, at = await rest(house)
        assert seen == ["evt_quick_1"]
        await begun.commit()
    assert await outbox.relay(house) == 1
    assert (await rest(house, at))[0] == ["evt_slow_1"]


async def test_a_relay_that_has_not_committed_hides_every_later_number(house):
    """Without the lock on the head row a second relay could commit a higher number first."""
    async with house.engine.connect() as first, first.begin() as begun:
        assert (await first.execute(outbox.DRAW, {"count": 5})).scalar_one() == 0
        async with house.engine.begin() as quick:
            await write(quick, house, "quick", 1)
        relaying = asyncio.create_task(outbox.relay(house))
        await asyncio.sleep(0.2)
        assert not relaying.done()
        assert await rest(house) == ([], 0)
        await begun.commit()
    assert await relaying == 1
    assert (await changes.page(house.engine, 0, 10))[0].number == 6


async def test_writers_relays_and_readers_side_by_side(house):
    """Transactions overlap, some roll back; three readers with pages of their own sizes see the same, once each."""
    chance, written, over = random.Random(7), [], asyncio.Event()

    async def writer(name):
        for revision in range(1, 16):
            async with house.engine.connect() as connection, connection.begin() as begun:
                await write(connection, house, name, revision)
                await asyncio.sleep(chance.random() / 100)
                if chance.random() < 0.2:
                    await begun.rollback()
                    continue
                await begun.commit()
            written.append(f"evt_{name}_{revision}")

    async def relaying():
        while not over.is_set() or await outbox.relay(house, limit=7):
            if not await outbox.relay(house, limit=7):
                await asyncio.sleep(0.005)

    async def reader(limit):
        seen, after = [], 0
        while True:
            last = over.is_set()
            found = await changes.page(house.engine, after, limit)
            seen += [each.event.message for each in found]
            if found:
                after = found[-1].number
            elif last and relays_done.is_set():
                return seen
            await asyncio.sleep(chance.random() / 200)

    relays_done = asyncio.Event()
    readers = [asyncio.create_task(reader(limit)) for limit in (1, 3, 50)]
    relays = [asyncio.create_task(relaying()) for _ in range(2)]
    async with asyncio.timeout(60):
        await asyncio.gather(*(writer(f"w{number}") for number in range(6)))
        over.set()
        await asyncio.gather(*relays)
        relays_done.set()
        seen = await asyncio.gather(*readers)
    assert sorted(seen[0]) == sorted(written)
    assert seen[0] == seen[1] == seen[2]
    for number in range(6):
        revisions = [int(name.rpartition("_")[2]) for name in seen[0] if name.startswith(f"evt_w{number}_")]
        assert revisions == sorted(revisions)


@pytest.fixture
async def filled(house, app, client, operator, surface):
    """The routes over the same database, with three changes in it."""
    for number in (1, 2, 3):
        async with house.engine.begin() as connection:
            await write(connection, house, f"a{number}", 1)
        await outbox.relay(house)
        house.clock.advance(timedelta(hours=1))
    return operator


async def test_a_cursor_goes_on_and_is_there_at_the_end_too(filled, house):
    first = (await filled.get("/api/v1/alerts/changes", params={"limit": 2})).json()
    assert ([item["id"] for item in first["items"]], first["more"]) == (["evt_a1_1", "evt_a2_1"], True)
    last = (await filled.get("/api/v1/alerts/changes", params={"cursor": first["next"]})).json()
    assert ([item["alert"]["id"] for item in last["items"]], last["more"]) == (["a3"], False)
    empty = (await filled.get("/api/v1/alerts/changes", params={"cursor": last["next"]})).json()
    assert empty == {"items": [], "next": last["next"], "more": False}
    async with house.engine.begin() as connection:
        await write(connection, house, "a1", 2)
    await outbox.relay(house)
    after = (await filled.get("/api/v1/alerts/changes", params={"cursor": empty["next"]})).json()
    assert [item["type"] for item in after["items"]] == ["alert.changed"]


async def test_it_may_begin_at_a_time(filled, house):
    since = (house.clock.now() - timedelta(hours=2)).isoformat()
    found = (await filled.get("/api/v1/alerts/changes", params={"since": since})).json()
    assert [item["id"] for item in found["items"]] == ["evt_a2_1", "evt_a3_1"]
    now = (await filled.get("/api/v1/alerts/changes", params={"since": house.clock.now().isoformat()})).json()
    assert now["items"] == []
    assert (await filled.get("/api/v1/alerts/changes", params={"cursor": now["next"]})).json()["items"] == []


async def test_it_speaks_other_formats(filled):
    ocsf = (await filled.get("/api/v1/alerts/changes", params={"format": "ocsf"})).json()["items"]
    assert [item["finding_info"]["uid"] for item in ocsf] == ["a1", "a2", "a3"]
    cef = (await filled.get("/api/v1/alerts/changes", params={"format": "cef"})).json()["items"]
    assert all(item.startswith("CEF:0|") for item in cef)


async def test_what_can_t_be_read_is_refused(operator):
    for query in ({"cursor": "nonsense"}, {"format": "xml"}, {"since": "yesterday"}, {"limit": "0"}):
        assert (await operator.get("/api/v1/alerts/changes", params=query)).status_code == 422


async def test_it_takes_the_permission_to_read_alerts(viewer):
    assert (await viewer.get("/api/v1/alerts/changes")).status_code == 403


async def test_what_is_older_than_the_window_goes_and_a_reader_left_behind_is_told(house, clock):
    async with house.engine.begin() as connection:
        for revision in (1, 2, 3):
            await write(connection, house, "old", revision)
    assert await outbox.relay(house) == 3
    clock.advance(timedelta(days=31))
    async with house.engine.begin() as connection:
        await write(connection, house, "new", 1)
    assert await changes.forget(house.engine, clock.now() - timedelta(days=30)) == 3
    assert await changes.forget(house.engine, clock.now() - timedelta(days=30)) == 0
    with pytest.raises(changes.Forgotten, match="2 changes that follow it"):
        await changes.page(house.engine, 1, 10)
    assert await rest(house, 3) == ([], 3), "who had read all of them misses nothing"
    assert await outbox.relay(house) == 1
    assert (await rest(house, 3))[0] == ["evt_new_1"]
    assert (await rest(house))[0] == ["evt_new_1"], "from the beginning means from what is kept"


async def test_what_was_not_relayed_yet_stays_however_old(house, clock):
    async with house.engine.begin() as connection:
        await write(connection, house, "late", 1)
    clock.advance(timedelta(days=40))
    assert await changes.forget(house.engine, clock.now()) == 0
    assert await outbox.relay(house) == 1
    assert (await rest(house))[0] == ["evt_late_1"]
