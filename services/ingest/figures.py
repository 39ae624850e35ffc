"""How sources and dead letters stand, as metrics: what boards and alert rules in `deploy/` are made of.

Every ingest process shows the same rows of `control`, so a query takes the largest over processes.
"""

from prometheus_client import Gauge

from services.kit import deadletters
from services.kit.control import completeness, sources
from services.kit.control.rows import STATES
from services.kit.runtime import Runtime

MEASURE_SECONDS = 15.0
STATE = Gauge("penumbra_source_state", "1 for the state a source is in, 0 for all others.", ["source", "state"])
EVENT = Gauge("penumbra_source_last_event_seconds", "When a source's newest event was, since the epoch.", ["source"])
SUCCESS = Gauge("penumbra_source_last_success_seconds", "When a source was last read, since the epoch.", ["source"])
OVERDUE = Gauge("penumbra_source_overdue_seconds", "For how long a source was not read though it was due.", ["source"])
RECORDS = Gauge(
    "penumbra_source_records", "Records of a source over its life, by what became of them.", ["source", "became"]
)
WAITING = Gauge("penumbra_dead_letters_waiting", "Records that could not be read and wait, by origin.", ["origin"])


async def measure(runtime: Runtime) -> None:
    """Sets every figure as it stands; what is gone is shown no more."""
    now = runtime.clock.now()
    async with runtime.engine.connect() as connection:
        rows = await sources.list_all(connection, now)
    waiting = await deadletters.waiting(runtime.engine)
    for gauge in (STATE, EVENT, SUCCESS, OVERDUE, RECORDS, WAITING):
        gauge.clear()
    for row in rows:
        for state in STATES:
            STATE.labels(row.id, state).set(row.state == state)
        for gauge, at in ((EVENT, row.last_event_at), (SUCCESS, row.last_success_at)):
            if at is not None:
                gauge.labels(row.id).set(at.timestamp())
        late = completeness.overdue(row, now) if row.every is not None and not row.paused else None
        OVERDUE.labels(row.id).set(late.total_seconds() if late is not None else 0)
        for became, count in (("observed", row.observed), ("ignored", row.ignored), ("rejected", row.rejected)):
            RECORDS.labels(row.id, became).set(count)
    for origin, count in waiting.items():
        WAITING.labels(origin).set(count)
