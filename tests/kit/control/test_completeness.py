"""The share of the last hour that is here, bounded by what is known of a source's lateness."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.control.completeness import completeness, lag, overdue
from services.kit.control.rows import SourceRow

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


def row(lateness: tuple[float, float] | None, read: float | None = 0.0, every: float | None = 300.0) -> SourceRow:
    return cast("SourceRow", SimpleNamespace(
        lateness=lateness, last_success_at=None if read is None else NOW - timedelta(seconds=read),
        every=None if every is None else timedelta(seconds=every), last_event_at=NOW - timedelta(seconds=90),
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("lateness", "read", "bounds"),
    [
        ((0.0, 0.0), 0.0, (0.99, 1.0)),
        ((60.0, 300.0), 0.0, (0.9408, 0.9910)),
        ((3600.0, 7200.0), 0.0, (0.0, 0.5)),
        ((0.0, 0.0), 2100.0, (0.495, 0.5)),  # not read for half an hour longer than it should have been
        ((60.0, 300.0), 90_000.0, (0.0, 0.0)),
    ],
)
def test_bounds(lateness: tuple[float, float], read: float, bounds: tuple[float, float]) -> None:
    assert completeness(row(lateness, read), NOW) == pytest.approx(bounds, abs=1e-3)


def test_nothing_is_said_where_nothing_is_known() -> None:
    assert completeness(row(None), NOW) is None
    assert completeness(row((1.0, 2.0), None), NOW) is None
    assert (overdue(row(None, None), NOW), lag(row(None), NOW)) == (timedelta(0), timedelta(seconds=90))


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(1, 1e5))
def test_bounds_hold_together_and_lateness_only_lowers_them(
    median: float, more: float, read: float, later: float
) -> None:
    found = completeness(row((median, median + more), read), NOW)
    worse = completeness(row((median + later, median + more + later), read), NOW)
    assert found is not None
    assert worse is not None
    assert 0 <= found.least <= found.most <= 1
    assert worse.least <= found.least
    assert worse.most <= found.most
