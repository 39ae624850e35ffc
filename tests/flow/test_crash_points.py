"""Whatever point of the way everything ends at, what is found after a fresh start is the truth, and told once."""

import asyncio
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from services.kit import faults
from services.simulator.world import World, world
from tests.flow.compared import answered, check_delivered, differences, expected
from tests.flow.way import discovered

SERVICES = Path(faults.__file__).parents[1]
POINTS = sorted(
    {name for file in SERVICES.rglob("*.py") for name in re.findall(r'faults\.point\("([^"]+)"\)', file.read_text())}
)


def recent(now: datetime) -> World:
    """A company of one day and a half: the feed is pulled at its vendor's rate, so longer ones take their time."""
    whole = world(now, people=50, seed=6)
    return msgspec.structs.replace(whole, since=whole.until - timedelta(hours=36))


class Ended(BaseException):
    """The process ends here; no handler of the product's may catch it."""


class Once:
    """Ends the process at one point, the `times`-th time it is passed; `reached` is set then."""

    def __init__(self, name: str, times: int) -> None:
        self.reached = asyncio.Event()
        self._name, self._left = name, times

    def __call__(self, passed: str) -> None:
        if passed == self._name and not self.reached.is_set():
            self._left -= 1
            if self._left <= 0:
                self.reached.set()
                raise Ended(passed)


def test_there_is_a_point_between_every_two_steps():
    assert Counter(name.partition(".")[0] for name in POINTS) == {
        "ingest": 7, "classifier": 2, "inventory": 5, "judge": 3, "relay": 2, "delivery": 3,
    }  # fmt: skip


@pytest.mark.parametrize("point", POINTS)
async def test_ending_there_loses_nothing_and_counts_nothing_twice(house, tmp_path, point):
    company = recent(house.clock.now())
    async with discovered(house, company, tmp_path) as way:
        once = Once(point, 1)
        with faults.armed(once):
            await way.start()
            await asyncio.wait_for(once.reached.wait(), 30)
            await way.cut_off()
        await way.start()
        await way.quiet()
        wrong = differences(await answered(way), expected(way))
        assert not wrong, "\n".join(wrong)
        await check_delivered(way)
        await way.end()
