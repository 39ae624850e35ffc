"""What is stated of a source's completeness, lowered by what nobody has read since; what makes a source degraded."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.control.completeness import completeness, lag, overdue, weaknesses
from services.kit.control.rows import SourceRow
from services.kit.control.truth import Share, Truth

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
HERE = Share(share=0.9, least=0.8, most=1.0)
UNKNOWN = Share(why="not read long enough")


def truth(week: Share = HERE) -> Truth:
    return Truth(as_of=NOW, hour=HERE, day=UNKNOWN, week=week, lateness=(60.0, 600.0, 3600.0))


def row(stated: Truth | None, read: float | None = 0.0, every: float | None = 300.0, **more: Any) -> SourceRow:
    given = {
        "truth": stated, "last_success_at": None if read is None else NOW - timedelta(seconds=read), "paused": False,
        "every": None if every is None else timedelta(seconds=every), "last_event_at": NOW - timedelta(seconds=90),
        "last_run": None, "records": 0, "rejected": 0,
    }  # fmt: skip
    return cast("SourceRow", SimpleNamespace(**{**given, **more}))


@pytest.mark.parametrize(
    ("read", "every", "bounds"),
    [
        (0.0, 300.0, (0.8, 1.0)),
        (2100.0, 300.0, (0.4, 0.5)),  # not read for half an hour longer than it should have been
        (90_000.0, 300.0, (0.0, 0.0)),
        (90_000.0, None, (0.8, 1.0)),  # it is sent: nobody is late to read it
    ],
)
def test_what_is_unread_is_not_here(read: float, every: float | None, bounds: tuple[float, float]) -> None:
    hour = completeness(row(truth(), read, every), NOW).hour
    assert (hour.least, hour.most) == pytest.approx(bounds)


def test_nothing_is_said_where_nothing_is_known() -> None:
    nothing = completeness(row(None), NOW)
    assert (nothing.hour.share, nothing.as_of, nothing.lateness) == (None, None, None)
    assert nothing.hour.why
    assert completeness(row(truth(), 90_000.0), NOW).day == UNKNOWN
    assert (overdue(row(None, None), NOW), lag(row(None), NOW)) == (timedelta(0), timedelta(seconds=90))


@given(st.floats(0, 1e6), st.floats(1, 1e5))
def test_the_longer_unread_the_less_is_here(read: float, longer: float) -> None:
    before = completeness(row(truth(), read), NOW).week
    after = completeness(row(truth(), read + longer), NOW).week
    assert 0 <= (after.least or 0) <= (after.share or 0) <= (after.most or 0) <= 1
    assert (after.most or 0) <= (before.most or 0)


LITTLE = truth(Share(share=0.9, least=0.88, most=0.94))


@pytest.mark.parametrize(
    ("given_row", "found"),
    [
        (row(truth()), ()),
        (row(truth(), 2099.0), ()),
        (row(truth(), 2101.0), ("overdue",)),
        (row(truth(), 2101.0, 3600.0), ()),
        (row(LITTLE), ("incomplete",)),
        (row(LITTLE, paused=True), ()),
        (row(truth(), records=100, rejected=5), ()),
        (row(truth(), records=100, rejected=6), ("rejecting",)),
        (row(truth(), records=19, rejected=19), ()),
        (row(LITTLE, 90_000.0, records=20, rejected=20), ("overdue", "incomplete", "rejecting")),
    ],
)
def test_what_degrades_a_source(given_row: SourceRow, found: tuple[str, ...]) -> None:
    assert weaknesses(given_row, NOW) == found
