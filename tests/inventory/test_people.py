"""People and sources: links by identifier, erasure, and the grains that each change concerns."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec
import pytest
from sqlalchemy import text

from schemas.alert import SourceHealth
from schemas.observation import Identifier, Kind, Solution
from schemas.person import ProtectedPerson
from schemas.topics import PERSON, SOURCE, Topic
from schemas.usage import Label, Usage, Verdict
from services.inventory import health, people, record
from services.kit.errors import StalePosition
from services.kit.eventlog import Batch, EventLog, Received, Record
from services.kit.runtime import Runtime
from services.kit.settings import Settings

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


class Appended:
    """A log that only keeps what is appended to it."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    async def append(self, topic: str, records: Sequence[Record]) -> None:
        self.records += records


@pytest.fixture
def runtime(engine, keys, clock, tmp_path) -> Runtime:
    return Runtime(Settings(_env_file=None, data=tmp_path), engine, cast("EventLog", Appended()), keys, clock)


def batch(topic: Topic, values: Sequence[tuple[str, object]], start: int = 0, partition: int = 0) -> Batch:
    """Keys with their values, None for a tombstone."""
    records = [
        Received(start + place, key.encode(), None if value is None else msgspec.json.encode(value), 0)
        for place, (key, value) in enumerate(values)
    ]
    return Batch(topic.name, partition, start, start + len(records), records)


def person(name: str, unit: str | None, *logins: str, minutes: int = 0, **changed: object) -> tuple[str, object]:
    """A directory's record with its key."""
    given = {
        "person": name, "source": "directory_csv", "instance": "hr", "observed_at": NOON + timedelta(minutes=minutes),
        "sealed": "s", "unit": unit, "identifiers": tuple(Identifier("login", "k1", login) for login in logins),
    }  # fmt: skip
    return name, ProtectedPerson(**{**given, **changed})


async def use(runtime: Runtime, login: str, *, solution: str | None = None, partition: int = 0) -> None:
    """One use of ChatGPT, then no grain is dirty."""
    made = Solution(id=solution, type="custom_gpt") if solution else None
    seen = Usage(
        id=f"squid:{login}{solution}", source="squid", instance="proxy-1", kind=Kind.BUILD if solution else Kind.WEB,
        at=NOON, arrived_at=NOON, identifiers=(Identifier("login", "k1", login),), solution=made,
        label=Label(key="host:chatgpt.com", verdict=Verdict.AI, tool="openai.chatgpt"), catalog="1",
    )  # fmt: skip
    given = Batch(record.USAGE.name, partition, 0, 1, [Received(0, b"k", msgspec.json.encode(seen), 0)])
    await record.consumer(runtime).handle(given)
    await clean(runtime.engine)


async def clean(engine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("delete from inventory.dirty_grain"))


async def rows(engine, query: str) -> list[tuple]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def dirty(engine) -> list[str]:
    return [row[0] for row in await rows(engine, "select grain from inventory.dirty_grain order by grain")]


LINKS = "select identifier, person from inventory.identity order by identifier"


async def test_linking_moves_the_actors_tools_and_solutions_to_the_persons_unit(runtime, engine):
    await use(runtime, "ann", solution="custom_gpt:1")
    assert await people.consumer(runtime).handle(batch(PERSON, [person("p1", "Finance", "ann", "ann2")])) == (1, 0)
    assert await dirty(engine) == [
        "solution:custom_gpt:1", "tool:openai.chatgpt|Finance", "tool:openai.chatgpt|unknown",
    ]  # fmt: skip
    assert await rows(engine, LINKS) == [("login:ann", "p1"), ("login:ann2", "p1")]


async def test_a_change_of_unit_marks_both_and_a_repetition_marks_none(runtime, engine):
    await use(runtime, "ann")
    handle = people.consumer(runtime).handle
    await handle(batch(PERSON, [person("p1", "Finance", "ann")]))
    await clean(engine)
    await handle(batch(PERSON, [person("p1", "Finance", "ann", minutes=1)], 1))
    assert await dirty(engine) == []
    await handle(batch(PERSON, [person("p1", "Legal", "ann", minutes=2)], 2))
    assert await dirty(engine) == ["tool:openai.chatgpt|Finance", "tool:openai.chatgpt|Legal"]


