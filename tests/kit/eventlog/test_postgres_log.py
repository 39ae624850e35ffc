"""What only the log in PostgreSQL does by itself: connections that end, dropping days, compaction, leases."""

import asyncio
import contextlib
from datetime import timedelta

import pytest
from sqlalchemy import text

from services.kit.errors import LogTruncated, StalePosition, Transient
from services.kit.eventlog import Batch, Record, Subscription
from services.kit.eventlog.postgres import PostgresLog, partition_of
from tests.kit.eventlog.stages import PARTITIONS, TOPIC, PostgresStage, by_key, flat, numbered, quiet, read

KEPT = "penumbra.kept.v1"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def to_noon(stage: PostgresStage) -> timedelta:
    """How long until tomorrow's noon: past one midnight whatever the hour, where a day and an hour may pass two."""
    now = stage.clock.now()
    return now.replace(hour=12) + DAY - now


async def tables(stage: PostgresStage) -> list[str]:
    async with stage.engine.connect() as connection:
        found = await connection.execute(text("select topic from log.segment order by topic, day"))
        return [str(row[0]) for row in found]


async def test_connections_cut_in_the_middle_lose_and_double_nothing(postgres_stage) -> None:
    received: list[Batch] = []
    written = asyncio.Event()
    cut = 0

    async def write() -> None:
        for start in range(0, 6000, 100):
            await postgres_stage.log.append(TOPIC, numbered(100, start=start))
        written.set()

    async def follow() -> None:
        async with postgres_stage.log.subscribe(TOPIC, "g") as subscription:
            while sum(len(batch.records) for batch in received) < 6000:
                with contextlib.suppress(Transient):
                    for batch in await subscription.fetch(500, 0.5):
                        await taken(subscription, batch)
            with contextlib.suppress(Transient):
                assert not await subscription.fetch(500, 0.5)

    async def taken(subscription: Subscription, batch: Batch) -> None:
        try:
            await subscription.commit([batch])
        except StalePosition:
            await subscription.rewind(batch.partition)
        else:
            received.append(batch)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(write())
        group.create_task(follow())
        for _ in range(20):  # on a slow machine, cutting for as long as something is written would never end
            if written.is_set():
                break
            await asyncio.sleep(0.25)
            cut += await postgres_stage.cut()
    assert cut > 0
    assert by_key(flat(received)) == {b"k%d" % key: list(range(120)) for key in range(50)}


async def test_an_append_waits_behind_another_and_numbers_become_visible_in_order(postgres_stage) -> None:
    first, second = Record(b"k0", b"k0:0"), Record(b"k0", b"k0:1")
    place = partition_of(b"k0", PARTITIONS)
    async with postgres_stage.log.subscribe(TOPIC, "g") as subscription:
        async with postgres_stage.engine.begin() as other:
            lock = "select 1 from log.head where topic = :topic and partition = :place for update"
            await other.execute(text(lock), {"topic": TOPIC, "place": place})
            waiting = asyncio.create_task(postgres_stage.log.append(TOPIC, [first]))
            behind = asyncio.create_task(postgres_stage.log.append(TOPIC, [second]))
            await asyncio.sleep(0.5)
            assert not waiting.done()
            assert not await subscription.fetch(10, 0.1)
        await asyncio.gather(waiting, behind)
        assert len(flat(await read(subscription, 2))) == 2


async def test_a_day_beyond_retention_is_dropped_once_every_group_has_read_it(postgres_stage) -> None:
    stage = postgres_stage
    await stage.log.append(TOPIC, numbered(100))
    async with stage.log.subscribe(TOPIC, "quick") as quick, stage.log.subscribe(TOPIC, "slow") as slow:
        await read(quick, 100, commit=True)
        await read(slow, 100)
        stage.clock.advance(to_noon(stage))
        assert await stage.log.tidy(stage.clock.now()) == [], "the slow group has not saved it"
        stage.clock.advance(DAY)
        assert await stage.log.tidy(stage.clock.now()) == []
    async with stage.log.subscribe(TOPIC, "slow") as slow:
        await slow.commit([])
        await read(slow, 100, commit=True)
    await stage.log.tidy(stage.clock.now())  # a subscription tidies too, now and then: who did it is all one
    assert await tables(stage) == [TOPIC], "only the segment that is being written"
    await stage.log.append(TOPIC, numbered(10, start=100))
    async with stage.log.subscribe(TOPIC, "quick") as quick:
        assert len(flat(await read(quick, 10))) == 10


async def test_a_day_within_retention_stays(postgres_stage) -> None:
    stage = postgres_stage
    await stage.log.ensure({TOPIC: (2 * DAY).total_seconds()}, PARTITIONS)
    await stage.log.append(TOPIC, numbered(10))
    stage.clock.advance(to_noon(stage))
    assert await stage.log.tidy(stage.clock.now()) == []
    stage.clock.advance(2 * DAY)
    assert len(await stage.log.tidy(stage.clock.now())) == 1


