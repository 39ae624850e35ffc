"""Undo on the real tables: for five minutes all is as it was, unless something later changed it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from schemas.alert import AlertState, Standing
from schemas.registry import RegistryEntry
from services.inventory import registry
from services.inventory.api.desk import AlreadyHappened
from services.inventory.judging import Judge
from services.kit.access import audit
from services.kit.errors import NotFound
from tests.inventory.filled import OWNER, TOOLS, fill, judge
from tests.inventory.test_deciding import alert_of, decision

SALES = "tool:example.bellow|Sales"
DAY = timedelta(days=1)


@pytest.fixture
async def estate(runtime):
    return await fill(runtime)


async def shown(runtime, alert):
    """What the database holds of an alert, but for what grows with each change."""
    query = (
        "select payload::jsonb - 'revision' - 'changed_at', snoozed_until, assignee from inventory.alert where id = :id"
    )
    async with runtime.engine.connect() as connection:
        return tuple((await connection.execute(text(query), {"id": alert})).one())


@pytest.mark.parametrize(
    "made",
    [
        decision("register"), decision("approve"), decision("prohibit"), decision("false_positive"),
        decision("assign", assignee="uma"),
    ],
    ids=lambda made: made.decision,
)  # fmt: skip
@pytest.mark.parametrize("judged", [True, False])
async def test_undo_leaves_alert_and_registry_as_they_were(runtime, estate, made, judged):
    alert = await alert_of(estate, SALES)
    before, entries = await shown(runtime, alert.id), await estate.entries(100)
    await estate.decide(alert.id, made)
    if judged:
        await judge(runtime)
    assert await shown(runtime, alert.id) != before
    runtime.clock.advance(timedelta(minutes=4))
    await estate.desk.undo(alert.id, None, "uma.example")
    assert await shown(runtime, alert.id) == before
    await judge(runtime)
    assert await shown(runtime, alert.id) == before
    assert await estate.entries(100) == entries
    (told,) = (await estate.desk.file(alert.id, people=False)).decisions
    assert (told.undone_by, told.undone_at) == ("uma.example", runtime.clock.now())
    async with runtime.engine.connect() as connection:
        acts = [(each.act.actor, each.act.action) for each in await audit.page(connection, None, 9)]
    assert ("uma.example", "alert.undo") in acts


async def test_an_end_is_undone_too_and_a_snooze_wakes_no_more(runtime, estate):
    alert, until = await alert_of(estate, SALES), runtime.clock.now() + DAY
    await estate.decide(alert.id, decision("snooze", until=until))
    await estate.decide(alert.id, decision("tolerate_until", until=until))
    await judge(runtime)
    await estate.desk.undo(alert.id, None, "ines.example")
    await judge(runtime)
    found = await estate.desk.file(alert.id, people=False)
    assert (found.alert.state, found.snoozed_until) == (AlertState.SNOOZED, until)
    await estate.desk.undo(alert.id, None, "ines.example")
    await judge(runtime)
    found = await estate.desk.file(alert.id, people=False)
    assert (found.alert.state, found.alert.standing, found.snoozed_until) == ("open", Standing.UNREGISTERED, None)
    assert found.undo is None


async def test_what_was_undone_is_dismissed_no_more(runtime, estate):
    alert = await alert_of(estate, SALES)
    await estate.decide(alert.id, decision("false_positive"))
    await judge(runtime)
    await estate.desk.undo(alert.id, None, "ines.example")
    await Judge(runtime, TOOLS).tick(runtime.clock.now(), new_day=True)
    await judge(runtime)
    assert (await estate.alert(alert.id)).state is AlertState.OPEN


async def refused(estate, alert, number=None):
    with pytest.raises(AlreadyHappened) as told:
        await estate.desk.undo(alert, number, "uma.example")
    return told.value


async def test_what_changed_since_is_left_alone_and_told(runtime, estate):
    alert = await alert_of(estate, SALES)
    assert "nothing was decided" in str(await refused(estate, alert.id))
    await estate.decide(alert.id, decision("snooze", until=runtime.clock.now() + DAY))
    first = (await estate.desk.file(alert.id, people=False)).undo
    await estate.decide(alert.id, decision("approve"))
    told = await refused(estate, alert.id, first)
    assert "approved by ines.example at 2026-11-16 12:00 UTC: a reason" in str(told)
    assert (told.happened.decision, told.happened.author) == ("approve", "ines.example")
    name = f"decided-{alert.id}"
    async with runtime.engine.begin() as connection:
        changed = RegistryEntry(id=name, name="Bellow", tools=("example.bellow",), owner=OWNER)
        await registry.put(connection, [changed], "olga.example", runtime.clock.now())
    assert f"{name} was changed by olga.example" in str(await refused(estate, alert.id))
    assert changed in await estate.entries(100)


async def test_after_five_minutes_a_decision_stands(runtime, estate):
    alert = await alert_of(estate, SALES)
    await estate.decide(alert.id, decision("approve"))
    runtime.clock.advance(timedelta(minutes=5, seconds=1))
    assert "for five minutes" in str(await refused(estate, alert.id))
    with pytest.raises(NotFound):
        await estate.desk.undo("alr_none", None, "uma.example")


async def test_one_undoes_and_the_other_is_told_who_did(runtime, estate):
    alert = await alert_of(estate, SALES)
    await estate.decide(alert.id, decision("approve"))
    undone = [estate.desk.undo(alert.id, None, name) for name in ("uma.example", "olga.example")]
    outcomes = await asyncio.gather(*undone, return_exceptions=True)
    (told,) = [each for each in outcomes if each is not None]
    assert isinstance(told, AlreadyHappened)
    assert "undone by" in str(told)


async def test_what_something_else_closed_is_not_opened_by_undoing_an_assignment(runtime, estate):
    alert = await alert_of(estate, SALES)
    await estate.decide(alert.id, decision("assign", assignee="uma"))
    await estate.put_entries([RegistryEntry(id="A0", name="x", tools=("example.bellow",), owner=OWNER)], "olga")
    await judge(runtime)
    assert "closed since: registered" in str(await refused(estate, alert.id))


async def test_a_decision_over_many_is_undone_at_once_but_for_what_changed(runtime, estate):
    alerts = [a for a in await estate.alerts(100) if a.tool == "example.bellow"]
    bulk = await estate.desk.decide_all({a.id: a.revision for a in alerts}, decision("approve"))
    assert [each.outcome for each in bulk.outcomes] == ["decided"] * len(alerts) == ["decided"] * 4
    await judge(runtime)
    assert {(await estate.alert(a.id)).state for a in alerts} == {AlertState.CLOSED}
    await estate.desk.undo(alerts[0].id, None, "uma.example")
    outcomes = await estate.desk.undo_all(bulk.id, "ines.example")
    assert sorted(each.outcome for each in outcomes) == ["conflict", "undone", "undone", "undone"]
    await judge(runtime)
    assert {(await estate.alert(a.id)).state for a in alerts} == {AlertState.OPEN}
    assert (await estate.desk.bulk(bulk.id)).undo_until is None
    assert not [each for each in await estate.entries(100) if each.id.startswith("decided-")]
