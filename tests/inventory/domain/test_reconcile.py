"""One standing for each grain, in the order DESIGN §2 gives."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import Standing
from schemas.registry import Approval, EntryKind, RegistryEntry
from services.inventory.domain.policy import Policy
from services.inventory.domain.reconcile import WORST_FIRST, Held, Seen, reconcile

TODAY = date(2026, 11, 16)
LATELY = datetime(2026, 11, 15, tzinfo=UTC)
OWNER = "ann@example.com"


def entry(name: str = "R1", **told: object) -> RegistryEntry:
    return RegistryEntry(**{"id": name, "name": name, "tools": ("x.chat",), "owner": OWNER, **told})


def seen(*units: str, **told: object) -> Seen:
    given = {"tool": "x.chat", "units": frozenset(units or ("Sales",)), "people": 1, "last_seen": LATELY}
    return Seen(**{**given, **told})


def held(*entries: RegistryEntry, of: Seen | None = None, today: date = TODAY, **more: object) -> Held:
    return reconcile(of or seen(), entries, today=today, **more)


def standing(*entries: RegistryEntry, **more: object) -> Standing:
    return held(*entries, **more).standing


EXPIRED = {"expires_at": TODAY - timedelta(days=1)}
BREACHES = (
    # what is told of the entry, in the order of precedence, and the standing it alone gives
    ({"approval": Approval.PROHIBITED}, Standing.PROHIBITED),
    (EXPIRED, Standing.EXPIRED),
    ({"units": ("Legal",)}, Standing.OUT_OF_SCOPE),
    ({"owner": None}, Standing.OWNERLESS),
    ({"tier": 1}, Standing.DRIFTED),
)


@pytest.mark.parametrize("first", range(len(BREACHES)))
@pytest.mark.parametrize("also", range(len(BREACHES)))
def test_the_first_that_holds_is_the_standing(first, also):
    told = {**BREACHES[first][0], **BREACHES[also][0]}
    of = seen(people=2)
    assert standing(entry(**told), of=of) is BREACHES[min(first, also)][1]


def test_nothing_wrong_is_registered():
    assert held(entry(tier=2, units=("Sales",)), of=seen(people=5)) == Held(
        standing=Standing.REGISTERED, entry="R1", why="R1: registered"
    )


def test_without_an_entry_it_is_unregistered_or_prohibited_by_policy():
    assert standing() is Standing.UNREGISTERED
    assert standing(entry(tools=("y.chat",))) is Standing.UNREGISTERED
    assert standing(policy=Policy(prohibited_tools=("x.chat",))) is Standing.PROHIBITED


def test_an_entry_of_a_solution_covers_that_solution_only():
    of = Seen(solution="flow:1", units=frozenset({"Sales"}))
    made = entry(kind=EntryKind.SOLUTION, tools=("x.chat",), solution_ids=("flow:1",))
    assert standing(made, of=of) is Standing.REGISTERED
    assert standing(made) is Standing.UNREGISTERED
    assert standing(made, of=Seen(solution="flow:2", units=frozenset({"Sales"}))) is Standing.UNREGISTERED


@pytest.mark.parametrize(
    ("today", "expected"), [(TODAY, Standing.REGISTERED), (TODAY + timedelta(days=1), Standing.EXPIRED)]
)
def test_it_holds_through_the_day_it_expires_on(today, expected):
    assert standing(entry(expires_at=TODAY), today=today) is expected


@pytest.mark.parametrize(
    ("certified", "last"),
    [(date(2025, 11, 16), date(2026, 11, 16)), (date(2024, 2, 29), date(2025, 2, 28)),
     (date(2023, 2, 28), date(2024, 2, 28))],
)  # fmt: skip
def test_a_certificate_holds_a_calendar_year(certified, last):
    assert standing(entry(certified_at=certified), today=last) is Standing.REGISTERED
    assert standing(entry(certified_at=certified), today=last + timedelta(days=1)) is Standing.EXPIRED


def test_data_beyond_its_classes_is_out_of_scope_and_named():
    of = seen(classes=frozenset({"internal", "pii"}))
    answer = held(entry(data_classes=("internal",)), of=of)
    assert (answer.standing, "pii" in answer.why) == (Standing.OUT_OF_SCOPE, True)
    assert standing(entry(data_classes=("internal", "pii")), of=of) is Standing.REGISTERED


def test_an_owner_who_left_is_none():
    assert standing(entry(), owners_left={OWNER}) is Standing.OWNERLESS
    assert standing(entry(owner="  ".strip() or None)) is Standing.OWNERLESS
    assert standing(entry(), owners_left={"ben@example.com"}) is Standing.REGISTERED


@pytest.mark.parametrize(
    ("declared", "people", "classes", "drifted"),
    [(1, 1, {"internal"}, False), (1, 2, set(), True), (2, 2, set(), False), (2, 1, {"confidential"}, True),
     (3, 9, {"regulated", "pii"}, False), (None, 9, {"pii"}, False)],
)  # fmt: skip
def test_drift_is_an_observed_tier_above_the_declared(declared, people, classes, drifted):
    of = seen(people=people, classes=frozenset(classes))
    assert (standing(entry(tier=declared), of=of) is Standing.DRIFTED) is drifted


@pytest.mark.parametrize(
    ("days", "healthy", "expected"),
    [(89, True, Standing.REGISTERED), (90, True, Standing.DORMANT), (90, False, Standing.REGISTERED)],
)
def test_dormant_from_ninety_days_while_its_sources_are_healthy(days, healthy, expected):
    of = seen(last_seen=datetime(2026, 11, 16, 23, 59, tzinfo=UTC) - timedelta(days=days))
    assert standing(entry(), of=of, healthy=healthy) is expected


def test_tolerated_until_its_end_and_only_where_it_is():
    made = entry(approval=Approval.TOLERATED, owner=None, tier=1, expires_at=TODAY, units=("Sales",))
    assert standing(made, of=seen(people=9)) is Standing.TOLERATED
    assert standing(made, today=TODAY + timedelta(days=1)) is Standing.EXPIRED
    assert standing(made, of=seen("Legal")) is Standing.OUT_OF_SCOPE


@pytest.mark.parametrize(
    ("submitted", "today", "expected"),
    [
        (date(2026, 11, 9), date(2026, 11, 13), Standing.UNDER_REVIEW),  # Monday to Friday: 4
        (date(2026, 11, 9), date(2026, 11, 15), Standing.UNDER_REVIEW),  # the weekend adds none
        (date(2026, 11, 9), date(2026, 11, 16), Standing.UNREGISTERED),  # the 5th
        (date(2026, 11, 14), date(2026, 11, 19), Standing.UNDER_REVIEW),  # submitted on a Saturday
        (date(2026, 11, 14), date(2026, 11, 20), Standing.UNREGISTERED),
    ],
)
def test_a_review_mutes_for_less_than_five_business_days(submitted, today, expected):
    assert standing(entry(approval=Approval.UNDER_REVIEW, registered_at=submitted), today=today) is expected


def test_holidays_lengthen_a_review():
    made = entry(approval=Approval.UNDER_REVIEW, registered_at=date(2026, 11, 9))
    assert standing(made, policy=Policy(holidays=(date(2026, 11, 11),))) is Standing.UNDER_REVIEW


def test_a_renewal_beside_an_expired_entry_counts_whatever_their_order():
    old, new = entry("A", **EXPIRED), entry("B")
    assert held(old, new) == held(new, old) == held(new)
    assert standing(entry("Z", owner=None), entry("B", approval=Approval.UNDER_REVIEW)) is Standing.UNDER_REVIEW


def test_an_entry_for_the_unit_comes_before_a_better_one_for_another():
    assert standing(entry("A", units=("Legal",)), entry("B", units=("Sales",), owner=None)) is Standing.OWNERLESS


def test_a_prohibition_outweighs_unless_it_names_other_units():
    ban, allowed = entry("A", approval=Approval.PROHIBITED, units=("Sales",)), entry("B")
    assert standing(ban, allowed) is Standing.PROHIBITED
    assert standing(ban, allowed, of=seen("Legal")) is Standing.REGISTERED
    assert standing(ban, allowed, of=seen("unknown")) is Standing.PROHIBITED
    assert standing(ban, of=seen("Legal")) is Standing.PROHIBITED
    assert standing(ban, allowed, of=seen("Legal", "Sales")) is Standing.PROHIBITED


def test_entries_for_single_units_together_cover_the_whole():
    one, two = entry("A", units=("Sales",)), entry("B", units=("Legal",))
    assert standing(one, two, of=seen("Sales", "Legal")) is Standing.REGISTERED
    assert standing(one, two, of=seen("Sales", "Legal", "HR")) is Standing.OUT_OF_SCOPE


UNITS = ("Sales", "Legal", "unknown")
DAYS = st.none() | st.integers(-500, 500).map(lambda days: TODAY + timedelta(days=days))
ENTRIES = st.lists(
    st.builds(
        RegistryEntry, id=st.sampled_from("ABCDE"), name=st.just("n"), tools=st.just(("x.chat",)),
        approval=st.sampled_from(Approval), owner=st.sampled_from([None, OWNER, "left@example.com"]),
        units=st.sets(st.sampled_from(UNITS)).map(tuple), data_classes=st.sets(st.sampled_from(["pii"])).map(tuple),
        tier=st.none() | st.integers(1, 4), registered_at=DAYS, certified_at=DAYS, expires_at=DAYS,
    ),
    max_size=5, unique_by=lambda made: made.id,
)  # fmt: skip


@given(ENTRIES, st.randoms(), st.sets(st.sampled_from(UNITS), min_size=1), st.sets(st.sampled_from(["pii", "hr"])))
def test_the_order_of_entries_is_nothing_and_the_worst_unit_speaks_for_all(entries, chance, units, classes):
    def of(*some: str) -> Held:
        return held(*entries, of=seen(*some, classes=frozenset(classes)), owners_left={"left@example.com"})

    whole = of(*units)
    chance.shuffle(entries)
    assert of(*units) == whole
    assert whole.standing is min((of(unit).standing for unit in units), key=WORST_FIRST.index)


def test_every_standing_has_its_rank():
    assert set(WORST_FIRST) == set(Standing)
