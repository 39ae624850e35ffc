"""What an EventLog promises, tried on both."""

import asyncio
import os
import signal
import time

import pytest

from services.kit.errors import LogTruncated, Misconfigured, StalePosition
from services.kit.eventlog import Record
from tests.kit.eventlog.stages import (
    PARTITIONS,
    SESSION_SECONDS,
    TOPIC,
    Stage,
    by_key,
    flat,
    numbered,
    quiet,
    read,
    values,
)


async def test_order_is_kept_within_a_key(stage: Stage) -> None:
    for start in range(0, 600, 100):
        await stage.log.append(TOPIC, numbered(100, start=start))
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        batches = await read(subscription, 600)
    assert by_key(flat(batches)) == {b"k%d" % key: list(range(12)) for key in range(50)}
    homes: dict[bytes, set[int]] = {}
    for batch in batches:
        for record in batch.records:
            homes.setdefault(record.key, set()).add(batch.partition)
    assert all(len(home) == 1 for home in homes.values())
    assert {partition for home in homes.values() for partition in home} == set(range(PARTITIONS))


async def test_a_batch_begins_where_the_one_before_ended(stage: Stage) -> None:
    await stage.log.append(TOPIC, numbered(400))
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        at: dict[int, int] = {}
        seen = 0
        while seen < 400:
            batches = await subscription.fetch(33, 5)
            assert 0 < sum(len(batch.records) for batch in batches) <= 33
            for batch in batches:
                assert batch.start == at.get(batch.partition, 0)
                assert batch.start <= batch.records[0].offset
                assert batch.records[-1].offset < batch.end
                at[batch.partition] = batch.end
                seen += len(batch.records)


async def test_times_are_when_the_log_took_the_record(stage: Stage) -> None:
    before = time.time() * 1000
    await stage.log.append(TOPIC, numbered(1))
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        [record] = flat(await read(subscription, 1))
    assert before - 5000 < record.at_ms < time.time() * 1000 + 5000


async def test_a_committed_group_goes_on_and_a_new_one_replays(stage: Stage) -> None:
    await stage.log.append(TOPIC, numbered(200))
    async with stage.log.subscribe(TOPIC, "one") as subscription:
        await read(subscription, 200, commit=True)
    await stage.log.append(TOPIC, numbered(50, start=200))
    async with stage.log.subscribe(TOPIC, "one") as subscription:
        assert len(flat(await read(subscription, 50))) == 50
        assert not await quiet(subscription)
    async with stage.log.subscribe(TOPIC, "two") as subscription:
        assert by_key(flat(await read(subscription, 250))) == {b"k%d" % key: list(range(5)) for key in range(50)}


async def test_what_was_not_committed_comes_again(stage: Stage) -> None:
    await stage.log.append(TOPIC, numbered(100))
    for _ in range(2):
        async with stage.log.subscribe(TOPIC, "g") as subscription:
            assert len(flat(await read(subscription, 100))) == 100


async def test_positions_kept_by_the_caller_are_used_and_read_again_on_rewind(stage: Stage) -> None:
    await stage.log.append(TOPIC, numbered(400))
    kept: dict[int, int | None] = {0: 5, 1: None, 2: 0, 3: 20}
    asked: list[list[int]] = []

    async def positions(topic: str, partitions: object) -> dict[int, int | None]:
        assert topic == TOPIC
        asked.append(list(partitions))
        return {partition: kept[partition] for partition in partitions}

    async with stage.log.subscribe(TOPIC, "g", positions) as subscription:
        batches = await read(subscription, 400 - 25)
        assert {batch.partition: batch.start for batch in reversed(batches)} == {0: 5, 1: 0, 2: 0, 3: 20}
        kept[0] = 7
        await subscription.rewind(0)
        [again] = await subscription.fetch(5000, 5)
        assert (again.partition, again.start, again.records[0].offset) == (0, 7, 7)
        old = next(batch for batch in batches if batch.partition == 0)
        with pytest.raises(StalePosition):
            await subscription.commit([old])
    assert [0] in asked


