"""A delivery row of each event for each endpoint that wants it, in the endpoint's format."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.inventory.delivery.wanted import Followed, Wanted, told
from services.inventory.formats import OWN, Event, find, formats

FIELDS = "id, format, types, severities, standings, units, tools, disabled_at"
FOLLOWED = text("select webhook, alert from inventory.webhook_followed where alert = any(:alerts)")
FOLLOW = text("""
    insert into inventory.webhook_followed (webhook, alert) values (:webhook, :alert) on conflict do nothing""")
INSERT = """
    insert into inventory.delivery
        (webhook, message, alert, revision, type, body, format, state, next_at, created_at, ended_at, reason)
    values (:webhook, :message, :alert, :revision, :type, :body, :format, :state, :now, :now, :ended_at, :reason)
    on conflict (webhook, message) do """
ONCE = text(INSERT + "nothing")
AGAIN = text(
    INSERT
    + """update set
        body = excluded.body, format = excluded.format, state = excluded.state, next_at = excluded.next_at,
        ended_at = excluded.ended_at, reason = excluded.reason, tried_before = delivery.attempts, claimed_by = null
    where delivery.state <> 'waiting'"""
)
OFF = "the endpoint is switched off"


def wanted_by(row: Row[tuple[object, ...]]) -> Wanted:
    """What the endpoint of a row wants."""
    return Wanted(
        format=row.format, types=tuple(row.types), severities=tuple(row.severities), standings=tuple(row.standings),
        units=tuple(row.units), tools=tuple(row.tools),
    )  # fmt: skip


def content_type(form: str) -> str:
    """What a body of a format is; of one this program doesn't know, JSON."""
    return (find(form) or formats()[OWN]).content_type


async def line_up(
    connection: AsyncConnection, events: Sequence[Event], endpoints: Sequence[Row[tuple[object, ...]]], now: datetime,
    statement: TextClause = ONCE,
) -> int:  # fmt: skip
    """Writes the rows and returns how many; `AGAIN` as the statement lines up again what has ended.

    For a switched-off endpoint, and in a format this program does not know, a dead letter that can be replayed.
    """
    alerts = sorted({event.alert.id for event in events})
    before: Followed = {(row[0], row[1]) for row in await connection.execute(FOLLOWED, {"alerts": alerts})}
    followed = set(before)
    wishes = {str(row.id): wanted_by(row) for row in endpoints}
    off = {str(row.id) for row in endpoints if row.disabled_at is not None}
    given = [
        _delivery(endpoint, event, wishes[endpoint].format, now, off=endpoint in off)
        for endpoint, event in told(wishes, events, followed)
    ]
    if given:
        await connection.execute(statement, given)
    if followed - before:
        pairs = sorted(followed - before)
        await connection.execute(FOLLOW, [{"webhook": webhook, "alert": alert} for webhook, alert in pairs])
    return len(given)


def _delivery(endpoint: str, event: Event, form: str, now: datetime, *, off: bool) -> dict[str, object]:
    known = find(form)
    reason = OFF if off else None if known is not None else f"format {form}: not known here; change the endpoint's"
    return {
        "webhook": endpoint, "message": event.message, "alert": event.alert.id, "revision": event.alert.revision,
        "type": event.type, "body": (known or formats()[OWN]).render(event), "format": form, "now": now,
        "state": "waiting" if reason is None else "dead", "ended_at": None if reason is None else now,
        "reason": reason,
    }  # fmt: skip
