"""A correction of a label on its whole way: stored cells, alerts, new events, and a classifier that starts afresh."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from schemas.alert import AlertState
from schemas.observation import Identifier, Kind, ProtectedObservation
from schemas.topics import OBSERVATION
from schemas.usage import Verdict
from schemas.vendor import read
from services.classifier.consume import Classifier
from services.classifier.decide import Decider
from services.inventory import publishing, record
from services.inventory.api.estate import Decision
from services.inventory.domain.corrections import Correcting
from services.inventory.estate import PostgresEstate
from services.inventory.judging import Judge
from services.kit.deadletters import retentions
from services.kit.errors import NotFound
from services.kit.eventlog import Record
from services.kit.runtime import Runtime
from services.labelling.index import build

ACME = build([read(Path(__file__).parent.parent / "labelling/vendors/acme.toml")])
KEY, HOST, TOOL, OTHER = "host:chat.acme-ai.example", "chat.acme-ai.example", "acme.chat", "acme.api"


class Company:
    """What goes through its classifier and inventory."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.number = runtime, 0
        self.estate = PostgresEstate(runtime, ACME.tools)

    async def uses(self, host: str, people: int = 1) -> None:
        now = self.runtime.clock.now()
        for person in range(people):
            self.number += 1
            value = ProtectedObservation(
                id=f"squid:{self.number}", source="squid", instance="edge", kind=Kind.WEB, at=now, arrived_at=now,
                identifiers=(Identifier("login", "k", f"{person:032x}"),), unit="Sales", host=host,
            )  # fmt: skip
            await self.runtime.log.append(OBSERVATION.name, [Record(b"one", msgspec.json.encode(value))])

    async def events(self, tool: str) -> int:
        try:
            return (await self.estate.tool(tool)).events["squid"]
        except NotFound:
            return 0

    async def correct(self, verdict: Verdict, tool: str | None = None) -> int:
        said = Correcting(keys=(KEY,), verdict=verdict, tool=tool)
        (made,) = await self.estate.desk.correct(said, "ines.example", "looked at the traffic")
        return made.number

    async def open_alerts(self) -> set[str | None]:
        return {alert.tool for alert in await self.estate.alerts(100, None, AlertState.OPEN)}


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.02)


@asynccontextmanager
async def classifying(runtime: Runtime) -> AsyncIterator[Classifier]:
    """One classifier at work, from its start to its orderly end."""
    classifier, stop = Classifier(runtime, Decider(ACME)), asyncio.Event()
    loops = [asyncio.create_task(classifier.labels(stop)), asyncio.create_task(classifier.observations(stop))]
    try:
        yield classifier
    finally:
        stop.set()
        await asyncio.gather(*loops)


@pytest.fixture
async def company(house: Runtime) -> AsyncIterator[Company]:
    await house.log.ensure(retentions(), 2)
    stop = asyncio.Event()
    consumer = record.consumer(house)
    loops = [
        asyncio.create_task(consumer.run(house.log, stop)), asyncio.create_task(publishing.run(house, stop)),
        asyncio.create_task(Judge(house, ACME.tools).run(stop)),
    ]  # fmt: skip
    yield Company(house)
    stop.set()
    await asyncio.gather(*loops)


async def test_stored_cells_show_it_at_once_new_events_follow_and_undo_takes_all_back(company):
    async with classifying(company.runtime) as classifier:
        await company.uses(HOST, people=3)
        await until(lambda: equals(company.open_alerts(), {TOOL}))
        number = await company.correct(Verdict.AI, OTHER)
        assert (await company.events(TOOL), await company.events(OTHER)) == (0, 3)
        await until(lambda: equals(company.open_alerts(), {OTHER}))
        await until(lambda: told(classifier, OTHER))
        await company.uses(HOST)
        await until(lambda: equals(company.events(OTHER), 4))
        await company.estate.desk.take_back(number, "uma.example")
        assert (await company.events(TOOL), await company.events(OTHER)) == (4, 0)
        await until(lambda: told(classifier, None))
        await company.uses(HOST)
        await until(lambda: equals(company.events(TOOL), 5))
        await until(lambda: equals(company.open_alerts(), {TOOL}))


async def test_a_classifier_that_starts_afresh_knows_every_correction_before_its_first_event(company):
    async with classifying(company.runtime):
        await company.uses(HOST)
        await until(lambda: equals(company.events(TOOL), 1))
    await company.correct(Verdict.AI, OTHER)
    await until(lambda: published(company))
    await company.uses(HOST, people=2)
    async with classifying(company.runtime) as classifier:
        assert classifier.overrides.keys() <= {KEY}
        await until(lambda: equals(company.events(OTHER), 3))
        assert classifier.overrides[KEY].author == "ines.example"
    assert await company.events(TOOL) == 0


async def test_a_false_positive_takes_the_label_with_it_and_its_undo_brings_both_back(company):
    async with classifying(company.runtime) as classifier:
        await company.uses(HOST, people=2)
        await until(lambda: equals(company.open_alerts(), {TOOL}))
        (alert,) = await company.estate.alerts(10)
        said = Correcting(keys=(KEY,), verdict=Verdict.NONE)
        await company.estate.decide(alert.id, Decision("false_positive", "a museum", "ines.example", correction=said))
        assert await company.events(TOOL) == 0
        await until(lambda: told(classifier, None, KEY))
        await company.uses(HOST)
        await company.estate.desk.undo(alert.id, None, "ines.example")
        assert await company.events(TOOL) == 2
        await until(lambda: equals(company.open_alerts(), {TOOL}))
        await until(lambda: told(classifier, None))


async def equals(asked: Awaitable[object], wanted: object) -> bool:
    return await asked == wanted


async def told(classifier: Classifier, tool: str | None, key: str | None = None) -> bool:
    """Whether the classifier holds this tool for the key, or (without) knows of no correction."""
    held = classifier.overrides.get(KEY)
    if tool is None and key is None:
        return held is None
    return held is not None and held.tool == tool


async def published(company: Company) -> bool:
    return await publishing.publish(company.runtime) == 0 and not await waiting(company.runtime)


async def waiting(runtime: Runtime) -> int:
    async with runtime.engine.connect() as connection:
        return (await connection.execute(text("select count(*) from inventory.label_outbox"))).scalar_one()
