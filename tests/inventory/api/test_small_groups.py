"""Who may not see what single people use is not told of units with few people, on any way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.api import small_groups
from services.kit.access import Caller

SMALL = "Legal"


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(0, 20)), st.integers(1, 9))
def test_every_unit_is_told_or_counted_as_left_out(units, smallest):
    kept, left_out = small_groups.told(units, smallest)
    assert len(kept) + left_out == len(units)
    assert all(units[name] == people >= smallest for name, people in kept.items())


@pytest.mark.parametrize("path", ["/api/v1/tools", "/tools.json", "/tools", "/tools.csv", "/tools/example.aria"])
async def test_a_small_unit_is_named_to_an_analyst_only(viewer, operator, path):
    assert SMALL in (await operator.get(path)).text
    told = (await viewer.get(path)).text
    assert SMALL not in told
    assert "small_units" in told or "too few people" in told


def test_the_privilege_is_to_see_what_one_person_uses():
    policy = small_groups.Policy(smallest_group=7)

    def caller(*permissions):
        return Caller("noor", "session", frozenset(permissions), "x")

    assert small_groups.smallest_for(caller("tools:read"), policy) == 7
    assert small_groups.smallest_for(caller("tools:read", "people:read"), policy) == 1
