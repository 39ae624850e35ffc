"""A simulated company, discovered through the ordinary connectors, is found exactly as it is."""

from datetime import timedelta

import msgspec

from services.simulator.world import world
from tests.flow.compared import answered, check_delivered, differences, expected
from tests.flow.way import discovered


async def test_what_is_found_is_the_truth(house, tmp_path):
    whole = world(house.clock.now(), people=60, seed=5)
    company = msgspec.structs.replace(whole, since=whole.until - timedelta(days=3))
    async with discovered(house, company, tmp_path) as way:
        await way.start()
        await way.quiet()
        found, true = await answered(way), expected(way)
        wrong = differences(found, true)
        assert not wrong, "\n".join(wrong)
        assert all(len(items) > 5 for items in true.values())
        assert await check_delivered(way) >= len(true["alerts"])
        await way.end()
