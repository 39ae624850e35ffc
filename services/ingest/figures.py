"""How sources and dead letters stand, as metrics: what boards and alert rules in `deploy/` are made of.

Every ingest process shows the same rows of `control`, so a query takes the largest over processes.
"""

from datetime import datetime, timedelta

from prometheus_client import Gauge

from services.kit import deadletters
from services.kit.control import completeness, sources, words
from services.kit.control.rows import STATES, SourceRow
from services.kit.runtime import Runtime

MEASURE_SECONDS = 15.0
NEWS = timedelta(days=30)
STATE = Gauge("penumbra_source_state", "1 for the state a source is in, 0 for all others.", ["source", "state"])
EVENT = Gauge("penumbra_source_last_event_seconds", "When a source's newest event was, since the epoch.", ["source"])
SUCCESS = Gauge("penumbra_source_last_success_seconds", "When a source was last read, since the epoch.", ["source"])
OVERDUE = Gauge("penumbra_source_overdue_seconds", "For how long a source was not read though it was due.", ["source"])
RECORDS = Gauge(
    "penumbra_source_records", "Records of a source over its life, by what became of them.", ["source", "became"]
)
NEXT = Gauge("penumbra_source_next_run_seconds", "When a source is read next, since the epoch.", ["source"])
LATENESS = Gauge(
    "penumbra_source_lateness_seconds", "Within what time this share of a source's events is seen.",
    ["source", "quantile"],
)  # fmt: skip
HERE = Gauge(
    "penumbra_source_completeness", "Share of a window's events that is here, with its 95 % interval.",
    ["source", "window", "bound"],
)  # fmt: skip
WEAK = Gauge("penumbra_source_weakness", "1 for what degrades a source that is read, 0 else.", ["source", "weakness"])
WORDS = Gauge("penumbra_source_new_words", "Names a source used for the first time in the last 30 days.", ["source"])
WAITING = Gauge("penumbra_dead_letters_waiting", "Records that could not be read and wait, by origin.", ["origin"])


async def measure(runtime: Runtime) -> None:
    """Sets every figure as it stands; what is gone is shown no more."""
    now = runtime.clock.now()
    async with runtime.engine.connect() as connection:
        rows = await sources.list_all(connection, now)
        vocabulary = await words.numbers(connection, now - NEWS)
    waiting = await deadletters.waiting(runtime.engine)
    for gauge in (STATE, EVENT, SUCCESS, NEXT, OVERDUE, RECORDS, LATENESS, HERE, WEAK, WORDS, WAITING):
        gauge.clear()
    for row in rows:
        _told(row, now)
        WORDS.labels(row.id).set(vocabulary.get(row.id, (0, 0))[1])
        for state in STATES:
            STATE.labels(row.id, state).set(row.state == state)
        following = None if row.paused else row.next_run_at
        for gauge, at in ((EVENT, row.last_event_at), (SUCCESS, row.last_success_at), (NEXT, following)):
            if at is not None:
                gauge.labels(row.id).set(at.timestamp())
        late = completeness.overdue(row, now) if row.every is not None and not row.paused else None
        OVERDUE.labels(row.id).set(late.total_seconds() if late is not None else 0)
        for became, count in (("observed", row.observed), ("ignored", row.ignored), ("rejected", row.rejected)):
            RECORDS.labels(row.id, became).set(count)
    for origin, count in waiting.items():
        WAITING.labels(origin).set(count)


def _told(row: SourceRow, now: datetime) -> None:
    """What the truth meter states of a source; what it can't estimate has no figure."""
    found = completeness.completeness(row, now)
    for quantile, seconds in zip(("0.5", "0.95", "0.99"), found.lateness or (), strict=False):
        LATENESS.labels(row.id, quantile).set(seconds)
    for window in completeness.WINDOWS:
        share = getattr(found, window)
        for bound in ("share", "least", "most"):
            if getattr(share, bound) is not None:
                HERE.labels(row.id, window, bound).set(getattr(share, bound))
    weak = completeness.weaknesses(row, now)
    for name in completeness.WEAKNESSES:
        WEAK.labels(row.id, name).set(name in weak)
