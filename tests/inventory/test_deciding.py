"""Decisions on the real tables: what each does to alert, registry and trail, alone and beside judges and others."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from schemas.alert import AlertState
from services.inventory.api.estate import Decision
from services.inventory.judging import Judge
from services.inventory.registry import entries
from services.kit.errors import Conflict, Misconfigured, NotFound
from tests.inventory.filled import TOOLS, fill, judge


@pytest.fixture
async def estate(runtime):
    return await fill(runtime)


async def alert_of(estate, grain: str):
    (found,) = [a for a in await estate.alerts(1000) if a.grain == grain and a.state is not AlertState.CLOSED]
    return found


def decision(name: str, **more) -> Decision:
    return Decision(name, "a reason", "ines.example", **more)


async def test_approval_reaches_the_alerts_unit_and_no_further(runtime, estate):
    alert = await alert_of(estate, "tool:example.bellow|Sales")
    await estate.decide(alert.id, decision("approve"))
    await judge(runtime)
    assert (await estate.alert(alert.id)).state is AlertState.CLOSED
    assert (await alert_of(estate, "tool:example.bellow|Legal")).state is AlertState.OPEN
    async with runtime.engine.connect() as connection:
        (made,) = [each for each in await entries(connection) if each.id.startswith("decided-")]
    assert (made.tools, made.units, made.notes) == (("example.bellow",), ("Sales",), "a reason")


async def test_approval_of_what_has_expired_counts_beside_the_old_entry(runtime, estate):
    alert = await alert_of(estate, "tool:example.gull-translate|Marketing")
    await estate.decide(alert.id, decision("approve"))
    await judge(runtime)
    assert (await estate.alert(alert.id)).state is AlertState.CLOSED


async def test_a_snooze_sleeps_until_the_clock_says(runtime, estate):
    alert = await alert_of(estate, "tool:example.bellow|Sales")
    until = runtime.clock.now() + timedelta(hours=2)
    await estate.decide(alert.id, decision("snooze", until=until))
    await estate.decide(alert.id, decision("assign", assignee="uma", until=until + timedelta(days=9)))
    await judge(runtime)
    assert (await estate.alert(alert.id)).state is AlertState.SNOOZED
    runtime.clock.advance(timedelta(hours=2))
    await Judge(runtime, TOOLS).tick(runtime.clock.now(), new_day=False)
    await judge(runtime)
    assert (await estate.alert(alert.id)).state is AlertState.OPEN


@pytest.mark.parametrize("given", [decision("snooze"), decision("explode")])
async def test_what_can_t_be_decided_changes_nothing(runtime, estate, given):
    alert = await alert_of(estate, "tool:example.bellow|Sales")
    with pytest.raises(Misconfigured):
        await estate.decide(alert.id, given)
    assert await estate.alert(alert.id) == alert
    assert await estate.decisions(alert.id) == []
    with pytest.raises(NotFound):
        await estate.decide("alr_none", decision("assign", assignee="uma"))


async def test_a_closed_alert_is_decided_no_more(runtime, estate):
    alert = await alert_of(estate, "tool:example.bellow|Sales")
    await estate.decide(alert.id, decision("false_positive"))
    await judge(runtime)
    with pytest.raises(Conflict):
        await estate.decide(alert.id, decision("approve"))
    async with runtime.engine.connect() as connection:
        assert not [each for each in await entries(connection) if each.id.startswith("decided-")]


async def test_many_decide_while_judges_judge_and_nobody_waits_for_ever(runtime, estate):
    alerts = [a for a in await estate.alerts(1000) if a.kind == "tool" and a.standing == "unregistered"][:4]
    stop = asyncio.Event()
    judges = [asyncio.create_task(Judge(runtime, TOOLS).run(stop)) for _ in range(3)]
    given = [decision("approve"), decision("assign", assignee="uma"), decision("register")]
    outcomes = await asyncio.wait_for(
        asyncio.gather(*(estate.decide(a.id, each) for a in alerts for each in given), return_exceptions=True), 60
    )
    stop.set()
    await asyncio.gather(*judges)
    assert all(not isinstance(each, Exception) or isinstance(each, Conflict) for each in outcomes), outcomes
    await judge(runtime)
    async with runtime.engine.connect() as connection:
        gaps = await connection.execute(
            text("select alert from inventory.outbox group by alert having count(*) <> max(revision)")
        )
        assert gaps.all() == []
