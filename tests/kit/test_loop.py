"""The consumer loop on the PostgreSQL log: nothing skipped, nothing saved by halves, and it ends when asked."""

import asyncio
from collections.abc import Callable

import pytest

from services.kit import positions
from services.kit.errors import StalePosition, Transient
from services.kit.eventlog import Batch, Record
from services.kit.loop import Consumer, Handled, StopRule, TooManyRejected

TOPIC = "t.numbers"


class Saving:
    """A handler that keeps what it was given, failing as it is told to, one failure a call."""

    def __init__(self, stop: asyncio.Event, until: int, *failures: Exception) -> None:
        self.saved: list[bytes] = []
        self.calls = 0
        self._stop, self._until, self._failures = stop, until, list(failures)

    async def __call__(self, batch: Batch) -> Handled:
        self.calls += 1
        if self._failures:
            raise self._failures.pop(0)
        self.saved += [record.value for record in batch.records]
        if len(self.saved) >= self._until:
            self._stop.set()
        return Handled(len(batch.records))


@pytest.fixture
async def filled(runtime):
    await runtime.log.ensure({TOPIC: None}, 1)
    await runtime.log.append(TOPIC, [Record(b"k", str(n).encode()) for n in range(5)])
    return runtime


def consumer(runtime, handle: Callable, **more) -> Consumer:
    return Consumer(name="test", topic=TOPIC, group="g", handle=handle, clock=runtime.clock, **more)


async def run(made: Consumer, runtime, stop: asyncio.Event) -> None:
    await asyncio.wait_for(made.run(runtime.log, stop), 20)


NUMBERS = [b"0", b"1", b"2", b"3", b"4"]


@pytest.mark.parametrize("trouble", [Transient("away", retry_after=0.01), OSError("reset"), StalePosition("moved on")])
async def test_a_batch_that_was_not_saved_comes_again_whole(filled, trouble):
    stop = asyncio.Event()
    handle = Saving(stop, 5, trouble)
    made = consumer(filled, handle)
    await run(made, filled, stop)
    assert handle.saved == NUMBERS
    assert handle.calls >= 2
    assert await made.check() is None


async def test_it_goes_on_where_it_stopped(filled):
    stop = asyncio.Event()
    first = Saving(stop, 2)
    await run(consumer(filled, first, limit=2), filled, stop)
    stop = asyncio.Event()
    second = Saving(stop, 5 - len(first.saved))
    await run(consumer(filled, second), filled, stop)
    assert first.saved + second.saved == NUMBERS


async def test_a_position_that_another_saved_drops_the_batch_and_reads_on_behind_it(filled):
    stop = asyncio.Event()
    handled: list[bytes] = []
    name = "log"

    async def handle(batch: Batch) -> Handled:
        async with filled.engine.begin() as other:
            if not handled and batch.start == 0:
                await positions.save(other, "g", name, batch._replace(end=3))
        async with filled.engine.begin() as connection:
            await positions.save(connection, "g", name, batch)
        handled.extend(record.value for record in batch.records)
        stop.set()
        return Handled(len(batch.records))

    reader = positions.reader(filled.engine, "g", name)
    await run(consumer(filled, handle, positions=reader, commit=False), filled, stop)
    assert handled == NUMBERS[3:]


async def test_an_end_asked_for_while_it_fails_saves_nothing_and_is_quick(filled):
    stop = asyncio.Event()

    async def handle(_: Batch) -> Handled:
        stop.set()
        raise Transient("away", retry_after=60)

    await run(consumer(filled, handle), filled, stop)
    stop = asyncio.Event()
    after = Saving(stop, 5)
    await run(consumer(filled, after), filled, stop)
    assert after.saved == NUMBERS


