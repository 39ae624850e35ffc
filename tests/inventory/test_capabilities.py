"""A family of new names in an approved product's log raises an alert with the raw names and the first people."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from schemas.alert import AlertState
from schemas.registry import Approval, RegistryEntry
from services.inventory.api.estate import Decision
from services.kit.control import sources, words
from tests.inventory.test_judging import Stage

GRAIN = "capability:slack-1/canvas"
DAY = timedelta(days=1)
SLACK = RegistryEntry(id="S1", name="Slack AI", tools=("slack.ai",), owner="ann@example.com")


@pytest.fixture
async def stage(runtime) -> Stage:
    """A Slack log whose names are known for a month."""
    async with runtime.engine.begin() as connection:
        await sources.add(connection, connector="slack_audit", name="slack-1", config={})
    stage = Stage(runtime)
    await say(stage, "user.login", days=30)
    return stage


async def say(stage: Stage, *names: str, days: float = 0, actors: tuple[str, ...] = ()) -> None:
    counted = SimpleNamespace(observed=1 if actors else 0, ignored=0 if actors else 1, rejected=0, actors=list(actors))
    async with stage.engine.begin() as connection:
        at = stage.clock.now() - timedelta(days=days)
        await words.count(connection, "slack-1", dict.fromkeys(names, counted), at)


async def test_a_family_in_an_approved_product_raises_an_alert_with_names_and_first_people(stage):
    await stage.person("p1", "Sales", "login:ann")
    await stage.put(SLACK)
    await say(stage, "canvas.made", days=2, actors=("login:ann", "login:bob"))
    await stage.tick(DAY / 24, new_day=False)
    assert await stage.alerts(GRAIN) == [], "one name is no family"
    await say(stage, "canvas.read", actors=("login:bob", "login:eve"))
    await stage.tick(DAY / 24, new_day=False)
    alert = await stage.alert(GRAIN)
    assert (alert.kind, alert.tool, alert.severity, alert.people) == ("capability", "slack.ai", "low", 3)
    assert [each.partition(":")[0] for each in alert.basis] == ["canvas.made", "canvas.read", "first told of"]
    assert alert.basis[-1] == "first told of: p1, login:bob, login:eve"
    before = alert.revision
    await stage.tick(DAY / 24, new_day=True)
    assert (await stage.alert(GRAIN)).revision == before, "what only goes on is not told again"


@pytest.mark.parametrize("approval", [None, Approval.UNDER_REVIEW, Approval.PROHIBITED])
async def test_what_is_not_approved_raises_none(stage, approval):
    if approval is not None:
        await stage.put(RegistryEntry(id="S1", name="Slack AI", tools=("slack.ai",), approval=approval))
    await say(stage, "canvas.made", "canvas.read")
    await stage.tick(DAY / 24, new_day=True)
    assert await stage.alerts(GRAIN) == []


async def test_a_source_that_told_of_an_approved_tool_speaks_for_its_product(stage):
    await stage.put(RegistryEntry(id="C1", name="Chat", tools=("openai.chatgpt",)))
    await say(stage, "canvas.made", "canvas.read")
    await stage.tick(DAY / 24, new_day=False)
    assert await stage.alerts(GRAIN) == []
    await stage.use("ann")
    async with stage.engine.begin() as connection:
        await connection.exec_driver_sql("update inventory.cell set instance = 'slack-1'")
    await stage.tick(DAY / 24, new_day=True)
    assert (await stage.alert(GRAIN)).tool == "openai.chatgpt"


async def test_one_name_that_betrays_ai_is_enough_and_weighs_more(stage):
    await stage.put(SLACK)
    await say(stage, "ai.summary.made")
    await stage.tick(DAY / 24, new_day=False)
    alert = await stage.alert("capability:slack-1/ai")
    assert (alert.severity, alert.basis[-1]) == ("medium", "nobody it told of is known yet")


async def test_a_dismissed_family_is_told_again_only_when_it_grows(stage):
    await stage.put(SLACK)
    await say(stage, "canvas.made", "canvas.read")
    await stage.tick(DAY / 24, new_day=False)
    alert = await stage.alert(GRAIN)
    assert alert.state is AlertState.OPEN
    await stage.estate.decide(alert.id, Decision("false_positive", "no AI in it", "ines.example"))
    await say(stage, "canvas.made")
    await stage.tick(DAY, new_day=True)
    assert (await stage.alert(GRAIN)).state is AlertState.CLOSED
    await say(stage, "canvas.summarised")
    await stage.tick(DAY / 24, new_day=False)
    assert [each.state for each in await stage.alerts(GRAIN)] == [AlertState.CLOSED, AlertState.OPEN]
