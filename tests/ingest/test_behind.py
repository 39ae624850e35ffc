"""One step behind: in order, one at a time, and no failure unheard."""

import asyncio

import pytest

from services.ingest.behind import Behind


async def test_each_begins_once_the_one_before_is_done_and_leaving_waits_for_the_last():
    done: list[int] = []

    async def work(number: int) -> None:
        await asyncio.sleep(0.001 * (3 - number))
        done.append(number)

    async with Behind() as behind:
        for number in range(3):
            await behind.begin(lambda number=number: work(number))
            assert done == list(range(number))
    assert done == [0, 1, 2]


@pytest.mark.parametrize("heard", ["begin", "settle", "leaving"])
async def test_a_failure_is_raised_to_whoever_comes_next(heard):
    async def fails() -> None:
        raise OSError("gone")

    async def works() -> None: ...

    behind = Behind()
    with pytest.raises(OSError, match="gone"):
        async with behind:
            await behind.begin(fails)
            if heard != "leaving":
                await (behind.begin(works) if heard == "begin" else behind.settle())
    await behind.settle()


async def test_where_leaving_is_a_fault_the_last_is_cut_off():
    cut = asyncio.Event()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()

    with pytest.raises(KeyError):
        async with Behind() as behind:
            await behind.begin(waits)
            await asyncio.sleep(0)
            raise KeyError
    assert cut.is_set()
