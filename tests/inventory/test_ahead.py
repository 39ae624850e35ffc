"""Reading ahead: what is asked for is given whatever is left out, asked again or expected late."""

import asyncio

import pytest

from services.inventory.ahead import Ahead
from services.kit.eventlog import Batch

TURNS = 5


class Reader:
    """Notes which batches it was given and which of those it came to an end with."""

    def __init__(self) -> None:
        self.begun: list[int] = []

    async def __call__(self, batch: Batch) -> int:
        self.begun.append(batch.start)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        return batch.start


@pytest.fixture
def reader() -> Reader:
    return Reader()


def batches(*starts: int) -> list[Batch]:
    return [Batch("t", 0, start, start + 1, ()) for start in starts]


async def settle() -> None:
    for _ in range(2 * TURNS):
        await asyncio.sleep(0)


async def test_the_first_is_begun_when_expected_and_each_further_when_the_one_before_is_asked_for(reader):
    ahead, (one, two) = Ahead(reader), batches(1, 2)
    ahead.expect([one, two])
    await settle()
    assert reader.begun == [1]
    assert await ahead.get(one) == 1
    await settle()
    assert reader.begun == [1, 2]
    assert await ahead.get(two) == 2
    assert reader.begun == [1, 2]


async def test_what_is_expected_while_the_last_is_saved_is_begun_at_once(reader):
    ahead, (one, two) = Ahead(reader), batches(1, 2)
    ahead.expect([one])
    await ahead.get(one)
    ahead.expect([two])
    await settle()
    assert reader.begun == [1, 2]


async def test_what_is_expected_while_the_last_is_read_is_begun_behind_it(reader):
    ahead, (one, two) = Ahead(reader), batches(1, 2)
    ahead.expect([one])
    asked = asyncio.create_task(ahead.get(one))
    await asyncio.sleep(0)
    ahead.expect([two])
    assert await asked == 1
    await settle()
    assert reader.begun == [1, 2]


async def test_batches_left_out_are_passed_over(reader):
    ahead, given = Ahead(reader), batches(1, 2, 3, 4)
    ahead.expect(given)
    assert await ahead.get(given[0]) == 1
    assert await ahead.get(given[3]) == 4
    await settle()
    assert 3 not in reader.begun


async def test_one_asked_for_again_is_read_again_and_the_rest_still_follows(reader):
    ahead, (one, two) = Ahead(reader), batches(1, 2)
    ahead.expect([one, two])
    assert [await ahead.get(one), await ahead.get(one), await ahead.get(two)] == [1, 1, 2]


async def test_one_nobody_expected_is_read(reader):
    (one,) = batches(1)
    assert await Ahead(reader).get(one) == 1
