"""Whatever point of the way everything ends at, what is found after a fresh start is the truth, and told once."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from services.kit import faults
from services.simulator.world import World, world
from tests.flow.compared import answered, check_delivered, differences, expected
from tests.flow.way import discovered

# What is cut off leaves its connections and tasks unclosed, as a killed process does.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
SERVICES = Path(faults.__file__).parents[1]
WAY = {
    "ingest": ("read", "lines_published", "slice_published", "position_saved", "fetched", "published", "cursor_saved"),
    "classifier": ("decided", "appended"),
    "inventory": ("people_written", "position_moved", "ids_written", "cells_written", "committed"),
    "judge": ("taken", "written", "committed"),
    "relay": ("appended", "marked"),
    "delivery": ("claimed", "sent", "settled"),
}
"""Every step's fault points. What is soon done comes first: files, then feeds; people, then usage."""


def recent(now: datetime) -> World:
    """A company of one day and a half: the feed is pulled at its vendor's rate, so longer ones take their time."""
    whole = world(now, people=50, seed=6)
    return msgspec.structs.replace(whole, since=whole.until - timedelta(hours=36))


def test_every_point_is_on_the_way():
    made = [
        name for file in SERVICES.rglob("*.py") for name in re.findall(r'faults\.point\("([^"]+)"\)', file.read_text())
    ]
    assert sorted(made) == sorted(f"{step}.{point}" for step, points in WAY.items() for point in points)


@pytest.mark.parametrize(
    "steps", [("ingest",), ("inventory", "classifier"), ("judge", "relay", "delivery")], ids="+".join
)
async def test_ending_at_each_point_loses_nothing_and_counts_nothing_twice(house, tmp_path, steps):
    """One company each: ended at one point after the other, each time as soon as it is passed, then left in peace."""
    async with discovered(house, recent(house.clock.now()), tmp_path) as way:
        for point in [f"{step}.{point}" for step in steps for point in WAY[step]]:
            await way.end_at(point)
        await way.start()
        await way.quiet()
        wrong = differences(await answered(way), expected(way))
        assert not wrong, "\n".join(wrong)
        await check_delivered(way)
        await way.end()
