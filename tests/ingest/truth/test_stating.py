"""What is stated holds as often as it says, on families nothing was chosen on; and nothing is stated too early."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.truth.curve import curves, ledger
from services.ingest.truth.slots import DAY, HOUR, SECONDS, Integers, slot, tabled
from services.ingest.truth.statement import TOO_FEW, TOO_SHORT, share
from services.ingest.truth.stating import stated
from tests.ingest.truth.families import exponential, lognormal, pareto
from tests.ingest.truth.lateness_study import run, summed

START = slot(datetime(2026, 11, 1, tzinfo=UTC))
RUNS, DAYS = 15, 17


def even(slots: int, late: int = 2, count: int = 12, first: int = START) -> Integers:
    """Of each slot half of the events are seen at once, the others `late` slots after; read in every slot."""
    at = np.arange(first, first + slots)
    half = np.full(slots, count // 2)
    return np.concatenate([np.stack([at, at, half], axis=1), np.stack([at, at + late, half], axis=1)])


def test_intervals_hold_about_as_often_as_they_say():
    """A few runs, so that a broken method shows; that it is 95 of 100 is for the study to say, with thousands."""
    chance = np.random.default_rng(5)
    families = (exponential, lognormal, pareto) * RUNS
    found = summed([each for family in families for each in run(family, chance, DAYS)])
    for window in found.values():
        assert window["stated"] == 1
        assert 0.8 <= window["held"] <= 1
    assert found["week"]["width"] < found["day"]["width"] < found["hour"]["width"] < 0.3


def test_the_curve_of_the_young_is_not_flattered_by_what_came_quickly():
    """Of the last slots only the quick half is there yet; that half of all comes late is known from before."""
    table = tabled(even(4 * DAY, late=24), START + 4 * DAY - 1)
    assert table is not None
    book = ledger(table)
    assert curves(book)[-1][1] == pytest.approx(0.5)
    naive = table.counts[-24:, 0].sum() / table.counts[-24:].sum()
    assert naive == 1


def test_what_comes_late_is_missing_from_the_youngest():
    arrivals = even(8 * DAY).T.tolist()
    now = datetime.fromtimestamp((START + 8 * DAY) * SECONDS, tz=UTC)
    found = stated(arrivals, now, None)
    assert found is not None
    assert found.as_of == now
    assert found.hour.share == pytest.approx(1 - 1 / HOUR, abs=1e-6)
    assert found.day.share == pytest.approx(1 - 1 / DAY, abs=1e-6)
    assert found.lateness == (300.0, 900.0, 900.0)


@pytest.mark.parametrize(
    ("slots", "count", "why"), [(2 * DAY, 12, TOO_SHORT), (8 * DAY, 0, TOO_FEW), (HOUR, 12, TOO_SHORT)]
)
def test_too_little_is_not_estimable(slots, count, why):
    last = START + slots - 1
    table = tabled(even(slots, count=count), last)
    assert table is not None
    book = ledger(table)
    assert share(table, book, curves(book), HOUR).why == why


def test_what_was_not_read_for_long_is_history_and_no_lateness():
    """Two days unread: what happened in them comes at once with the next reading."""
    before, after = even(6 * DAY), even(4 * DAY, first=START + 8 * DAY)
    gap = np.arange(START + 6 * DAY + 2, START + 8 * DAY)
    caught_up = np.stack([gap, np.full_like(gap, START + 8 * DAY), np.full_like(gap, 12)], axis=1)
    cells, last = np.concatenate([before, caught_up, after]), START + 12 * DAY - 1
    masked, plain = tabled(cells, last, 24), tabled(cells, last)
    assert masked is not None
    assert plain is not None
    assert ledger(masked).steps == 3
    assert ledger(plain).steps > 20


def test_history_of_the_first_reading_does_not_count_and_nothing_is_nothing():
    week = np.stack([np.arange(START - 7 * DAY, START), np.full(7 * DAY, START), np.full(7 * DAY, 5)], axis=1)
    table = tabled(np.concatenate([week, even(DAY)]), START + DAY - 1)
    assert table is not None
    assert ledger(table).steps == 3
    assert stated([[], [], []], datetime.fromtimestamp(START * SECONDS, tz=UTC), None) is None


SLOTS = st.integers(START, START + 5 * DAY)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(SLOTS, SLOTS, st.integers(0, 500)), max_size=60), st.sampled_from([None, 1, 24]))
def test_whatever_arrived_what_is_stated_are_shares_in_order(cells, unread_after):
    steady = even(4 * DAY).tolist()
    for arrivals in (cells, steady + [list(each) for each in cells]):
        columns = [list(column) for column in zip(*arrivals, strict=True)] or [[], [], []]
        found = stated(columns, datetime.fromtimestamp((START + 5 * DAY) * SECONDS, tz=UTC), unread_after)
        for each in (found.hour, found.day, found.week) if found is not None else ():
            assert (each.share is None) == (each.why is not None)
            assert 0 <= (each.least or 0) <= (each.share or 0) <= (each.most or 0) <= 1


def test_a_pulled_source_is_stated_as_of_its_last_reading():
    arrivals = even(8 * DAY).T.tolist()
    now = datetime.fromtimestamp((START + 9 * DAY) * SECONDS, tz=UTC)
    found = stated(arrivals, now, 24)
    assert found is not None
    assert found.as_of == now - timedelta(days=1) + 2 * timedelta(seconds=SECONDS)
