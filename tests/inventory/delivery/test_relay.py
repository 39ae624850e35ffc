import asyncio
from collections import deque
from datetime import timedelta

import pytest
from sqlalchemy import text

from schemas.alert import AlertState
from schemas.topics import ALERT
from services.inventory.delivery import outbox, relay
from services.inventory.delivery.presence import present
from services.inventory.delivery.relay import Relay
from services.inventory.delivery.schedule import DELAYS
from services.inventory.delivery.wanted import Wanted
from services.kit import egress


def received(receiver):
    return [message["id"] for message in receiver.store.received]


async def test_an_alert_arrives_signed_once_with_its_life_in_order(stage):
    ids = [await stage.put("a1", 1), await stage.put("a1", 2), await stage.put("a1", 3, AlertState.CLOSED)]
    await stage.relay.once()
    assert received(stage.receiver) == ids
    assert [m["type"] for m in stage.receiver.store.received] == ["alert.opened", "alert.changed", "alert.closed"]
    assert stage.receiver.store.received[0]["body"]["data"]["id"] == "a1"
    assert stage.receiver.store.received[0]["body"].keys() == {"type", "timestamp", "data"}
    assert stage.receiver.refused == 0
    assert await stage.relay.once() == 0


async def test_the_alert_topic_has_each_event_as_a_cloud_event(stage):
    ids = [await stage.put("a1", 1), await stage.put("a2", 1)]
    while await outbox.relay(stage.house, limit=1):
        pass
    async with stage.house.log.subscribe(ALERT.name, "others") as subscription:
        batches = await subscription.fetch(10, 5)
    assert sum(len(batch.records) for batch in batches) == len(ids)


async def test_a_later_revision_waits_for_the_earlier_one(stage):
    stage.receiver.answers = deque([500])
    first, second, other = await stage.put("a1", 1), await stage.put("a1", 2), await stage.put("b1", 1)
    await stage.relay.once()
    assert received(stage.receiver) == [other] if stage.receiver.requests[0]["webhook-id"] == first else [first, second]
    stage.clock.advance(timedelta(seconds=7))
    await stage.relay.once()
    order = received(stage.receiver)
    assert sorted(order) == sorted([first, second, other])
    assert order.index(first) < order.index(second)


async def test_the_id_stays_and_the_time_is_new_with_each_attempt(stage):
    stage.receiver.answers = deque([500])
    await stage.put("a1", 1)
    await stage.relay.once()
    stage.clock.advance(timedelta(seconds=7))
    await stage.relay.once()
    first, second = stage.receiver.requests
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) >= 6


async def test_every_attempt_has_its_row_and_the_schedule_ends_in_a_dead_letter(stage):
    stage.receiver.answers = deque([500] * 20)
    await stage.put("a1", 1)
    await stage.relay.once()
    for delay in DELAYS[1:]:
        assert (await stage.queue.page(10))[0].state == "waiting"
        # Without a success for 120 h the endpoint itself is switched off; this is about the one delivery.
        stage.clock.advance(delay * 1.21)
        await stage.relay.once()
    (dead,) = await stage.queue.page(10)
    assert (dead.state, dead.attempts, dead.status) == ("dead", len(DELAYS), 500)
    async with stage.house.engine.connect() as connection:
        assert (await connection.execute(text("select count(*) from inventory.delivery_attempt"))).scalar_one() == 10


async def test_a_dead_letter_can_be_replayed(stage):
    stage.receiver.answers = deque([410])
    message = await stage.put("a1", 1)
    await stage.relay.once()
    (dead,) = await stage.queue.page(10, state="dead")
    assert (await stage.endpoints.one(stage.endpoint.id)).state == "disabled"
    await stage.endpoints.enable(stage.endpoint.id, "ines")
    await stage.queue.replay(dead.number, "ines")
    await stage.relay.once()
    assert received(stage.receiver) == [message]


async def test_gone_switches_off_and_what_comes_later_is_kept_as_dead_letters(stage):
    stage.receiver.answers = deque([410])
    await stage.put("a1", 1)
    await stage.put("a1", 2)
    await stage.relay.once()
    await stage.put("a2", 1)
    await stage.relay.once()
    assert await stage.queue.counts() == {"waiting": 0, "delivered": 0, "dead": 3}
    assert len(stage.receiver.requests) == 1


async def test_retry_after_is_honoured(stage):
    stage.receiver.answers = deque([(429, {"retry-after": "600"})])
    await stage.put("a1", 1)
    await stage.relay.once()
    stage.clock.advance(timedelta(seconds=599))
    assert await stage.relay.once() == 0
    stage.clock.advance(timedelta(seconds=2))
    assert await stage.relay.once() == 1


