"""Formats and filters on the way out, and sending again."""

import json
from collections import deque
from datetime import timedelta

import pytest
from sqlalchemy import text

from schemas.alert import AlertState
from services.inventory.delivery import replay
from services.inventory.delivery.trial import trial
from services.inventory.delivery.wanted import Wanted
from services.kit.errors import Conflict, NotFound

DAY = timedelta(days=1)


def received(receiver):
    return [message["id"] for message in receiver.store.received]


@pytest.fixture
async def other(stage):
    """A second endpoint at the same receiver, made as a test wishes."""

    async def make(**wanted):
        endpoint, secret = await stage.endpoints.add(stage.receiver.url, "ines", wanted=Wanted(**wanted))
        stage.secrets.append(secret)
        await stage.endpoints.remove(stage.endpoint.id, "ines")
        return endpoint

    return make


@pytest.mark.parametrize(
    ("form", "kind", "holds"),
    [
        ("ocsf", "application/json", lambda body: body["class_uid"] == 2004),
        ("cef", "text/plain; charset=utf-8", lambda body: body.startswith("CEF:0|")),
        ("cloudevents", "application/cloudevents+json", lambda body: body["specversion"] == "1.0"),
    ],
)
async def test_an_endpoint_gets_its_format_signed_as_ever(stage, other, form, kind, holds):
    endpoint = await other(format=form)
    await stage.put("a1", 1)
    await stage.relay.once()
    assert (await trial(stage.house, endpoint.id)).status == 204
    (first, second) = stage.receiver.store.received
    assert stage.receiver.requests[0]["content-type"] == kind
    assert holds(first["body"])
    assert holds(second["body"])
    assert "test" in json.dumps(second["body"]).lower()
    assert stage.receiver.refused == 0


async def test_filters_hold_on_the_way_and_what_was_told_is_followed(stage, other):
    await other(severities=("high",))
    await stage.put("a1", 1, severity="low")
    first = await stage.put("a2", 1)
    await stage.relay.once()
    later = await stage.put("a2", 2, AlertState.CLOSED, severity="low")
    await stage.put("a1", 2, severity="low")
    await stage.relay.once()
    assert received(stage.receiver) == [first, later]


async def test_a_delivery_is_sent_again_under_its_id_and_keeps_its_history(stage):
    stage.receiver.answers = deque([500])
    message = await stage.put("a1", 1)
    await stage.relay.once()
    stage.clock.advance(timedelta(seconds=7))
    await stage.relay.once()
    (sent,) = await stage.queue.page(5)
    await stage.queue.replay(sent.number, "ines")
    with pytest.raises(Conflict):
        await stage.queue.replay(sent.number, "ines")
    await stage.relay.once()
    assert (received(stage.receiver), stage.receiver.store.repeats) == ([message], 1)
    found, attempts = await stage.queue.one(sent.number)
    assert [attempt.status for attempt in attempts] == [500, 204, 204]
    assert (found.state, found.attempts) == ("delivered", 3)
    with pytest.raises(NotFound):
        await stage.queue.replay(10**9, "ines")


async def test_a_replay_has_the_whole_schedule_of_attempts_again(stage):
    stage.receiver.answers = deque([410])
    await stage.put("a1", 1)
    await stage.relay.once()
    (dead,) = await stage.queue.page(5)
    await stage.endpoints.enable(stage.endpoint.id, "ines")
    await stage.queue.replay(dead.number, "ines")
    stage.receiver.answers = deque([500])
    await stage.relay.once()
    (waiting,) = await stage.queue.page(5)
    assert waiting.state == "waiting"
    assert waiting.next_at - stage.clock.now() < timedelta(seconds=7)


async def test_an_endpoint_that_came_late_is_told_what_it_missed_in_the_order_of_the_changes(stage, other):
    for revision in (1, 2, 3):
        await stage.put("a1", revision)
        await stage.put("b1", revision)
    await stage.relay.once()
    stage.receiver.store = type(stage.receiver.store)()
    endpoint = await other(format="cef")
    assert await replay.since(stage.house, endpoint.id, stage.clock.now() - DAY, "ines") == 6
    await stage.relay.once()
    assert all(message["body"].startswith("CEF:0") for message in stage.receiver.store.received)
    order = received(stage.receiver)
    for alert in "ab":
        assert [name for name in order if f"-{alert}1-" in name] == [f"out-{alert}1-{n}" for n in (1, 2, 3)]


async def test_sending_all_again_repeats_no_id_and_begins_at_the_time(stage):
    await stage.put("a1", 1)
    await stage.relay.once()
    stage.clock.advance(timedelta(minutes=1))
    late = await stage.put("a2", 1)
    await stage.relay.once()
    await replay.since(stage.house, stage.endpoint.id, stage.clock.now() - timedelta(seconds=30), "ines")
    await stage.relay.once()
    assert stage.receiver.store.repeats == 1
    assert stage.receiver.requests[-1]["webhook-id"] == late


async def test_what_waits_keeps_its_place_when_all_is_sent_again(stage):
    stage.receiver.answers = deque([500])
    await stage.put("a1", 1)
    await stage.relay.once()
    (before,) = await stage.queue.page(5)
    await replay.since(stage.house, stage.endpoint.id, stage.clock.now() - DAY, "ines")
    assert await stage.queue.page(5) == [before]


async def test_switched_off_by_hand_nothing_is_sent_and_nothing_is_lost(stage):
    stage.receiver.answers = deque([500])
    first = await stage.put("a1", 1)
    await stage.relay.once()
    await stage.endpoints.disable(stage.endpoint.id, "ines")
    second = await stage.put("a2", 1)
    await stage.relay.once()
    assert await stage.queue.counts(stage.endpoint.id) == {"waiting": 0, "delivered": 0, "dead": 2}
    at = stage.clock.now() - DAY
    with pytest.raises(Conflict):
        await replay.since(stage.house, stage.endpoint.id, at, "ines")
    await stage.endpoints.enable(stage.endpoint.id, "ines")
    assert await replay.since(stage.house, stage.endpoint.id, at, "ines", dead_only=True) == 2
    await stage.relay.once()
    assert sorted(received(stage.receiver)) == sorted([first, second])


async def test_a_format_that_is_no_longer_known_is_a_dead_letter_and_holds_nobody_up(stage, other):
    endpoint = await other()
    async with stage.house.engine.begin() as connection:
        await connection.execute(text("update inventory.webhook set format = 'gone'"))
    await stage.put("a1", 1)
    await stage.relay.once()
    (dead,) = await stage.queue.page(5)
    assert (dead.state, "gone" in dead.reason) == ("dead", True)
    await stage.endpoints.change(endpoint.id, "ines", "", Wanted(format="ocsf"))
    await replay.since(stage.house, endpoint.id, stage.clock.now() - DAY, "ines")
    await stage.relay.once()
    assert stage.receiver.store.received[0]["body"]["class_uid"] == 2004


async def test_every_change_of_an_endpoint_is_in_the_trail(stage):
    name = stage.endpoint.id
    await stage.endpoints.change(name, "ines", "the SIEM", Wanted(severities=("high",)))
    await stage.endpoints.disable(name, "ines")
    await stage.endpoints.enable(name, "ines")
    await replay.since(stage.house, name, stage.clock.now(), "ines")
    async with stage.house.engine.connect() as connection:
        acts = (await connection.execute(text("select action from control.audit order by number"))).scalars().all()
    assert acts == ["webhook.add", "webhook.change", "webhook.disable", "webhook.enable", "webhook.replay"]
    assert (await stage.endpoints.one(name)).severities == ("high",)
