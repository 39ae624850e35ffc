"""How far a source can be relied on: its lag, how much of the last hour, day and week is here, what weakens it. Pure.

What was stated of its completeness (services/ingest/truth) holds as of its last reading. What has happened since one
that is due was missed can't be here, whatever its lateness: the shares are lowered by that part of their window.
"""

from datetime import datetime, timedelta

import msgspec

from services.kit.control.rows import SourceRow
from services.kit.control.truth import Share

WINDOWS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
OVERDUE, INCOMPLETE, REJECTING = "overdue", "incomplete", "rejecting"
WEAKNESSES = (OVERDUE, INCOMPLETE, REJECTING)
"""What makes a source that is read degraded: not read when due, a week that is not here, records nobody can read."""
NOT_READ_FOR = timedelta(minutes=30)
INTERVALS = 3
"""A pull is overdue once as many intervals passed unread, and NOT_READ_FOR at least."""
WEEK_HERE = 0.95
"""A week of which surely less is here weakens what is counted of it."""
MOST_REJECTED, FEWEST_RECORDS = 0.05, 20
NOTHING_YET = Share(why="nothing is known of how late its events come")


class Completeness(msgspec.Struct, frozen=True, kw_only=True):
    """The share of each window's events that is here, as of a moment; `lateness` is seconds (p50, p95, p99)."""

    as_of: datetime | None
    hour: Share
    day: Share
    week: Share
    lateness: tuple[float, float, float] | None


NOTHING = Completeness(as_of=None, hour=NOTHING_YET, day=NOTHING_YET, week=NOTHING_YET, lateness=None)


def completeness(row: SourceRow, now: datetime) -> Completeness:
    """What is stated, lowered by what nobody has read since."""
    if row.truth is None:
        return NOTHING
    unread = overdue(row, now) if row.every is not None else timedelta(0)
    shares = {name: _lowered(getattr(row.truth, name), unread / window) for name, window in WINDOWS.items()}
    return Completeness(as_of=row.truth.as_of, lateness=row.truth.lateness, **shares)


def weaknesses(row: SourceRow, now: datetime) -> tuple[str, ...]:
    """What makes it degraded, of WEAKNESSES; nothing of one that is paused, as that is wanted."""
    if row.paused:
        return ()
    late = row.every is not None and overdue(row, now) > max(INTERVALS * row.every, NOT_READ_FOR)
    week = completeness(row, now).week
    found = {OVERDUE: late, INCOMPLETE: week.most is not None and week.most < WEEK_HERE, REJECTING: _rejecting(row)}
    return tuple(name for name in WEAKNESSES if found[name])


def overdue(row: SourceRow, now: datetime) -> timedelta:
    """For how long it has not been read although it should have been: since the last success, less its interval."""
    if row.last_success_at is None:
        return timedelta(0)
    return max(timedelta(0), now - row.last_success_at - (row.every or timedelta(0)))


def lag(row: SourceRow, now: datetime) -> timedelta | None:
    """How old its newest event is; None before the first."""
    return None if row.last_event_at is None else max(timedelta(0), now - row.last_event_at)


def _lowered(share: Share, unread: float) -> Share:
    """The share where this part of the window was not read."""
    if share.share is None or share.least is None or share.most is None or unread <= 0:
        return share
    left = max(0.0, 1 - unread)
    return Share(share=share.share * left, least=share.least * left, most=share.most * left)


def _rejecting(row: SourceRow) -> bool:
    """Whether more than a twentieth of what was read last could not be understood; of one that has no runs, of all."""
    run = row.last_run
    records, rejected = (run.counts.records, run.counts.rejected) if run is not None else (row.records, row.rejected)
    return records >= FEWEST_RECORDS and rejected > MOST_REJECTED * records
