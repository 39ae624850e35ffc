"""Deciding an alert: the decision, its effect on the registry and its trace, in one transaction.

Locks are taken in the order registry entry, audit head, dirty grains, alert. A judge holds its grains before it asks
for their alerts, so whoever held an alert first and marked grains then would wait for a judge that waits for it.
"""

from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Alert, AlertState
from schemas.registry import Approval, EntryKind, RegistryEntry
from services.inventory import grains, registry
from services.inventory.api.estate import Decision
from services.inventory.domain.grain import parse
from services.inventory.domain.judge import ENDING, Choice, choices
from services.inventory.judging import write
from services.kit.access import audit
from services.kit.access.audit import Act
from services.kit.errors import Conflict, Misconfigured, NotFound

LOOK = text("select payload, snoozed_until from inventory.alert where id = :id")
HOLD = text("select payload, snoozed_until from inventory.alert where id = :id for update")
REMEMBER = text("""
    insert into inventory.decision (alert, grain, decision, reason, author, at, until)
    values (:alert, :grain, :decision, :reason, :author, :at, :until)""")
ASSIGN = text("update inventory.alert set assignee = :assignee where id = :id")
EFFECT = {
    Choice.REGISTER: Approval.UNDER_REVIEW,
    Choice.APPROVE: Approval.APPROVED,
    Choice.TOLERATE_UNTIL: Approval.TOLERATED,
    Choice.PROHIBIT: Approval.PROHIBITED,
}
"""What a decision declares in the registry."""

_decode = msgspec.json.Decoder(Alert).decode


async def decide(connection: AsyncConnection, name: str, decision: Decision, now: datetime) -> Alert:
    """Writes the decision and returns the alert as it then is; the judge draws its further consequences.

    Raises NotFound, Misconfigured for a decision that can't be made, Conflict where the alert is closed or has changed
    since the revision that the decision names.
    """
    seen = (await connection.execute(LOOK, {"id": name})).one_or_none()
    if seen is None:
        raise NotFound(f"there is no alert {name}")
    alert = _decode(seen.payload)
    choice = _allowed(alert, decision, now)
    if choice in EFFECT:
        await registry.put(connection, [_entry(alert, choice, decision, now)], decision.author, now)
    detail = {"decision": choice.value, "reason": decision.reason}
    await audit.record(connection, Act(now, decision.author, "alert.decide", f"alert:{name}", detail))
    await grains.mark(connection, [alert.grain], now)
    held = (await connection.execute(HOLD, {"id": name})).one()
    alert = _decode(held.payload)
    choice = _allowed(alert, decision, now)
    await _remember(connection, alert, choice, decision, now)
    state = {Choice.SNOOZE: AlertState.SNOOZED, Choice.FALSE_POSITIVE: AlertState.CLOSED}.get(choice, alert.state)
    after = msgspec.structs.replace(
        alert, state=state, decision=choice.value, reason=decision.reason, revision=alert.revision + 1, changed_at=now
    )
    await write(connection, after, now, decision.until if choice is Choice.SNOOZE else held.snoozed_until)
    return after


async def _remember(
    connection: AsyncConnection, alert: Alert, choice: Choice, decision: Decision, now: datetime
) -> None:
    given = {
        "alert": alert.id, "grain": alert.grain, "decision": choice.value, "reason": decision.reason,
        "author": decision.author, "at": now, "until": decision.until,
    }  # fmt: skip
    await connection.execute(REMEMBER, given)
    if choice is Choice.ASSIGN:
        await connection.execute(ASSIGN, {"id": alert.id, "assignee": decision.assignee or decision.reason})


def _allowed(alert: Alert, decision: Decision, now: datetime) -> Choice:
    if alert.state is AlertState.CLOSED:
        raise Conflict(f"alert {alert.id} is closed ({alert.decision or alert.standing.value}); nothing was changed")
    if decision.revision not in {None, alert.revision}:
        raise Conflict(f"alert {alert.id} has changed since revision {decision.revision}; look at it again")
    offered = {choice.value: choice for choice in choices(alert.state, alert.standing, alert.kind)}
    if decision.decision not in offered:
        raise Misconfigured(f"decision: {decision.decision!r} is not possible here; choose {', '.join(offered)}")
    choice = offered[decision.decision]
    if choice in ENDING and (decision.until is None or decision.until <= now):
        raise Misconfigured(f"until: {choice.value} needs an end in the future")
    return choice


def _entry(alert: Alert, choice: Choice, decision: Decision, now: datetime) -> RegistryEntry:
    """The entry a decision declares: for the alert's solution, or its tool in its unit."""
    grain = parse(alert.grain)
    solution = grain.kind == "solution"
    units = () if grain.unit is None else (grain.unit,)  # the unknown unit too: it reaches no further than its alert
    return RegistryEntry(
        id=f"decided-{alert.id}", name=alert.tool_name or alert.title,
        kind=EntryKind.SOLUTION if solution else EntryKind.TOOL,
        tools=() if solution or alert.tool is None else (alert.tool,),
        solution_ids=(grain.subject,) if solution else (), owner=decision.author, units=units,
        approval=EFFECT[choice], registered_at=now.date(), notes=decision.reason,
        expires_at=decision.until.date() if decision.until and choice is Choice.TOLERATE_UNTIL else None,
        certified_at=now.date() if choice is Choice.APPROVE else None,
    )  # fmt: skip
