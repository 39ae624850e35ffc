"""Corrections on the real tables: they outrank the catalog, and what it says meanwhile is kept for when they go."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import text

from schemas.observation import Identifier, Kind
from schemas.topics import LABEL
from schemas.usage import Label, LabelOverride, Usage, Verdict
from services.inventory import publishing
from services.inventory.domain.corrections import Correcting
from services.inventory.estate import PostgresEstate
from services.inventory.record import save
from services.inventory.summaries import of_solutions
from services.kit.access import audit
from services.kit.deadletters import retentions
from services.kit.errors import Conflict, Misconfigured, NotFound
from services.labelling.products import Tool
from tests.inventory.test_judging import Stage

KEY, TOOLS = "host:chatgpt.com", {
    name: Tool(name, name, "Example Ltd", "assistant") for name in ("openai.chatgpt", "example.aria")
}  # fmt: skip


@pytest.fixture
def stage(runtime) -> Stage:
    made = Stage(runtime)
    made.estate = PostgresEstate(runtime, TOOLS)
    return made


def said(verdict: Verdict, tool: str | None = None, *keys: str) -> Correcting:
    return Correcting(keys=keys or (KEY,), verdict=verdict, tool=tool)


async def correct(stage, verdict, tool=None, *keys) -> int:
    made = await stage.estate.desk.correct(said(verdict, tool, *keys), "ines.example", "looked at it")
    return made[-1].number


async def label(stage, key=KEY):
    query = "select verdict, tool, confidence, author from inventory.label where key = :key"
    async with stage.engine.connect() as connection:
        row = (await connection.execute(text(query), {"key": key})).one_or_none()
    return tuple(row) if row is not None else None


async def seen(stage, number: int, **told: object) -> None:
    """One more use, labelled as told."""
    async with stage.engine.begin() as connection:
        usage = Usage(
            id=f"okta:{number}", source="squid", instance="proxy-1", kind=Kind.WEB, at=stage.clock.now(),
            arrived_at=stage.clock.now(), unit="Sales", identifiers=(Identifier("login", "k1", "ann"),),
            catalog=str(told.pop("catalog", "1")), label=Label(**{"key": KEY, "confidence": 1.0, **told}),
        )  # fmt: skip
        await save(connection, [usage], stage.clock.now())
    await stage.judge()


async def test_a_correction_moves_the_alert_and_taking_it_back_moves_it_again(stage):
    await stage.use("ann", "ben")
    number = await correct(stage, Verdict.AI, "example.aria")
    await stage.judge()
    assert (await stage.alert()).state == "closed"
    moved = await stage.alert("tool:example.aria|Sales")
    assert (moved.state, moved.people) == ("open", 2)
    assert "decided 2026-11-16: looked at it" in moved.basis
    taken = await stage.estate.desk.take_back(number, "uma.example")
    assert (taken.undone_by, taken.undone_at) == ("uma.example", stage.clock.now())
    await stage.judge()
    assert (await stage.alert("tool:example.aria|Sales")).state == "closed"
    assert [alert.state for alert in await stage.alerts()] == ["closed", "open"]
    with pytest.raises(Conflict, match=r"taken back by uma\.example"):
        await stage.estate.desk.take_back(number, "ines.example")
    with pytest.raises(NotFound):
        await stage.estate.desk.take_back(99, "ines.example")
    async with stage.engine.connect() as connection:
        acts = [each.act.action for each in await audit.page(connection, None, 9)]
    assert acts[:2] == ["label.take_back", "label.correct"]


async def test_the_catalog_s_word_is_kept_beside_a_correction_and_holds_when_it_goes(stage):
    await stage.use("ann")
    first = await correct(stage, Verdict.NONE)
    second = await correct(stage, Verdict.RELATED, "example.aria")
    stage.clock.advance(timedelta(hours=1))
    await seen(stage, 1, verdict=Verdict.EMBEDDED, tool="openai.other", catalog="2")
    assert await label(stage) == ("related", "example.aria", 1.0, "ines.example")
    await stage.estate.desk.take_back(second, "x")
    assert await label(stage) == ("none", None, 1.0, "ines.example")
    await stage.estate.desk.take_back(first, "x")
    assert await label(stage) == ("embedded", "openai.other", 1.0, None)


async def test_use_labelled_under_a_correction_does_not_speak_for_the_catalog(stage):
    await stage.use("ann")
    number = await correct(stage, Verdict.AI, "example.aria")
    await stage.estate.desk.take_back(number, "x")
    await seen(stage, 1, verdict=Verdict.AI, tool="example.aria", corrected=True, catalog="9")
    assert await label(stage) == ("ai", "openai.chatgpt", 1.0, None)


async def test_a_key_never_seen_before_is_corrected_and_forgotten_again(stage):
    number = await correct(stage, Verdict.AI, "example.aria", "host:new.example")
    assert await label(stage, "host:new.example") == ("ai", "example.aria", 1.0, "ines.example")
    await stage.estate.desk.take_back(number, "x")
    assert await label(stage, "host:new.example") is None


async def test_what_can_t_be_said_changes_nothing(stage):
    await stage.use("ann")
    before = await label(stage)
    for wrong in (said(Verdict.AI, "example.unheard"), said(Verdict.REVIEW), said(Verdict.NONE, None, "nothing")):
        with pytest.raises(Misconfigured):
            await stage.estate.desk.correct(wrong, "ines.example", "r")
    assert await label(stage) == before
    assert await stage.estate.desk.corrections(10) == []


class Cut:
    """A log that holds what was appended and then is gone, as one is whose answer never comes."""

    def __init__(self, log) -> None:
        self._log = log

    async def append(self, topic, records) -> None:
        await self._log.append(topic, records)
        raise ConnectionError


async def heard(log) -> dict[str, str | None]:
    """The last record of each key on the topic."""

    async def beginning(_, partitions):
        return dict.fromkeys(partitions)

    found: dict[str, str | None] = {}
    async with log.subscribe(LABEL.name, "reader", beginning) as subscription:
        while batches := await subscription.fetch(100, 0.3):
            for record in (each for batch in batches for each in batch.records):
                told = msgspec.json.decode(record.value, type=LabelOverride) if record.value is not None else None
                found[record.key.decode()] = told.verdict.value if told else None
    return found


async def test_the_topic_ends_with_what_holds_however_often_publishing_is_cut_off(stage, runtime):
    await runtime.log.ensure(retentions(), 2)
    number = await correct(stage, Verdict.AI)
    await correct(stage, Verdict.NONE, None, "host:other.example")
    with pytest.raises(ConnectionError):
        await publishing.publish(replace(runtime, log=Cut(runtime.log)))
    await stage.estate.desk.take_back(number, "x")
    assert [await publishing.publish(runtime) for _ in range(2)] == [2, 0]
    assert await heard(runtime.log) == {KEY: None, "host:other.example": "none"}
    await correct(stage, Verdict.RELATED)
    assert await publishing.publish(runtime) == 1
    assert (await heard(runtime.log))[KEY] == "related"


async def test_solutions_are_looked_at_again_and_an_alert_s_file_names_its_keys(stage):
    await stage.use("ann", "ben")
    await correct(stage, Verdict.NONE)
    (alert,) = await stage.alerts()
    file = await stage.estate.desk.file(alert.id, people=True)
    (key,) = file.keys
    assert (key.key, key.verdict, key.people, key.corrected.author) == (KEY, "none", 2, "ines.example")
    async with stage.engine.connect() as connection:
        assert await of_solutions(connection) == {}


async def test_a_key_s_label_says_why_who_decided_and_which_stored_use_shows_it(stage):
    await stage.use("ann", "ben")
    stage.clock.advance(timedelta(hours=1))
    await seen(stage, 1, verdict=Verdict.SUSPECTED, basis=("name: log-odds +4.0", "prior 0.5%"), catalog="2")
    told = await stage.estate.desk.label(KEY)
    assert (told.verdict, told.author, told.basis) == ("suspected", None, ("name: log-odds +4.0", "prior 0.5%"))
    assert (told.people, sum(told.events.values())) == (2, 3)
    await correct(stage, Verdict.AI, "openai.chatgpt")
    now = await stage.estate.desk.label(KEY)
    assert (now.verdict, now.tool, now.author, now.without) == ("ai", "openai.chatgpt", "ines.example", "suspected")
    assert (now.people, now.events) == (told.people, told.events)  # the past shows it too
    assert await stage.estate.desk.label("host:elsewhere.example") is None
