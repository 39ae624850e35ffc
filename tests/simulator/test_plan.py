"""Determinism, what every company holds whatever its size, and the clock's edge."""

import resource
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.errors import Misconfigured
from services.simulator import events, people, tools
from services.simulator.plan import plan
from services.simulator.registry import registry
from services.simulator.truth import truth
from services.simulator.world import World, ms, save, saved, world

NOW = datetime(2026, 11, 18, 8, 30, tzinfo=UTC)


def of(size: int, seed: int = 1) -> World:
    return world(NOW, people=size, seed=seed)


def test_the_same_seed_is_the_same_company_and_another_is_not():
    first, again = truth(of(50)), truth(world(NOW + timedelta(minutes=20), people=50))
    assert first == again
    assert truth(of(50, seed=2))["tools"] != first["tools"]


def test_the_plan_is_in_order_inside_the_period_and_numbers_are_unique():
    made = of(300)
    planned = list(plan(made))
    assert all(a.at <= b.at for a, b in pairwise(planned))
    assert ms(made.since) <= planned[0].at
    assert planned[-1].at < ms(made.until)
    assert len({event.serial for event in planned}) == len(planned)


@pytest.mark.parametrize("size", [50, 300, 5000])
def test_every_company_has_one_of_each_thing_discovery_must_tell_apart(size):
    told = truth(of(size))
    standings = Counter(tool["standing"] for tool in told["tools"])
    assert set(standings) == {
        "unregistered",
        "prohibited",
        "expired",
        "out_of_scope",
        "ownerless",
        "drifted",
        "registered",
        "tolerated",
        "under_review",
    }
    assert {solution["standing"] for solution in told["solutions"]} >= {
        "unregistered",
        "prohibited",
        "expired",
        "ownerless",
        "registered",
        "under_review",
    }
    assert told["dormant"] == ["AI-010", "AI-037"]
    assert [found["host"] for found in told["missed"]] == sorted(tools.MISSED)
    assert [found["host"] for found in told["lookalikes"]] == sorted(tools.LOOKALIKES)
    assert [found["host"] for found in told["related"]] == sorted(tools.RELATED)
    assert told["malformed"] >= 6
    chatgpt = next(tool for tool in told["tools"] if tool["tool"] == "openai.chatgpt")
    assert chatgpt["units"]["unknown"] == sum(told["unresolved"].values())
    assert set(chatgpt["events"]) >= {"squid", "m365_management"}
    assert {"pci", "regulated"} <= {name for tool in told["tools"] for name in tool["data_classes"]}


def test_people_join_move_and_leave_within_the_period():
    made = of(50)
    first, last = made.since.date(), made.until.date()
    staff = people.staff(made)
    assert len({p.login for p in staff}) == len({p.ip for p in staff}) == 50
    assert sum(first < p.joined_on <= last for p in staff) >= 2
    assert sum(p.moved_on is not None and p.unit_before != p.unit for p in staff) >= 2
    assert sum(p.left_on is not None and first < p.left_on < last for p in staff) >= 2
    gone = {p.number: p.left_on for p in staff if p.left_on}
    late = {p.number: p.joined_on for p in staff if p.joined_on > first}
    for event in plan(made):
        day = datetime.fromtimestamp(event.at / 1000 + 8 * 3600, UTC).date()
        assert event.who not in gone or day <= gone[event.who]
        assert event.who not in late or day >= late[event.who]


def test_identical_requests_are_planned_as_two_events():
    alike = Counter(event._replace(serial=0) for event in plan(of(50)) if event.what == events.VISIT)
    assert sum(1 for number in alike.values() if number == 2) >= 2


def test_an_owner_who_left_is_in_the_directory_as_inactive(tmp_path):
    made = of(50)
    otter = next(entry for entry in registry(made) if "otter.ai" in entry.tools)
    with (tmp_path / "directory.csv").open("w") as file:
        assert people.write_directory(made, file) == 50
    row = next(line for line in (tmp_path / "directory.csv").read_text().splitlines() if str(otter.owner) in line)
    assert ",false," in row


@settings(max_examples=25, deadline=None)
@given(hours=st.integers(1, 60), minute=st.integers(0, 59), seed=st.integers(0, 9))
def test_any_period_keeps_its_bounds_and_counts_add_up(hours, minute, seed):
    since = datetime(2026, 11, 16, 3, minute, tzinfo=UTC)
    made = world(NOW, people=50, seed=seed, since=since, until=since + timedelta(hours=hours))
    planned = list(plan(made))
    assert all(ms(made.since) <= event.at < ms(made.until) for event in planned)
    told = truth(made)
    used = sum(count for tool in told["tools"] for count in tool["events"].values())
    assert used == sum(source["uses"] for source in told["sources"].values())
    assert used == sum(event.nature == events.USE for event in planned)
    assert sum(source["readable"] for source in told["sources"].values()) == len(planned)


def test_every_wrong_setting_is_named_at_once():
    with pytest.raises(Misconfigured) as caught:
        world(NOW, people=49, since=NOW, until=NOW - timedelta(days=1), lateness=2)
    assert len(caught.value.faults) == 3


def test_a_kept_company_is_read_back_and_a_broken_file_is_no_stack_trace(tmp_path):
    place = tmp_path / "sub" / "world.json"
    assert saved(place) is None
    save(of(50), place)
    assert saved(place) == of(50)
    place.write_text("{")
    with pytest.raises(Misconfigured, match="remove it"):
        saved(place)


def test_fifty_thousand_people_are_planned_hour_by_hour():
    made = world(NOW, people=50_000, since=NOW - timedelta(hours=6), until=NOW - timedelta(hours=3))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    counted = sum(1 for _ in plan(made))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert counted > 100_000
    assert grown < 250
