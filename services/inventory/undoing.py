"""Undoing decisions for five minutes: registry entry, labels and alert as they were, unless something changed since.

What the judge made of the decision is no change of its own: an alert it closed opens again under its old id. A later
decision, a registry entry that somebody edited, a later alert about the same thing are: then nothing is undone.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Alert, AlertState
from schemas.registry import RegistryEntry
from services.inventory import correcting, declaring, grains
from services.inventory.api.desk import UNDO, Outcome
from services.inventory.conflicts import Last, Raced, happened, last_of, said
from services.inventory.domain.judge import Choice
from services.inventory.judging import write
from services.kit.access import audit
from services.kit.access.audit import Act

LOOK = text("select id, payload from inventory.alert where id = any(:ids)")
HOLD = text("select id, payload from inventory.alert where id = any(:ids) order by id for update")
OTHERS = text("""
    select grain, id from inventory.alert where grain = any(:grains) and state <> 'closed' and id <> all(:ids)""")
UNDONE = text("""
    select distinct on (alert) alert, number, undone_by, undone_at from inventory.decision
    where alert = any(:ids) and undone_at is not null order by alert, undone_at desc""")
UNDO_ONE = text("""
    update inventory.decision set undone_at = :at, undone_by = :author
    where number = :number and undone_at is null returning number""")
ASSIGN = text("update inventory.alert set assignee = :assignee where id = :id")
QUIET = frozenset({Choice.SNOOZE, Choice.ASSIGN})
"""Decisions that close nothing: an alert that is closed after one of them was closed by something else."""

_decode = msgspec.json.Decoder(Alert).decode
_entry = msgspec.json.Decoder(RegistryEntry).decode


class Undoing:
    """Undoes the last decision of some alerts, by id with the decision's number where it is told."""

    def __init__(self, alerts: Mapping[str, int | None], author: str) -> None:
        self._alerts, self._author = alerts, author

    async def once(self, connection: AsyncConnection, now: datetime) -> list[Outcome]:
        """Undoes what can be; raises Raced where an alert changed meanwhile: roll back and call it again."""
        rows = await connection.execute(LOOK, {"ids": sorted(self._alerts)})
        known = {row.id: _decode(row.payload) for row in rows}
        last = await last_of(connection, known)
        outcomes = await self._against(connection, known, last, now)
        if outcomes and await last_of(connection, known) != last:
            raise Raced  # the refusal was seen later than the decision: its reason would be the wrong one
        able = {name: last[name] for name in sorted(known) if name not in outcomes}
        if able:
            outcomes |= await self._undo(connection, known, able, now)
        return [outcomes[name] for name in self._alerts]

    async def _against(
        self, connection: AsyncConnection, known: Mapping[str, Alert], last: Mapping[str, Last], now: datetime
    ) -> dict[str, Outcome]:
        """What can't be undone, with the reason."""
        undone = {row.alert: row for row in await connection.execute(UNDONE, {"ids": sorted(known)})}
        given = {"grains": sorted(alert.grain for alert in known.values()), "ids": sorted(known)}
        others = {row.grain: row.id for row in await connection.execute(OTHERS, given)}
        entries = await declaring.read(connection, [each.entry for each in last.values() if each.entry is not None])
        outcomes = {}
        for name, number in self._alerts.items():
            alert, latest = known.get(name), last.get(name)
            if alert is None:
                outcomes[name] = Outcome(alert=name, outcome="not_found", detail=f"there is no alert {name}")
                continue
            why = _why_not(alert, latest, number, now)
            if why is None and latest is not None and latest.entry is not None:
                why = _edited(latest, entries.get(latest.entry))
            if why is None and alert.grain in others:
                why = f"a later alert is open about the same: {others[alert.grain]}"
            if latest is None and name in undone:
                why = f"it was undone by {undone[name].undone_by} at {undone[name].undone_at:%H:%M} UTC already"
            if why is not None:
                outcomes[name] = Outcome(
                    alert=name, outcome="conflict", title=alert.title, happened=happened(latest),
                    detail=f"alert {name}: {why}; nothing was undone",
                )  # fmt: skip
        return outcomes

    async def _undo(
        self, connection: AsyncConnection, known: Mapping[str, Alert], able: Mapping[str, Last], now: datetime
    ) -> dict[str, Outcome]:
        moved = await self._restore(connection, able, now)
        for name, each in able.items():
            detail = {"decision": each.decision, "number": each.number}
            await audit.record(connection, Act(now, self._author, "alert.undo", f"alert:{name}", detail))
        await grains.mark(connection, moved | {known[name].grain for name in able}, now)
        held = {row.id: _decode(row.payload) for row in await connection.execute(HOLD, {"ids": list(able)})}
        await self._still(connection, held, able)
        outcomes = {}
        for name, each in able.items():
            given = {"number": each.number, "at": now, "author": self._author}
            if (await connection.execute(UNDO_ONE, given)).one_or_none() is None:
                raise Raced
            await write(connection, [(_as_it_was(held[name], each, now), each.snoozed_before)], now)
            await connection.execute(ASSIGN, {"id": name, "assignee": each.assignee_before})
            outcomes[name] = Outcome(alert=name, outcome="undone", title=held[name].title, decision=each.number)
        return outcomes

    async def _restore(self, connection: AsyncConnection, able: Mapping[str, Last], now: datetime) -> set[str]:
        """Takes back what came with the decisions, labels before registry entries; returns grains to be marked."""
        corrections = await correcting.of_decisions(connection, [each.number for each in able.values()])
        moved = await correcting.take_back(connection, corrections, self._author, now) if corrections else set()
        wanted = {
            each.entry: _entry(each.entry_before) if each.entry_before is not None else None
            for each in able.values() if each.entry is not None
        }  # fmt: skip
        before, _ = await declaring.declare(connection, wanted, self._author, now)
        if any(_edited(each, before.get(each.entry)) for each in able.values() if each.entry is not None):
            raise Raced
        return moved

    async def _still(self, connection: AsyncConnection, held: Mapping[str, Alert], able: Mapping[str, Last]) -> None:
        """Raises Raced where an alert was decided, or another one opened, before the alerts were held."""
        last = await last_of(connection, able)
        given = {"grains": sorted(alert.grain for alert in held.values()), "ids": sorted(held)}
        opened = (await connection.execute(OTHERS, given)).first()
        if opened is not None or any(last[name].number != each.number for name, each in able.items() if name in last):
            raise Raced


def _why_not(alert: Alert, last: Last | None, number: int | None, now: datetime) -> str | None:
    if last is None:
        return "nothing was decided that could be undone"
    if number is not None and last.number != number:
        return f"since then it was {said(last)}"
    if last.before is None or now - last.at > UNDO:
        return f"it was {said(last)}; a decision can be undone for five minutes: decide anew"
    if last.decision in QUIET and alert.state is AlertState.CLOSED:
        return f"it was closed since: {alert.standing.value.replace('_', ' ')}"
    return None


def _edited(last: Last, entry: declaring.Held | None) -> str | None:
    if entry is None or entry.revision == last.entry_revision:
        return None
    return f"registry entry {last.entry} was changed by {entry.changed_by} at {entry.changed_at:%Y-%m-%d %H:%M} UTC"


def _as_it_was(held: Alert, last: Last, now: datetime) -> Alert:
    """The alert before the decision, as its next revision."""
    before = _decode(last.before or "")
    return msgspec.structs.replace(before, revision=held.revision + 1, changed_at=now)
