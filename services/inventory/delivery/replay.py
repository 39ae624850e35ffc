"""Sending again: all that an endpoint was told, or would have been told, since a time.

Bodies are made anew from the outbox, in the format and by the filters the endpoint has now. Ids stay: a receiver that
keeps those it has seen takes only what it lacks.
"""

from datetime import datetime

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Alert
from services.inventory.delivery import lineup
from services.inventory.formats import event
from services.kit.access import audit
from services.kit.access.audit import Act
from services.kit.errors import Conflict, NotFound
from services.kit.runtime import Runtime

BATCH = 500
ENDPOINT = text(f"select {lineup.FIELDS} from inventory.webhook where id = :id and removed_at is null for update")
TOLD = text("""
    select id, payload, number from inventory.outbox
    where number > :after and created_at >= :since order by number limit :limit""")
DEAD = text("""
    update inventory.delivery set state = 'waiting', tried_before = attempts, next_at = :now, ended_at = null,
        reason = null, claimed_by = null
    where webhook = :id and state = 'dead' and created_at >= :since""")

_decode = msgspec.json.Decoder(Alert).decode


async def since(runtime: Runtime, endpoint: str, at: datetime, by: str, *, dead_only: bool = False) -> int:
    """Lines up what happened from `at` on and returns how many; `dead_only`: what was given up, as it was written.

    What waits already is counted and left as it is. The endpoint's row is locked first, as an attempt's settling does.
    Raises NotFound, Conflict where the endpoint is switched off.
    """
    now = runtime.clock.now()
    async with runtime.engine.begin() as connection:
        row = (await connection.execute(ENDPOINT, {"id": endpoint})).first()
        if row is None:
            raise NotFound(f"webhook {endpoint}: there is none; `penumbra webhook list` shows all")
        if row.disabled_at is not None:
            raise Conflict(f"webhook {endpoint} is switched off; enable it first")
        if dead_only:
            given = {"id": endpoint, "since": at, "now": now}
            count = (await connection.execute(DEAD, given)).rowcount
        else:
            count = await _again(connection, row, at, now)
        detail = {"since": at.isoformat(), "dead_only": dead_only, "deliveries": count}
        await audit.record(connection, Act(now, by, "webhook.replay", f"webhook:{endpoint}", detail))
    return count


async def _again(connection: AsyncConnection, endpoint: Row[tuple[object, ...]], at: datetime, now: datetime) -> int:
    after, count = 0, 0
    while rows := (await connection.execute(TOLD, {"after": after, "since": at, "limit": BATCH})).all():
        events = [event(_decode(row.payload), str(row.id)) for row in rows]
        count += await lineup.line_up(connection, events, [endpoint], now, lineup.AGAIN)
        after = rows[-1].number
    return count
