"""Deciding alerts: the decisions, their effect on the registry and their trace, in one transaction however many.

All at once, because then the answer is the whole truth: what it does not call decided was not touched, and a process
that dies in between leaves nothing half done to be found out. One alert that can't be decided stops no other, since
that is found out before anything is written; where an alert changes in between, all is rolled back and looked at anew.

Locks are taken in the order fence, registry entry, audit head, dirty grains, alert. A judge holds its grains before it
asks for their alerts, so whoever held an alert first and marked grains then would wait for a judge that waits for it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Alert, AlertState
from schemas.registry import Approval, EntryKind, RegistryEntry
from services.inventory import correcting, declaring, grains
from services.inventory.api.desk import Outcome
from services.inventory.api.estate import Decision
from services.inventory.conflicts import Raced, last_of, refusal
from services.inventory.declaring import Held
from services.inventory.domain.grain import parse
from services.inventory.domain.judge import ENDING, Choice
from services.inventory.judging import write
from services.kit.access import audit
from services.kit.access.audit import Act
from services.kit.errors import Misconfigured

LOOK = text("select id, payload from inventory.alert where id = any(:ids)")
HOLD = text("""
    select id, payload, snoozed_until, assignee from inventory.alert where id = any(:ids) order by id for update""")
REMEMBER = text("""
    insert into inventory.decision (
        alert, grain, decision, reason, author, at, until, assignee, before, snoozed_before, assignee_before, entry,
        entry_revision, entry_before, bulk)
    values (
        :alert, :grain, :decision, :reason, :author, :at, :until, :assignee, :before, :snoozed_before,
        :assignee_before, :entry, :entry_revision, cast(:entry_before as jsonb), :bulk)
    returning number""")
ASSIGN = text("update inventory.alert set assignee = :assignee where id = :id")
EFFECT = {
    Choice.REGISTER: Approval.UNDER_REVIEW,
    Choice.APPROVE: Approval.APPROVED,
    Choice.TOLERATE_UNTIL: Approval.TOLERATED,
    Choice.PROHIBIT: Approval.PROHIBITED,
}
"""What a decision declares in the registry."""

_decode = msgspec.json.Decoder(Alert).decode


class Deciding:
    """One decision over some alerts; `first` remembers over repetitions what was decided when they were first seen."""

    def __init__(self, alerts: Mapping[str, int | None], decision: Decision, bulk: str | None = None) -> None:
        self._alerts, self._decision, self._bulk = alerts, decision, bulk
        self._first: dict[str, int | None] = {}

    async def once(self, connection: AsyncConnection, now: datetime) -> list[Outcome]:
        """Decides what can be; raises Raced where an alert changed meanwhile: roll back and call it again."""
        choice = _possible(self._decision, now)
        outcomes, able = await self._look(connection, choice)
        if able:
            outcomes |= await self._decide(connection, able, choice, now)
        return [outcomes[name] for name in self._alerts]

    async def _look(self, connection: AsyncConnection, choice: Choice) -> tuple[dict[str, Outcome], dict[str, Alert]]:
        """What can't be decided with the reason, and the alerts that can."""
        rows = await connection.execute(LOOK, {"ids": sorted(self._alerts)})
        known = {row.id: _decode(row.payload) for row in rows}
        last = await last_of(connection, known)
        outcomes, able = {}, {}
        for name, revision in self._alerts.items():
            if name not in known:
                outcomes[name] = Outcome(alert=name, outcome="not_found", detail=f"there is no alert {name}")
                continue
            alert, latest = known[name], last.get(name)
            number = latest.number if latest is not None else None
            raced = self._first.setdefault(name, number) != number
            against = refusal(alert, choice, latest, revision, raced=raced)
            if against is None:
                able[name] = alert
            else:
                outcomes[name] = against
        return outcomes, able

    async def _decide(
        self, connection: AsyncConnection, able: Mapping[str, Alert], choice: Choice, now: datetime
    ) -> dict[str, Outcome]:
        decision, author = self._decision, self._decision.author
        corrected, moved = await self._correct(connection, now)
        declared = able.values() if choice in EFFECT else ()
        wanted = {_entry_id(alert.id): _entry(alert, choice, decision, now) for alert in declared}
        before, after = await declaring.declare(connection, wanted, author, now)
        for name in sorted(able):
            detail = {"decision": choice.value, "reason": decision.reason}
            await audit.record(connection, Act(now, author, "alert.decide", f"alert:{name}", detail))
        await grains.mark(connection, moved | {alert.grain for alert in able.values()}, now)
        outcomes = {}
        for row in (await connection.execute(HOLD, {"ids": sorted(able)})).all():
            alert, entry = _decode(row.payload), _entry_id(row.id)
            if alert.revision != able[row.id].revision:
                raise Raced
            told = {**_as_it_was(row), **_declared(entry if entry in wanted else None, before, after)}
            number = await self._remember(connection, alert, choice, told, now)
            until = decision.until if choice is Choice.SNOOZE else row.snoozed_until
            await write(connection, [(_decided(alert, choice, decision, now), until)], now)
            await correcting.came_with(connection, corrected, number)
            outcomes[row.id] = Outcome(alert=row.id, outcome="decided", title=alert.title, decision=number)
        return outcomes

    async def _correct(self, connection: AsyncConnection, now: datetime) -> tuple[list[int], set[str]]:
        """What the decision says of labels: the corrections' numbers and the grains they move."""
        said, by = self._decision.correction, self._decision
        if said is None:
            return [], set()
        return await correcting.correct(connection, said, author=by.author, reason=by.reason, now=now)

    async def _remember(
        self, connection: AsyncConnection, alert: Alert, choice: Choice, told: Mapping[str, object], now: datetime
    ) -> int:
        """Writes the decision down and returns its number."""
        decision = self._decision
        given = {
            "alert": alert.id, "grain": alert.grain, "decision": choice.value, "reason": decision.reason,
            "author": decision.author, "at": now, "until": decision.until, "bulk": self._bulk,
            "assignee": decision.assignee if choice is Choice.ASSIGN else None, **told,
        }  # fmt: skip
        number = int((await connection.execute(REMEMBER, given)).scalar_one())
        if choice is Choice.ASSIGN:
            await connection.execute(ASSIGN, {"id": alert.id, "assignee": decision.assignee})
        return number


