"""Coverage to the formulas of the standards: who has a duty, what is covered, and what is not assessed at all."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import Standing
from schemas.registry import RegistryEntry
from services.inventory import headcount
from services.inventory.api.coverage import report, sight
from services.inventory.api.views import SourceItem
from services.inventory.coverage import COVERED, CoverageFound, Entries, Used, part, share
from services.inventory.headcount import WINDOW, Headcount, Heads
from tests.inventory.filled import OWNER, USED, fill, judge

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)
SEEN = NOW - timedelta(days=1)
NOTHING = CoverageFound([], {}, [], Headcount({}, NOW), Entries(0, 0, 0, 0, 0, 0, 0))


def used(*, covered: bool = True, people: int = 5, seen: datetime = SEEN) -> Used:
    return Used(covered, people, False, seen)


def test_nothing_in_use_is_not_assessed_and_neither_zero_nor_all():
    found = share([], NOW)
    assert (found.duty, found.share, found.users_share) == (0, None, None)
    page = report(NOTHING, [], NOW)
    assert (page.tools.share, page.people.share, page.entries.unseen_share, page.true_coverage) == (None,) * 4


def test_what_one_person_alone_uses_has_no_duty_but_what_nobody_counted_has():
    found = share([used(people=1, covered=False), used(people=0, covered=False), used(people=3)], NOW)
    assert (found.in_use, found.duty, found.without_duty, found.covered, found.share) == (3, 2, 1, 1, 0.5)


@pytest.mark.parametrize(("age", "counts"), [(WINDOW - timedelta(seconds=1), 1), (WINDOW, 0)])
def test_the_window_is_open_at_its_beginning(age, counts):
    assert share([used(seen=NOW - age)], NOW).duty == counts


def test_users_weigh_what_they_use():
    found = share([used(people=90), used(people=10, covered=False)], NOW)
    assert (found.share, found.users_share) == (0.5, 0.9)


@given(st.lists(st.builds(Used, st.booleans(), st.integers(0, 9), st.booleans(), st.just(SEEN))))
def test_shares_are_shares(all_used):
    found = share(all_used, NOW)
    assert found.covered <= found.duty <= found.in_use == len(all_used)
    assert found.share is None if not found.duty else 0 <= found.share <= 1
    assert found.users_share is None or 0 <= found.users_share <= 1


def test_part():
    assert (part(0, 0), part(0, 3), part(1, 3), part(3, 3)) == (None, 0, 0.3333, 1)


def test_under_review_and_tolerated_are_not_covered():
    assert not {Standing.UNDER_REVIEW, Standing.TOLERATED, Standing.EXPIRED, Standing.UNREGISTERED} & COVERED


EARLIER = NOW - timedelta(hours=5)


@pytest.mark.parametrize(
    ("state", "event", "success", "blind"),
    [
        ("healthy", EARLIER, NOW, None), ("silent", EARLIER, NOW, EARLIER), ("failing", EARLIER, SEEN, SEEN),
        ("no_permission", EARLIER, None, EARLIER), ("paused", None, SEEN, SEEN), ("never_run", None, None, "never"),
        ("empty", None, NOW, "never"), ("failing", None, None, "never"),
    ],
)  # fmt: skip
def test_since_when_a_source_is_blind(state, event, success, blind):
    found = sight(SourceItem(instance="a", connector="b", state=state, last_event_at=event, last_success_at=success))
    assert (found.sees, found.never) == (state == "healthy", blind == "never")
    assert found.blind_since == (None if blind == "never" else blind)


def test_the_earliest_blindness_stands_beside_the_figures_and_leaves_ghosts_unassessed():
    sources = [
        SourceItem(instance="a", connector="squid", state="silent", last_event_at=SEEN),
        SourceItem(instance="b", connector="okta", state="failing", last_success_at=EARLIER),
    ]  # fmt: skip
    page = report(NOTHING._replace(entries=Entries(4, 4, 0, 0, 0, 0, 2)), sources, NOW)
    assert (page.blind, page.blind_since, page.entries.unseen_share) == (2, SEEN, None)
    healthy = [SourceItem(instance="a", connector="squid", state="healthy")]
    assert report(NOTHING._replace(entries=Entries(4, 4, 0, 0, 0, 0, 2)), healthy, NOW).entries.unseen_share == 0.5


def test_each_figure_names_the_sources_that_weaken_it():
    sources = [
        SourceItem(instance="proxy", connector="squid", state="silent", kinds=("web",)),
        SourceItem(instance="flows", connector="power_platform", state="healthy", kinds=("build",)),
        SourceItem(instance="late", connector="okta", state="healthy", kinds=("audit",), weaknesses=("incomplete",)),
        SourceItem(instance="of nobody", connector="gone", state="failing"),
    ]  # fmt: skip
    page = report(NOTHING, sources, NOW)
    assert page.tools.weakened_by == page.people.weakened_by == ("proxy", "late", "of nobody")
    assert page.solutions.weakened_by == ("late", "of nobody"), "a proxy tells no solutions"
    assert [each.weaknesses for each in page.sources] == [(), (), ("incomplete",), ()]


async def test_coverage_over_real_tables_counts_people_once_and_follows_the_registry(runtime):
    estate = await fill(runtime)
    before = report(await estate.coverage(), [], runtime.clock.now())
    people = {(unit, n) for units in USED.values() for unit, size in units.items() for n in range(size)}
    assert before.people.people == len(people)
    assert (before.tools.in_use, before.tools.covered) == (7, 2)  # ownerless ember-code too: its entry is active
    marketing = next(one for one in before.units if one.unit == "Marketing")
    assert (marketing.tools.covered, marketing.people.covered) == (1, 17)  # dapple there; five use what expired too
    await estate.put_entries([RegistryEntry(id="B1", name="B", tools=("example.bellow",), owner=OWNER)], "t")
    after = report(await estate.coverage(), [], runtime.clock.now())
    assert after.tools.covered == 3
    assert after.people.covered > before.people.covered


async def test_a_count_that_took_long_is_kept_and_a_quick_one_is_made_anew(runtime, monkeypatch):
    estate = await fill(runtime)
    await headcount.once(runtime, estate)
    await estate.put_entries([RegistryEntry(id="B1", name="B", tools=("example.bellow",), owner=OWNER)], "t")
    await judge(runtime)
    async with runtime.engine.connect() as connection:
        monkeypatch.setattr(headcount, "QUICK_SECONDS", 60.0)
        exact = await headcount.latest(connection, estate, runtime.clock.now())
        monkeypatch.setattr(headcount, "QUICK_SECONDS", 0.0)
        kept = await headcount.latest(connection, estate, runtime.clock.now())
    assert kept.whole.people == exact.whole.people
    assert kept.whole.covered < exact.whole.covered
    assert await headcount.once(runtime, estate) > 0
    async with runtime.engine.connect() as connection:
        again = await headcount.latest(connection, estate, runtime.clock.now())
    assert again.by_unit == exact.by_unit
    assert Heads(0, 0, 0) == Headcount({}, NOW).whole


def test_a_unit_with_few_people_is_left_out_and_counted():
    heads = Headcount({None: Heads(9, 9, 3), "Sales": Heads(6, 6, 3), "Legal": Heads(3, 3, 0)}, NOW)
    found = NOTHING._replace(units={"Sales": [used()], "Legal": [used()]}, heads=heads)
    told = report(found, [], NOW, smallest=5)
    assert ([each.unit for each in told.units], told.small_units) == (["Sales"], 1)
    assert told.people.people == 9
    assert len(report(found, [], NOW).units) == 2
