"""One step behind: in order, one at a time, and a fault is not passed over."""

import asyncio
from functools import partial

import pytest

from services.ingest.behind import Behind


async def test_what_is_begun_is_done_in_order_and_before_leaving():
    done: list[int] = []

    async def work(number: int) -> None:
        await asyncio.sleep(0.01 if number == 0 else 0)
        done.append(number)

    async with Behind() as saving:
        for number in range(3):
            await saving.begin(partial(work, number))
            assert done == list(range(number))  # the one before is done, this one is not waited for
    assert done == [0, 1, 2]


async def test_a_fault_is_raised_where_the_next_is_begun_and_the_next_is_not():
    begun: list[int] = []

    async def work(number: int) -> None:
        begun.append(number)
        raise OSError(number)

    with pytest.raises(OSError, match="0"):
        async with Behind() as saving:
            for number in range(3):
                await saving.begin(partial(work, number))
                await asyncio.sleep(0)
    assert begun == [0]


async def test_a_fault_of_the_last_is_raised_on_leaving_and_another_fault_cancels_it():
    async def fail() -> None:
        raise OSError("last")

    with pytest.raises(OSError, match="last"):
        async with Behind() as saving:
            await saving.begin(fail)
    ended = asyncio.Event()

    async def long() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    with pytest.raises(ValueError, match="reading"):
        async with Behind() as saving:
            await saving.begin(long)
            await asyncio.sleep(0)
            raise ValueError("reading")
    assert ended.is_set()