def _possible(decision: Decision, now: datetime) -> Choice:
    """The choice; raises Misconfigured for a decision that is none, whatever it is about."""
    if decision.decision not in set(Choice):
        offered = ", ".join(choice.value for choice in Choice)
        raise Misconfigured(f"decision: there is no {decision.decision!r}; choose one of {offered}")
    choice = Choice(decision.decision)
    if choice in ENDING and (decision.until is None or decision.until <= now):
        raise Misconfigured(f"until: {choice.value} needs an end in the future")
    if choice is Choice.ASSIGN and not decision.assignee:
        raise Misconfigured("assignee: say who is to look at it")
    if decision.correction is not None and choice is not Choice.FALSE_POSITIVE:
        raise Misconfigured("correction: only a false positive comes with a correction of its labels")
    return choice


def _decided(alert: Alert, choice: Choice, decision: Decision, now: datetime) -> Alert:
    """The alert as the decision leaves it; the judge draws the further consequences."""
    state = {Choice.SNOOZE: AlertState.SNOOZED, Choice.FALSE_POSITIVE: AlertState.CLOSED}.get(choice, alert.state)
    return msgspec.structs.replace(
        alert, state=state, decision=choice.value, reason=decision.reason, revision=alert.revision + 1, changed_at=now
    )


def _as_it_was(row: Row[Any]) -> dict[str, object]:
    return {"before": row.payload, "snoozed_before": row.snoozed_until, "assignee_before": row.assignee}


def _declared(entry: str | None, before: Mapping[str, Held], after: Mapping[str, Held]) -> dict[str, object]:
    """What the decision declared, and what stood there."""
    if entry is None:
        return {"entry": None, "entry_revision": None, "entry_before": None}
    was = before[entry].entry if entry in before else None
    stood = msgspec.json.encode(was).decode() if was is not None else None
    return {"entry": entry, "entry_revision": after[entry].revision, "entry_before": stood}


def _entry_id(alert: str) -> str:
    return f"decided-{alert}"


def _entry(alert: Alert, choice: Choice, decision: Decision, now: datetime) -> RegistryEntry:
    """The entry a decision declares: for the alert's solution, or its tool in its unit."""
    grain = parse(alert.grain)
    solution = grain.kind == "solution"
    units = () if grain.unit is None else (grain.unit,)  # the unknown unit too: it reaches no further than its alert
    return RegistryEntry(
        id=_entry_id(alert.id), name=alert.tool_name or alert.title,
        kind=EntryKind.SOLUTION if solution else EntryKind.TOOL,
        tools=() if solution or alert.tool is None else (alert.tool,),
        solution_ids=(grain.subject,) if solution else (), owner=decision.author, units=units,
        approval=EFFECT[choice], registered_at=now.date(), notes=decision.reason,
        expires_at=decision.until.date() if decision.until and choice is Choice.TOLERATE_UNTIL else None,
        certified_at=now.date() if choice is Choice.APPROVE else None,
    )  # fmt: skip
