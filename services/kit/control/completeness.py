"""How much of the last hour of a source is already here, as bounds from what is known of its lateness. Pure.

Known are the median and the 99th percentile of how late events came, and when the source was last read. The share of
events of age u that have arrived lies between two step functions through these points; their means over the hour bound
the completeness. A source that was not read for a while lacks all that happened since, whatever its lateness.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from services.kit.control.rows import SourceRow

HOUR = timedelta(hours=1)


class Completeness(NamedTuple):
    """Bounds of the share, 0…1."""

    least: float
    most: float


def completeness(row: SourceRow, now: datetime) -> Completeness | None:
    """The bounds for the hour before `now`; None where nothing is known of how late its events come."""
    if row.lateness is None or row.last_success_at is None:
        return None
    median, late = row.lateness
    unread = overdue(row, now).total_seconds()
    middle, end = unread + median, unread + max(late, median)
    least = _mean((middle, 0), (end, 0.5), rest=0.99)
    return Completeness(least, _mean((unread, 0), (middle, 0.5), (end, 0.99), rest=1))


def overdue(row: SourceRow, now: datetime) -> timedelta:
    """For how long it has not been read although it should have been: since the last success, less its interval."""
    if row.last_success_at is None:
        return timedelta(0)
    return max(timedelta(0), now - row.last_success_at - (row.every or timedelta(0)))


def lag(row: SourceRow, now: datetime) -> timedelta | None:
    """How old its newest event is; None before the first."""
    return None if row.last_event_at is None else max(timedelta(0), now - row.last_event_at)


def _mean(*steps: tuple[float, float], rest: float) -> float:
    """The mean over the hour of a function of the age: each step's value until its age in seconds, then `rest`."""
    hour = HOUR.total_seconds()
    total, before = 0.0, 0.0
    for until, value in (*steps, (hour, rest)):
        reached = max(before, min(until, hour))
        total, before = total + value * (reached - before), reached
    return round(total / hour, 4)