async def test_topics_are_dropped_by_their_own_retention(postgres_stage) -> None:
    stage = postgres_stage
    await stage.log.ensure({"penumbra.long.v1": (30 * DAY).total_seconds(), KEPT: None}, 1)
    for topic in (TOPIC, "penumbra.long.v1", KEPT):
        await stage.log.append(topic, numbered(5))
    stage.clock.advance(5 * DAY)
    await stage.log.tidy(stage.clock.now())
    assert await tables(stage) == [KEPT, "penumbra.long.v1", "penumbra.long.v1", TOPIC]
    async with stage.log.subscribe(KEPT, "g") as subscription:
        assert len(flat(await read(subscription, 5))) == 5


async def test_what_a_group_keeps_elsewhere_holds_the_log_too(postgres_stage) -> None:
    """The inventory keeps its positions beside its cells; what it has not saved must not be dropped."""
    stage = postgres_stage
    await stage.log.append(TOPIC, numbered(100))
    saved: dict[int, int | None] = dict.fromkeys(range(PARTITIONS), 1)

    async def positions(_: str, partitions: object) -> dict[int, int | None]:
        return {partition: saved[partition] for partition in partitions}

    async with stage.log.subscribe(TOPIC, "inventory", positions) as subscription:
        batches = await read(subscription, 96)
        await asyncio.sleep(1)
    stage.clock.advance(5 * DAY)
    assert await stage.log.tidy(stage.clock.now()) == [], "its last saved position is 1, though it is not there now"
    for batch in batches:
        saved[batch.partition] = batch.end
    async with stage.log.subscribe(TOPIC, "inventory", positions) as subscription:
        await subscription.fetch(1, 0.1)
        await asyncio.sleep(1)
    assert len(await stage.log.tidy(stage.clock.now())) == 1


async def test_a_group_that_never_saved_is_forgotten_when_it_leaves(postgres_stage) -> None:
    stage = postgres_stage
    await stage.log.append(TOPIC, numbered(10))
    async with stage.log.subscribe(TOPIC, "passing") as subscription:
        await read(subscription, 10)
    stage.clock.advance(5 * DAY)
    assert len(await stage.log.tidy(stage.clock.now())) == 1


async def test_reading_goes_over_midnight(postgres_stage) -> None:
    stage = postgres_stage
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        for day in range(4):
            await stage.log.append(TOPIC, numbered(100, start=100 * day))
            stage.clock.advance(DAY)
        batches = await read(subscription, 400, commit=True)
    assert by_key(flat(batches)) == {b"k%d" % key: list(range(8)) for key in range(50)}
    assert await tables(stage) == [TOPIC] * 4


async def test_two_processes_meet_midnight_together(postgres_stage) -> None:
    stage = postgres_stage
    logs: list[PostgresLog] = [stage.open() for _ in range(4)]
    stage.clock.advance(DAY)
    await asyncio.gather(*(log.append(TOPIC, numbered(50, keys=5, start=50 * n)) for n, log in enumerate(logs)))
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        assert len(flat(await read(subscription, 200))) == 200
    assert await tables(stage) == [TOPIC] * 2


async def test_compaction_keeps_the_last_of_each_key_and_readers_span_the_gaps(postgres_stage) -> None:
    stage = postgres_stage
    await stage.log.ensure({KEPT: None}, 1)
    for n in range(20):
        await stage.log.append(KEPT, [Record(b"same", b"%d" % n), Record(b"other%d" % n, b"x")])
    await stage.log.append(KEPT, [Record(b"other3", None)])
    async with stage.log.subscribe(KEPT, "g") as subscription:
        await subscription.commit(await subscription.fetch(5, 5))
    await stage.log.tidy(stage.clock.now())
    async with stage.log.subscribe(KEPT, "g") as subscription:
        batches = await read(subscription, 19)
    assert [batch.start for batch in batches] == [5, *(batch.end for batch in batches[:-1])]
    assert batches[-1].end == 41
    async with stage.log.subscribe(KEPT, "late") as subscription:
        last = {record.key: record.value for record in flat(await read(subscription, 21))}
        assert not await quiet(subscription, 0.2)
    assert last == {b"same": b"19", b"other3": None, **{b"other%d" % n: b"x" for n in range(20) if n != 3}}


async def test_a_tombstone_goes_a_day_later_and_a_reader_at_the_end_is_not_behind(postgres_stage) -> None:
    stage = postgres_stage
    await stage.log.ensure({KEPT: None}, 1)
    await stage.log.append(KEPT, [Record(b"a", b"1"), Record(b"a", None)])
    stage.clock.advance(DAY + HOUR)
    await stage.log.tidy(stage.clock.now())
    async with stage.log.subscribe(KEPT, "g") as subscription:
        assert not await subscription.fetch(10, 0.2)
        [lag] = (await subscription.lag()).values()
        assert (lag.end, lag.position, lag.oldest_ms) == (2, 2, None)
        await stage.log.append(KEPT, [Record(b"b", b"2")])
        [batch] = await read(subscription, 1)
        assert (batch.start, batch.end) == (0, 3)
        await subscription.commit([batch])


async def test_a_segment_dropped_under_a_reader_is_a_truncated_log(postgres_stage) -> None:
    stage = postgres_stage
    await stage.log.append(TOPIC, numbered(100))
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        await subscription.fetch(10, 5)
        await stage.truncate()
        await stage.log.append(TOPIC, numbered(10))
        with pytest.raises(LogTruncated, match="outside the log"):
            await read(subscription, 100)
