"""Decisions on the real tables: what each does to alert, registry and trail, alone and beside judges and others."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from schemas.alert import AlertState
from services.inventory.api.desk import AlreadyHappened
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


async def test_two_who_decide_at_once_learn_who_was_first(runtime, estate):
    alert = await alert_of(estate, "tool:example.bellow|Sales")
    both = [
        estate.decide(alert.id, Decision(name, "a reason", f"{who}.example", revision=alert.revision))
        for name, who in (("approve", "ines"), ("prohibit", "uma"))
    ]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    (told,) = [each for each in outcomes if isinstance(each, AlreadyHappened)]
    (made,) = await estate.decisions(alert.id)
    assert (told.happened.decision, told.happened.author, told.happened.at) == (made.decision, made.author, made.at)
    assert f"by {made.author} at 2026-11-16 12:00 UTC: a reason" in str(told)


async def test_who_was_first_is_told_also_where_the_judge_came_after_them(runtime, estate):
    alert = await alert_of(estate, "tool:example.bellow|Sales")
    await estate.decide(alert.id, Decision("prohibit", "never here", "ines.example", revision=alert.revision))
    runtime.clock.advance(timedelta(seconds=2))
    await judge(runtime)
    assert (await estate.alert(alert.id)).standing == "prohibited"
    with pytest.raises(AlreadyHappened, match=r"prohibited by ines\.example .* never here since you looked") as told:
        await estate.decide(alert.id, Decision("approve", "fine", "uma.example", revision=alert.revision))
    assert told.value.happened.author == "ines.example"


async def test_evidence_that_changed_since_it_was_looked_at_is_a_conflict_without_a_person(runtime, estate):
    alert = await alert_of(estate, "tool:example.bellow|Sales")
    with pytest.raises(AlreadyHappened, match="its evidence has changed") as told:
        await estate.decide(alert.id, decision("approve", revision=alert.revision + 7))
    assert told.value.happened is None


async def test_a_decision_over_many_says_what_became_of_each(runtime, estate):
    sales, legal, finance = [
        await alert_of(estate, f"tool:example.bellow|{unit}") for unit in ("Sales", "Legal", "Finance")
    ]
    await estate.decide(legal.id, decision("false_positive"))
    await estate.decide(finance.id, decision("snooze", until=runtime.clock.now() + timedelta(days=1)))
    asked = {sales.id: sales.revision, legal.id: None, finance.id: finance.revision, "alr_none": None}
    bulk = await estate.desk.decide_all(asked, decision("approve"))
    told = {each.alert: each for each in bulk.outcomes}
    assert list(told) == list(asked)
    assert [each.outcome for each in bulk.outcomes] == ["decided", "conflict", "conflict", "not_found"]
    assert "called a false positive by ines.example" in told[legal.id].detail
    assert told[finance.id].happened.decision == "snooze"
    assert (await estate.desk.bulk(bulk.id)).outcomes == bulk.outcomes
    assert bulk.undo_until == runtime.clock.now() + timedelta(minutes=5)
    async with runtime.engine.connect() as connection:
        assert [each.id for each in await entries(connection) if each.id.startswith("decided-")] == [
            f"decided-{sales.id}"
        ]


async def test_a_decision_over_many_is_whole_or_not_at_all(runtime, estate):
    names = {a.id: None for a in await estate.alerts(100) if a.tool == "example.bellow"}
    for wrong in (decision("snooze"), decision("explode"), decision("assign")):
        with pytest.raises(Misconfigured):
            await estate.desk.decide_all(names, wrong)
    both = [estate.desk.decide_all(names, Decision("approve", "r", who)) for who in ("ines.example", "uma.example")]
    bulks = await asyncio.gather(*both)
    decided = [sum(each.outcome == "decided" for each in bulk.outcomes) for bulk in bulks]
    assert sorted(decided) in ([0, 4], [4, 4])
    for name in names:
        assert len(await estate.decisions(name)) == sum(number == 4 for number in decided)