async def test_redirects_are_not_followed(stage):
    stage.receiver.answers = deque([(307, {"location": stage.receiver.url})])
    await stage.put("a1", 1)
    await stage.relay.once()
    assert ((await stage.queue.page(1))[0].status, len(stage.receiver.requests)) == (307, 1)


async def test_a_private_address_that_is_no_longer_allowed_is_not_called(stage, runtime):
    await stage.put("a1", 1)
    async with egress.client(runtime.settings) as client:
        await Relay(stage.house, client).once()
    (refused,) = await stage.queue.page(1)
    assert (refused.state, refused.status, stage.receiver.requests) == ("waiting", None, [])
    assert "PENUMBRA_ALLOW_PRIVATE" in refused.reason


async def test_a_rotation_loses_nothing(stage):
    await stage.put("a1", 1)
    stage.secrets.append(await stage.endpoints.rotate(stage.endpoint.id, "ines"))
    del stage.secrets[0]
    await stage.relay.once()
    await stage.put("a1", 2)
    await stage.relay.once()
    assert (len(stage.receiver.store.received), stage.receiver.refused) == (2, 0)


async def test_only_the_asked_types_are_sent(stage):
    await stage.endpoints.remove(stage.endpoint.id, "ines")
    _, secret = await stage.endpoints.add(stage.receiver.url, "ines", wanted=Wanted(types=("alert.closed",)))
    stage.secrets.append(secret)
    await stage.put("a1", 1)
    closed = await stage.put("a1", 2, AlertState.CLOSED)
    await stage.relay.once()
    assert received(stage.receiver) == [closed]


async def test_a_process_that_died_in_an_attempt_leaves_one_that_is_tried_again(stage):
    message = await stage.put("a1", 1)
    assert await stage.relay.once() == 1
    stage.receiver.store.received.clear()
    await stage.put("a2", 1)
    while await outbox.relay(stage.relay._runtime):
        pass
    (claimed,) = await stage.queue.claim(5, [])
    assert claimed.message != message
    assert await stage.relay.once() == 0
    stage.clock.advance(timedelta(seconds=61))
    await stage.relay.once()
    assert received(stage.receiver) == [claimed.message]


async def test_two_relays_side_by_side_send_each_once_and_in_order(stage):
    ids = [await stage.put(alert, revision) for revision in (1, 2, 3) for alert in ("a", "b", "c", "d")]
    stop = asyncio.Event()
    async with egress.client(stage.house.settings) as client:
        loops = [asyncio.create_task(Relay(stage.house, client).run(stop)) for _ in range(2)]
        async with asyncio.timeout(20):
            while len(stage.receiver.store.received) < len(ids):  # noqa: ASYNC110 - another thread receives
                await asyncio.sleep(0.02)
        stop.set()
        await asyncio.gather(*loops)
    order = received(stage.receiver)
    assert stage.receiver.store.repeats == 0
    for alert in "abcd":
        assert [m for m in order if f"-{alert}-" in m] == [f"out-{alert}-{n}" for n in (1, 2, 3)]


async def test_the_loop_ends_soon_after_the_stop(stage):
    stop = asyncio.Event()
    async with egress.client(stage.house.settings) as client:
        loop = asyncio.create_task(Relay(stage.house, client).run(stop))
        await asyncio.sleep(0.1)
        stop.set()
        await asyncio.wait_for(loop, 2)


@pytest.mark.parametrize("body", [b"", b"not json", b'{"type":'])
async def test_the_receiver_refuses_what_is_not_signed(stage, body):
    async with egress.client(stage.house.settings) as client:
        headers = {"webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "nonsense"}
        assert (await client.post(stage.receiver.url, content=body, headers=headers)).status_code in {401, 413}
    assert stage.receiver.store.received == []


async def test_what_a_dead_relay_had_claimed_is_sent_by_the_next_within_a_second_or_two(stage):
    message, engine = await stage.put("a1", 1), stage.house.engine
    async with present(engine) as dying:
        while await outbox.relay(stage.house):
            pass
        assert len(await stage.queue.claim(5, [], dying.number)) == 1
        async with present(engine) as living:
            assert await living.free_claims_of_the_dead(stage.clock.now()) == 0
            assert await stage.relay.once() == 0
    stop = asyncio.Event()
    loop = asyncio.create_task(relay.run(stage.house, stop))
    async with asyncio.timeout(5):
        while not stage.receiver.store.received:  # noqa: ASYNC110 - another thread receives
            await asyncio.sleep(0.02)
    stop.set()
    await loop
    assert received(stage.receiver) == [message]