async def test_the_stop_rule_ends_the_loop_before_anything_is_saved(filled):
    rule = StopRule(least=5)

    async def handle(batch: Batch) -> Handled:
        rule.allow(len(batch.records), len(batch.records))
        return Handled(0, len(batch.records))

    made = consumer(filled, handle)
    with pytest.raises(TooManyRejected):
        await run(made, filled, asyncio.Event())
    assert "5 of the last 5 records" in await made.check()
    stop = asyncio.Event()
    after = Saving(stop, 5)
    await run(consumer(filled, after), filled, stop)
    assert after.saved == NUMBERS


def test_the_stop_rule_counts_since_the_last_good_batch():
    rule = StopRule(share=0.9, least=10)
    for _ in range(5):
        rule.allow(9, 9)
        rule.allow(10, 8)
    rule.allow(9, 9)
    with pytest.raises(TooManyRejected):
        rule.allow(1, 1)


async def test_a_fault_of_ours_is_shown_until_it_works_again(filled):
    made = consumer(filled, Saving(asyncio.Event(), 5, ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        await run(made, filled, asyncio.Event())
    assert "ZeroDivisionError" in await made.check()
    stop = asyncio.Event()
    made.handle = Saving(stop, 5)
    await run(made, filled, stop)
    assert await made.check() is None


async def test_a_cancellation_hidden_by_a_failed_clean_up_ends_it_all_the_same(filled):
    begun = asyncio.Event()

    async def handle(_: Batch) -> Handled:
        try:
            begun.set()
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise Transient("the rollback failed") from None
        raise AssertionError

    running = asyncio.create_task(run(consumer(filled, handle), filled, asyncio.Event()))
    await asyncio.wait_for(begun.wait(), 20)
    running.cancel()
    await asyncio.wait({running}, timeout=5)
    assert running.cancelled()


class Kept:
    """Handles batches and their position together; what else is done at one of them is told by its first value."""

    def __init__(self, runtime, stop: asyncio.Event, until: int) -> None:
        self.handled: list[bytes] = []
        self.expected: list[bytes] = []
        self.ahead = False
        self.meanwhile: dict[bytes, Callable] = {}
        self._runtime, self._stop, self._until = runtime, stop, until

    def expect(self, batches) -> None:
        self.expected += [record.value for batch in batches for record in batch.records]

    async def __call__(self, batch: Batch) -> Handled:
        first = batch.records[0].value
        for _ in range(100):
            await asyncio.sleep(0.001)
            if len(self.expected) > len(self.handled) + len(batch.records):
                self.ahead = True
                break
        if first in self.meanwhile:
            await self.meanwhile.pop(first)(batch)
        async with self._runtime.engine.begin() as connection:
            await positions.save(connection, "g", "log", batch)
        self.handled += [record.value for record in batch.records]
        if len(self.handled) >= self._until:
            self._stop.set()
        return Handled(len(batch.records))


async def ran(filled, until: int = 5, **meanwhile: Callable) -> Kept:
    stop = asyncio.Event()
    kept = Kept(filled, stop, until)
    kept.meanwhile = {at.removeprefix("at_").encode(): act for at, act in meanwhile.items()}
    reader = positions.reader(filled.engine, "g", "log")
    made = consumer(filled, kept, positions=reader, commit=False, limit=2, expect=kept.expect)
    await run(made, filled, stop)
    return kept


async def test_where_much_waits_the_next_is_fetched_while_the_last_is_handled(filled):
    kept = await ran(filled)
    assert kept.ahead
    assert kept.handled == NUMBERS


async def test_what_was_fetched_ahead_of_a_stale_position_is_neither_lost_nor_handled_twice(filled):
    async def another_saves(batch: Batch) -> None:
        async with filled.engine.begin() as other:
            await positions.save(other, "g", "log", batch._replace(end=batch.end + 1))

    kept = await ran(filled, 2, at_0=another_saves)
    assert kept.handled == NUMBERS[3:]


async def test_what_was_fetched_ahead_when_asked_to_end_comes_again_at_the_next_start(filled):
    first = await ran(filled, 2)
    assert first.ahead
    second = await ran(filled, 3)
    assert first.handled + second.handled == NUMBERS
