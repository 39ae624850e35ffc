"""Conflicts: what somebody did to an alert before somebody else could, told as who decided what and when."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.alert import Alert, AlertState
from services.inventory.api.desk import AlreadyHappened, Happened, Outcome
from services.inventory.domain.judge import Choice, choices
from services.kit.errors import Misconfigured, NotFound

LAST = text("""
    select distinct on (alert) alert, number, decision, reason, author, at, assignee, bulk, before, snoozed_before,
        assignee_before, entry, entry_revision, cast(entry_before as text) as entry_before
    from inventory.decision where alert = any(:ids) and undone_at is null order by alert, number desc""")
TRIES = 8
PAUSE_SECONDS = 0.02
DEADLOCK = "40P01"
"""https://www.postgresql.org/docs/current/errcodes-appendix.html"""
SAID = {
    "register": "registered", "approve": "approved", "tolerate_until": "tolerated", "prohibit": "prohibited",
    "false_positive": "called a false positive", "snooze": "snoozed", "assign": "assigned",
}  # fmt: skip
T = TypeVar("T")
_decode = msgspec.json.Decoder(Alert).decode


class Raced(Exception):
    """An alert changed between looking at it and holding it."""


class Last(NamedTuple):
    """The last decision of an alert that stands, with the alert (its JSON) and the registry entry before it."""

    alert: str
    number: int
    decision: str
    reason: str
    author: str
    at: datetime
    assignee: str | None
    bulk: str | None
    before: str | None
    snoozed_before: datetime | None
    assignee_before: str | None
    entry: str | None
    entry_revision: int | None
    entry_before: str | None


async def last_of(connection: AsyncConnection, alerts: Collection[str]) -> dict[str, Last]:
    """The last decision that stands of each alert that has one."""
    rows = await connection.execute(LAST, {"ids": sorted(alerts)})
    return {row.alert: Last(*row) for row in rows}


async def settled(engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """The work's result, in a transaction of its own; begun anew where an alert changed under it.

    Raises AlreadyHappened where that goes on and on.
    """
    for attempt in range(TRIES):
        try:
            async with engine.begin() as connection:
                return await work(connection)
        except Raced:
            pass
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != DEADLOCK:
                raise
        await asyncio.sleep(PAUSE_SECONDS * attempt)
    raise AlreadyHappened("the alert changes all the time; try again in a minute")


def refusal(alert: Alert, choice: Choice, last: Last | None, revision: int | None, *, raced: bool) -> Outcome | None:
    """Why an alert can't be decided now, None where it can. `revision` is the one it was decided on, where told.

    `raced` says that it was decided since it was first looked at.
    """
    if alert.state is AlertState.CLOSED:
        why = said(last) if last is not None else f"closed: {alert.standing.value.replace('_', ' ')}"
        return _conflict(alert, f"it is {why}", last)
    if raced and last is not None:
        return _conflict(alert, f"it was {said(last)} just now", last)
    if revision not in {None, alert.revision}:
        since = _since(alert, last, revision)
        why = f"it was {said(last)}" if last is not None and since else "its evidence has changed"
        return _conflict(alert, f"{why} since you looked (revision {alert.revision})", last if since else None)
    offered = choices(alert.state, alert.standing, alert.kind)
    if choice not in offered:
        names = ", ".join(offered)
        detail = f"decision: {choice.value!r} is not possible here; choose {names}"
        return Outcome(alert=alert.id, outcome="refused", title=alert.title, detail=detail)
    return None


def _since(alert: Alert, last: Last | None, revision: int | None) -> bool:
    """Whether the last decision came after the revision somebody looked at; the judge may have come after it again."""
    if last is None:
        return False
    stood = _decode(last.before).revision if last.before is not None else 0
    return last.at >= alert.changed_at or (revision is not None and revision <= stood)


def said(last: Last) -> str:
    """`approved by ines at 12:03 UTC: because …`."""
    done = SAID.get(last.decision, last.decision)
    to = f" to {last.assignee}" if last.assignee else ""
    return f"{done}{to} by {last.author} at {last.at:%Y-%m-%d %H:%M} UTC: {last.reason}"


def happened(last: Last | None) -> Happened | None:
    """A decision as what somebody else did first."""
    if last is None:
        return None
    return Happened(decision=last.decision, author=last.author, at=last.at, reason=last.reason)


def _conflict(alert: Alert, why: str, last: Last | None) -> Outcome:
    detail = f"alert {alert.id}: {why}; nothing was changed"
    return Outcome(alert=alert.id, outcome="conflict", title=alert.title, detail=detail, happened=happened(last))


def heed(outcome: Outcome) -> Outcome:
    """The outcome where it is done; raises NotFound, Misconfigured or AlreadyHappened where it isn't."""
    if outcome.outcome == "not_found":
        raise NotFound(outcome.detail)
    if outcome.outcome == "refused":
        raise Misconfigured(outcome.detail)
    if outcome.outcome == "conflict":
        raise AlreadyHappened(outcome.detail, outcome.happened)
    return outcome