async def test_members_share_the_partitions(stage: Stage) -> None:
    other = stage.open()
    async with stage.log.subscribe(TOPIC, "g") as one, other.subscribe(TOPIC, "g") as two:
        shares: tuple[set[int], set[int]] = (set(), set())
        async with asyncio.timeout(30):
            while sorted(map(len, shares)) != [2, 2] or shares[0] & shares[1]:
                await asyncio.gather(one.fetch(1, 0.2), two.fetch(1, 0.2))
                shares = (set(await one.lag()), set(await two.lag()))
        await stage.log.append(TOPIC, numbered(200))
        halves = await asyncio.gather(read(one, 1), read(two, 1))
        assert {batch.partition for batch in halves[0]} <= shares[0]
        assert {batch.partition for batch in halves[1]} <= shares[1]
    await other.close()


async def test_a_killed_member_is_replaced_and_nothing_is_lost(stage: Stage) -> None:
    everything = {record.value for record in numbered(800)}
    await stage.log.append(TOPIC, numbered(400))
    async with stage.consumer("g", "steady") as child:
        seen = set(await child.values())
        async with stage.log.subscribe(TOPIC, "g") as subscription:
            while not await subscription.lag():
                seen |= values(await subscription.fetch(10, 0.2))
            child.process.send_signal(signal.SIGKILL)
            await stage.log.append(TOPIC, numbered(400, start=400))
            async for committed in child.rest():
                seen.update(committed)
            async with asyncio.timeout(20 * SESSION_SECONDS):
                while not seen >= everything or len(await subscription.lag()) < PARTITIONS:
                    seen |= values(await subscription.fetch(5000, 0.2))
    assert seen == everything


async def test_a_member_that_was_away_can_not_commit(stage: Stage) -> None:
    await stage.log.append(TOPIC, numbered(100))
    async with stage.consumer("g", "slow") as child:
        assert (await child.line())["fetched"] > 0
        child.process.send_signal(signal.SIGSTOP)
        async with stage.log.subscribe(TOPIC, "g") as subscription:
            await read(subscription, 100, commit=True)
            child.process.send_signal(signal.SIGCONT)
            child.tell("commit")
            assert "refused" in await child.line()
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        assert not await quiet(subscription)


async def test_a_hundred_thousand_records_at_once(stage: Stage) -> None:
    await stage.log.append(TOPIC, numbered(100_000, keys=1000, size=100))
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        batches = await read(subscription, 100_000, commit=True)
        assert by_key(flat(batches)) == {b"k%d" % key: list(range(100)) for key in range(1000)}
        lags = await subscription.lag()
    assert sum(lag.end for lag in lags.values()) == 100_000
    assert all(lag.position == lag.end and lag.oldest_ms is None for lag in lags.values())


async def test_lag_says_how_far_behind_and_since_when(stage: Stage) -> None:
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        await stage.log.append(TOPIC, numbered(1))
        first = flat(await read(subscription, 1))[0].at_ms
        await asyncio.sleep(0.05)
        await stage.log.append(TOPIC, [Record(b"k0", b"k0:1"), Record(b"k0", b"k0:2")])
        [behind] = [lag for lag in (await subscription.lag()).values() if lag.end > lag.position]
        assert behind.end - behind.position == 2
        assert behind.oldest_ms is not None
        assert behind.oldest_ms >= first


async def test_a_record_too_large_is_named_with_sizes_and_next_step(stage: Stage) -> None:
    small = stage.open(largest=1000)
    with pytest.raises(Misconfigured, match=r"penumbra\.test\.v1.*1201 bytes.*1000.*split") as fault:
        await small.append(TOPIC, [Record(b"k", b"ok"), Record(b"k", b"x" * 1200)])
    assert len(fault.value.faults) == 1
    await small.append(TOPIC, [Record(b"k", b"k:0")])
    async with small.subscribe(TOPIC, "g") as subscription:
        assert [record.value for record in flat(await read(subscription, 1))] == [b"k:0"]
    await small.close()


