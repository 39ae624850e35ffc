import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from schemas.deadletter import DeadLetter
from schemas.observation import Identifier, Kind, ProtectedObservation
from schemas.topics import LABEL, OBSERVATION, USAGE
from schemas.usage import LabelOverride, Usage, Verdict
from schemas.vendor import read
from services.classifier.consume import Classifier
from services.classifier.decide import Decider
from services.kit.deadletters import retentions
from services.kit.eventlog import Record
from services.kit.loop import Handled, TooManyRejected
from services.labelling.index import build

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ACME = build([read(Path(__file__).parent.parent / "labelling/vendors/acme.toml")])
HOSTS = ("chat.acme-ai.example", "mail.example", "auth.acme-ai.example", "api.acme-ai.example")


def observation(number, host=None):
    person = f"{number % 7:032x}"
    value = ProtectedObservation(
        id=f"squid:{number}", source="squid", instance="edge", kind=Kind.WEB, at=AT, arrived_at=AT,
        identifiers=(Identifier("login", "k", person),), host=host or HOSTS[number % len(HOSTS)],
    )  # fmt: skip
    return Record(person.encode(), msgspec.json.encode(value))


def decision(key, verdict):
    told = LabelOverride(key=key, verdict=verdict, author="a", reason="r", at=AT)
    return Record(key.encode(), msgspec.json.encode(told))


@pytest.fixture
async def log(runtime):
    await runtime.log.ensure(retentions(), 4)
    return runtime.log


@asynccontextmanager
async def running(runtime, **replaced):
    """A classifier at work; ended as the service ends."""
    classifier = Classifier(runtime, Decider(ACME))
    for name, value in replaced.items():
        setattr(classifier.consumer, name, value(classifier))
    stop = asyncio.Event()
    loops = [asyncio.create_task(classifier.labels(stop)), asyncio.create_task(classifier.observations(stop))]
    try:
        yield classifier, loops
    finally:
        stop.set()
        ended = await asyncio.gather(*loops, return_exceptions=True)
    assert not [end for end in ended if isinstance(end, Exception) and not isinstance(end, TooManyRejected)]


async def everything(log, topic, wanted, group):
    """All records of a topic from its beginning, once at least `wanted` are there."""
    found = []

    async def beginning(_, partitions):
        return dict.fromkeys(partitions)

    async with asyncio.timeout(20), log.subscribe(topic, group, beginning) as subscription:
        while True:
            batches = await subscription.fetch(10_000, 0.2)
            found += [record for batch in batches for record in batch.records]
            if len(found) >= wanted and not batches:
                return found


def usages(records):
    return [msgspec.json.decode(record.value, type=Usage) for record in records]


async def test_only_use_travels_with_its_key_and_id(runtime, log):
    await log.append(OBSERVATION.name, [observation(number) for number in range(200)])
    async with running(runtime) as (classifier, _):
        records = await everything(log, USAGE.name, 100, "reader")
        assert await classifier.check() is None
    found = usages(records)
    assert Counter(one.label.tool for one in found) == {"acme.chat": 50, "acme.api": 50}
    assert {one.id for one in found} == {f"squid:{number}" for number in range(200) if number % 4 in (0, 3)}
    assert all(record.key.decode() == one.identifiers[0].hmac for record, one in zip(records, found, strict=True))
    assert {one.catalog for one in found} == {ACME.version}


async def test_a_restart_between_output_and_commit_loses_nothing_and_repeats_the_same(runtime, log):
    await log.append(OBSERVATION.name, [observation(number) for number in range(400)])
    killed = asyncio.Event()

    def dying(classifier):
        async def handle(batch):
            done = await classifier.classify(batch)
            killed.set()
            await asyncio.sleep(3600)
            return done

        return handle

    async with running(runtime, handle=dying) as (_, loops):
        await asyncio.wait_for(killed.wait(), 20)
        for loop in loops:
            loop.cancel()
    first = usages(await everything(log, USAGE.name, 1, "first"))
    async with running(runtime):
        both = usages(await everything(log, USAGE.name, 200 + len(first), "second"))
    times = Counter(one.id for one in both)
    assert set(times) == {f"squid:{number}" for number in range(400) if number % 4 in (0, 3)}
    assert {name for name, count in times.items() if count == 2} == {one.id for one in first}
    assert max(times.values()) == 2
    assert len({msgspec.json.encode(one) for one in both}) == len(times)


async def test_decisions_are_heard_before_the_first_observation_and_later_ones_from_then_on(runtime, log):
    await log.append(LABEL.name, [decision("host:mail.example", Verdict.AI), decision("host:gone.example", Verdict.AI)])
    await log.append(LABEL.name, [Record(b"host:gone.example", None)])
    await log.append(OBSERVATION.name, [observation(1, "mail.example"), observation(2, "gone.example")])
    async with running(runtime) as (classifier, _):
        assert [one.id for one in usages(await everything(log, USAGE.name, 1, "a"))] == ["squid:1"]
        await log.append(LABEL.name, [decision("host:mail.example", Verdict.NONE)])
        async with asyncio.timeout(20):
            while classifier.overrides["host:mail.example"].verdict is not Verdict.NONE:  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.02)
        await log.append(OBSERVATION.name, [observation(3, "mail.example"), observation(4, "api.acme-ai.example")])
        found = usages(await everything(log, USAGE.name, 2, "b"))
    assert sorted(one.id for one in found) == ["squid:1", "squid:4"]


async def test_what_cannot_be_read_is_a_dead_letter_and_stops_nothing(runtime, log):
    bad = [Record(b"x", b'{"id":"1","kind":"phrase"}'), Record(b"x", b"\xff"), Record(b"x", None)]
    await log.append(OBSERVATION.name, [*bad, *(observation(number) for number in range(40))])
    await log.append(LABEL.name, [Record(b"host:a.example", b"phrase")])
    async with running(runtime):
        assert len(await everything(log, USAGE.name, 20, "u")) == 20
        letters = await everything(log, OBSERVATION.dead_letters, 3, "d")
        told = [msgspec.json.decode(record.value, type=DeadLetter) for record in letters]
        assert len(await everything(log, LABEL.dead_letters, 1, "l")) == 1
    assert len(told) == 3
    assert all("phrase" not in one.reason and "phrase" not in one.sealed for one in told)
    opened = sorted(runtime.keys.open(one.sealed).partition(b"\n")[2] for one in told)
    assert opened == sorted([b'{"id":"1","kind":"phrase"}', b"\xff", b""])


async def test_it_stops_before_emptying_the_topic(runtime, log):
    await log.append(OBSERVATION.name, [Record(b"x", b"{}") for _ in range(500)])
    async with running(runtime) as (classifier, loops):
        with pytest.raises(TooManyRejected):
            await asyncio.wait_for(loops[1], 20)
        assert "can't be read" in await classifier.check()
    async with log.subscribe(OBSERVATION.name, "classifier") as subscription:
        assert sum(len(batch.records) for batch in await subscription.fetch(1000, 2)) == 500


async def test_until_decisions_are_read_it_is_not_ready(runtime, log):
    classifier = Classifier(runtime, Decider(ACME))
    assert "still being read" in await classifier.check()
    stop = asyncio.Event()
    stop.set()
    await asyncio.wait_for(classifier.observations(stop), 5)
    assert isinstance(await classifier.classify(_empty()), Handled)


def _empty():
    from services.kit.eventlog import Batch

    return Batch(OBSERVATION.name, 0, 0, 0, [])
