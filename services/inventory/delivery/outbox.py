"""From the outbox to the log and to each endpoint's line, one row after the other and in order for each alert.

One relay at a time does this, under an advisory lock: a second one could put a later revision before an earlier one.
Rows are marked in the transaction that makes the deliveries, and only after the log holds them, so a relay that dies
repeats an event on the log under its old id and loses none.
"""

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Alert
from schemas.topics import ALERT
from services.inventory.delivery import message
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
RELAYED = text("update inventory.outbox set relayed_at = :now where id = any(:ids)")
ENDPOINTS = text("select id, types, disabled_at from inventory.webhook where removed_at is null")
LINE_UP = text("""
    insert into inventory.delivery
        (webhook, message, alert, revision, type, body, state, next_at, created_at, ended_at, reason)
    values (:webhook, :message, :alert, :revision, :type, :body, :state, :now, :now, :ended_at, :reason)
    on conflict (webhook, message) do nothing""")

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
        await _line_up(connection, runtime, list(zip(rows, alerts, strict=True)))
        now = runtime.clock.now()
        await connection.execute(RELAYED, {"ids": [row.id for row in rows], "now": now})
        faults.point("relay.marked")
    return len(rows)


def _record(row: Row[tuple[object, ...]], alert: Alert) -> Record:
    headers = message.cloud_event_headers(str(row.id), alert)
    return Record(alert.id.encode(), msgspec.json.encode(alert), headers)


async def _line_up(
    connection: AsyncConnection, runtime: Runtime, events: list[tuple[Row[tuple[object, ...]], Alert]]
) -> None:
    """A delivery of each event for each endpoint; for a switched-off one a dead letter that can be replayed."""
    now = runtime.clock.now()
    endpoints = (await connection.execute(ENDPOINTS)).all()
    given = [
        {
            "webhook": endpoint.id, "message": str(row.id), "alert": alert.id, "revision": alert.revision,
            "type": message.type_of(alert), "body": message.body(alert), "now": now,
            "state": "waiting" if endpoint.disabled_at is None else "dead",
            "ended_at": None if endpoint.disabled_at is None else now,
            "reason": None if endpoint.disabled_at is None else "the endpoint is switched off",
        }
        for row, alert in events
        for endpoint in endpoints
        if not endpoint.types or message.type_of(alert) in endpoint.types
    ]  # fmt: skip
    if given:
        await connection.execute(LINE_UP, given)
