"""From the outbox to the log and to each endpoint's line, one row after the other and in order for each alert.

One relay at a time does this, under an advisory lock: a second one could put a later revision before an earlier one.
Rows are marked in the transaction that makes the deliveries, and only after the log holds them, so a relay that dies
repeats an event on the log under its old id and loses none.

The same transaction gives each row its number in the feed of changes. The head row it is drawn from stays locked until
the commit, so a number that can be read means that every lower one can: a reader that goes by it skips nothing.
"""

import msgspec
from sqlalchemy import Row, text

from schemas.alert import Alert
from schemas.topics import ALERT
from services.inventory.delivery import lineup, message
from services.inventory.formats import event
from services.kit import faults
from services.kit.eventlog import Record
from services.kit.runtime import Runtime

LOCK = 0x4F555442
BATCH = 500

ALONE = text("select pg_try_advisory_xact_lock(:key)")
# Of one alert, revisions ascend; an alert's earlier revision is always committed before its later one.
UNSENT = text("""
    select id, alert, revision, payload from inventory.outbox
    where relayed_at is null order by alert, revision limit :limit""")
ENDPOINTS = text(f"select {lineup.FIELDS} from inventory.webhook where removed_at is null")
DRAW = text("update inventory.change_head set number = number + :count returning number - :count")
RELAYED = text("""
    update inventory.outbox o set relayed_at = :now, number = :before + n.place
    from unnest(cast(:ids as text[])) with ordinality n (id, place) where o.id = n.id""")

_decode = msgspec.json.Decoder(Alert).decode


async def relay(runtime: Runtime, limit: int = BATCH) -> int:
    """Moves up to `limit` outbox rows on and returns how many; 0 too where another relay is at it."""
    async with runtime.engine.begin() as connection:
        if not (await connection.execute(ALONE, {"key": LOCK})).scalar_one():
            return 0
        rows = (await connection.execute(UNSENT, {"limit": limit})).all()
        if not rows:
            return 0
        alerts = [_decode(row.payload) for row in rows]
        await runtime.log.append(ALERT.name, [_record(row, alert) for row, alert in zip(rows, alerts, strict=True)])
        faults.point("relay.appended")
        now = runtime.clock.now()
        events = [event(alert, str(row.id)) for row, alert in zip(rows, alerts, strict=True)]
        await lineup.line_up(connection, events, (await connection.execute(ENDPOINTS)).all(), now)
        before = (await connection.execute(DRAW, {"count": len(rows)})).scalar_one()
        await connection.execute(RELAYED, {"ids": [row.id for row in rows], "now": now, "before": before})
        faults.point("relay.marked")
    return len(rows)


def _record(row: Row[tuple[object, ...]], alert: Alert) -> Record:
    headers = message.cloud_event_headers(str(row.id), alert)
    return Record(alert.id.encode(), msgspec.json.encode(alert), headers)