async def test_the_largest_record_passes(stage: Stage) -> None:
    value = os.urandom(999_990)
    await stage.log.append(TOPIC, [Record(b"k", value), Record(b"k", b"after")])
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        assert [record.value for record in flat(await read(subscription, 2))] == [value, b"after"]


async def test_a_missing_topic_is_named_with_the_next_step(stage: Stage) -> None:
    began = time.monotonic()
    with pytest.raises(Misconfigured, match=r"penumbra\.absent\.v1 is missing.*penumbra"):
        await stage.log.append("penumbra.absent.v1", numbered(1))
    with pytest.raises(Misconfigured, match=r"penumbra\.absent\.v1 is missing"):
        async with stage.log.subscribe("penumbra.absent.v1", "g"):
            pass
    assert time.monotonic() - began < 10


async def test_topics_are_made_once(stage: Stage) -> None:
    await stage.log.append(TOPIC, numbered(10))
    await stage.log.ensure({TOPIC: 3600.0, "penumbra.other.v1": None}, 8)
    await stage.log.append("penumbra.other.v1", numbered(10))
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        assert len(flat(await read(subscription, 10))) == 10
        assert len(await subscription.lag()) == PARTITIONS


async def test_a_group_whose_position_was_dropped_stops_as_truncated(stage: Stage) -> None:
    await stage.log.append(TOPIC, numbered(100))
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        await subscription.commit(await subscription.fetch(10, 5))
    await stage.truncate()
    with pytest.raises(LogTruncated, match=r"penumbra\.test\.v1/\d.*outside the log.*dropped"):
        async with stage.log.subscribe(TOPIC, "g") as subscription:
            await read(subscription, 1)


async def test_a_reader_overtaken_by_truncation_stops(stage: Stage) -> None:
    await stage.log.append(TOPIC, [Record(b"k%d" % n, os.urandom(1000)) for n in range(20_000)])
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        await subscription.fetch(10, 5)
        await stage.truncate()
        with pytest.raises(LogTruncated, match=r"penumbra\.test\.v1"):
            await read(subscription, 19_990)


async def test_a_position_beyond_the_end_stops_as_truncated(stage: Stage) -> None:
    async def positions(_: str, partitions: object) -> dict[int, int | None]:
        return dict.fromkeys(partitions, 1000)

    with pytest.raises(LogTruncated, match="the log ends before it"):
        async with stage.log.subscribe(TOPIC, "g", positions) as subscription:
            await read(subscription, 1)


async def test_a_new_group_begins_at_what_is_left(stage: Stage) -> None:
    await stage.log.append(TOPIC, numbered(100))
    await stage.truncate()
    await stage.log.append(TOPIC, numbered(10, start=100))
    async with stage.log.subscribe(TOPIC, "late") as subscription:
        assert len(flat(await read(subscription, 10))) == 10


async def test_a_tombstone_arrives_as_none(stage: Stage) -> None:
    await stage.log.ensure({"penumbra.kept.v1": None}, 1)
    await stage.log.append("penumbra.kept.v1", [Record(b"a", b"1"), Record(b"a", None), Record(b"b", b"2")])
    async with stage.log.subscribe("penumbra.kept.v1", "g") as subscription:
        received = flat(await read(subscription, 3))
    assert [(record.key, record.value) for record in received] == [(b"a", b"1"), (b"a", None), (b"b", b"2")]


async def test_headers_do_not_disturb(stage: Stage) -> None:
    await stage.log.append(TOPIC, [Record(b"a", b"1", (("ce_id", b"7"), ("ce_source", b"penumbra")))])
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        assert [record.value for record in flat(await read(subscription, 1))] == [b"1"]


async def test_a_reader_wakes_when_something_comes(stage: Stage) -> None:
    writer = stage.open()
    await writer.append(TOPIC, numbered(1))
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        await read(subscription, 1)
        waiting = asyncio.create_task(subscription.fetch(10, 5))
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await writer.append(TOPIC, numbered(1))
        assert len(flat(await waiting)) == 1
        assert time.monotonic() - began < 0.9
    await writer.close()


async def test_it_is_ready(stage: Stage) -> None:
    assert await stage.log.ready() is None