@pytest.mark.parametrize("together", [True, False])
async def test_the_latest_observation_wins_whatever_the_order(runtime, engine, together):
    told = [person("p1", "Legal", "ann", minutes=5, active=False), person("p1", "Finance", "bob")]
    handle = people.consumer(runtime).handle
    for place, part in enumerate([told] if together else [[each] for each in told]):
        await handle(batch(PERSON, part, place))
    assert await rows(engine, "select unit, active from inventory.person") == [("Legal", False)]
    assert await rows(engine, LINKS) == [("login:ann", "p1"), ("login:bob", "p1")]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_an_identifier_given_to_another_person_follows_the_later(runtime, engine, order):
    told = [person("p1", "Finance", "desk"), person("p2", "Legal", "desk", minutes=9)]
    for partition, place in enumerate(order):
        await people.consumer(runtime).handle(batch(PERSON, [told[place]], partition=partition))
    assert await rows(engine, LINKS) == [("login:desk", "p2")]


async def test_erasure_forgets_the_person_and_leaves_the_cells_to_the_unknown(runtime, engine):
    await use(runtime, "ann")
    handle = people.consumer(runtime).handle
    await handle(batch(PERSON, [person("p1", "Finance", "ann"), person("p2", "Legal", "bob")]))
    await clean(engine)
    await handle(batch(PERSON, [("p1", None)], 2))
    assert await rows(engine, "select person from inventory.person") == [("p2",)]
    assert await rows(engine, LINKS) == [("login:bob", "p2")]
    assert await dirty(engine) == ["tool:openai.chatgpt|Finance", "tool:openai.chatgpt|unknown"]
    assert await rows(engine, "select count from inventory.cell") == [(1,)]


async def test_within_a_batch_an_erasure_takes_only_what_came_before_it(runtime, engine):
    told = [person("p1", "Finance", "ann", minutes=9), ("p1", None), person("p1", "Legal", "new")]
    await people.consumer(runtime).handle(batch(PERSON, told))
    assert await rows(engine, "select person, unit from inventory.person") == [("p1", "Legal")]
    assert await rows(engine, LINKS) == [("login:new", "p1")]


async def test_a_stale_position_changes_nobody(runtime, engine):
    handle = people.consumer(runtime).handle
    await handle(batch(PERSON, [person("p1", "Finance", "ann")]))
    with pytest.raises(StalePosition):
        await handle(batch(PERSON, [("p1", None)]))
    assert await rows(engine, LINKS) == [("login:ann", "p1")]


async def test_an_unreadable_person_is_a_dead_letter(runtime, engine):
    bad = [("p2", {"person": 7}), person("p3", "a\0b"), person("p4", "x" * 600), person("p1", "Finance", "ann")]
    assert await people.consumer(runtime).handle(batch(PERSON, bad)) == (1, 3)
    assert len(cast("Appended", runtime.log).records) == 3


def source(state: str, minutes: int, last: int | None = None) -> tuple[str, object]:
    """A health record of the proxy."""
    seen = NOON + timedelta(minutes=last) if last is not None else None
    at = NOON + timedelta(minutes=minutes)
    return "proxy-1", SourceHealth(instance="proxy-1", connector="squid", state=state, at=at, last_event_at=seen)


STATE = "select source, state, changed_at, last_event_at from inventory.source_type"


async def test_a_source_keeps_since_when_it_is_in_its_state(runtime, engine):
    handle = health.consumer(runtime).handle
    await handle(batch(SOURCE, [source("healthy", 0, 0)]))
    await handle(batch(SOURCE, [source("healthy", 5, 4), source("healthy", 6, 5)], 1))
    assert await rows(engine, STATE) == [("squid", "healthy", NOON, NOON + timedelta(minutes=5))]
    assert await dirty(engine) == ["source:proxy-1"]
    await handle(batch(SOURCE, [source("silent", 60)], 3))
    late = NOON + timedelta(minutes=60)
    assert await rows(engine, STATE) == [("squid", "silent", late, NOON + timedelta(minutes=5))]


async def test_a_removed_source_keeps_its_type_and_is_no_longer_silent(runtime, engine, clock):
    await use(runtime, "ann")
    handle = health.consumer(runtime).handle
    await handle(batch(SOURCE, [source("silent", -60), ("proxy-1", None)]))
    assert await rows(engine, "select source, state from inventory.source_type") == [("squid", "paused")]
    with pytest.raises(StalePosition):
        await handle(batch(SOURCE, [source("healthy", 90)]))
    assert await rows(engine, "select source, state from inventory.source_type") == [("squid", "paused")]
