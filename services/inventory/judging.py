"""The judge: takes dirty grains, holds each against the registry, and writes alert and outbox row in one transaction.

Any number may run: a grain is taken by deleting its mark, which others skip, and a mark made meanwhile waits for the
end of the transaction and stands again. Clocks mark grains too.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Alert, AlertState, Standing
from schemas.observation import ClassLabel
from services.inventory import grains, registry, summaries
from services.inventory.domain.grain import Grain, parse
from services.inventory.domain.judge import CLOSING, Act, Open, judge, severity
from services.inventory.domain.reconcile import Held, Seen, reconcile
from services.inventory.titles import nameless, source_title, title
from services.kit import faults
from services.kit.runtime import Runtime, Stop
from services.labelling.products import Tool, tool

TAKE = text("""
    delete from inventory.dirty_grain where grain in (
        select grain from inventory.dirty_grain order by since, grain limit :limit for update skip locked)
    returning grain""")
OPEN = text("""
    select id, grain, state, revision, opened_at, snoozed_until, payload from inventory.alert
    where grain = any(:grains) and state <> 'closed' for update""")
FORMER = text("select grain, count(*) as times from inventory.alert where grain = any(:grains) group by grain")
DISMISSED = text("""
    select distinct on (grain) grain, decision, at from inventory.decision where grain = any(:grains)
    order by grain, number desc""")
WRITE = text("""
    insert into inventory.alert (id, grain, state, revision, opened_at, changed_at, snoozed_until, payload)
    values (:id, :grain, :state, :revision, :opened_at, :changed_at, :snoozed_until, :payload)
    on conflict (id) do update set state = excluded.state, revision = excluded.revision,
        changed_at = excluded.changed_at, snoozed_until = excluded.snoozed_until, payload = excluded.payload""")
SEND = text("""
    insert into inventory.outbox (id, alert, revision, payload, created_at)
    values (:id, :alert, :revision, :payload, :now)""")
SOURCES = text("select instance, source, state, last_event_at from inventory.source_type where instance = any(:some)")
WOKEN = text("select grain from inventory.alert where state = 'snoozed' and snoozed_until <= :now")
BROKEN = frozenset({"silent", "failing", "no_permission", "not_licensed", "not_enabled"})
BATCH = 200
IDLE_SECONDS = 0.1
CLOCK_SECONDS = 30.0
Reconciled = Callable[[Seen], Held]
Labels = Mapping[str, ClassLabel]

_decode = msgspec.json.Decoder(Alert).decode


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What a grain comes to: nothing to tell where `standing` is None; else all that its alert shows."""

    standing: Standing | None = None
    shown: Mapping[str, object] = {}
    last_seen: datetime | None = None


class Judge:
    """One judge; `tools` names the catalog's products."""

    def __init__(self, runtime: Runtime, tools: Mapping[str, Tool]) -> None:
        self._runtime = runtime
        self._tools = tools

    async def run(self, stop: Stop) -> None:
        """Judges until stopped."""
        while not stop.is_set():
            if not await self.once():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), IDLE_SECONDS)

    async def clocks(self, stop: Stop) -> None:
        """Marks what time alone changes: each new day all grains, every half minute snoozes that end."""
        day = None
        while not stop.is_set():
            now = self._runtime.clock.now()
            async with self._runtime.engine.begin() as connection:
                await grains.mark(connection, (await connection.execute(WOKEN, {"now": now})).scalars(), now)
                if now.date() != day:
                    await grains.mark_all(connection, now)
            day = now.date()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), CLOCK_SECONDS)

    async def once(self, limit: int = BATCH) -> int:
        """Judges up to `limit` dirty grains and returns how many."""
        async with self._runtime.engine.begin() as connection:
            taken = sorted((await connection.execute(TAKE, {"limit": limit})).scalars())
            if taken:
                faults.point("judge.taken")
                await self._judge(connection, taken)
                faults.point("judge.written")
        if taken:
            faults.point("judge.committed")
        return len(taken)

    async def _judge(self, connection: AsyncConnection, taken: Sequence[str]) -> None:
        now = self._runtime.clock.now()
        judged = await self._look(connection, [parse(each) for each in taken], now)
        given = {"grains": taken}
        opened = {row.grain: row for row in (await connection.execute(OPEN, given)).all()}
        former = {row.grain: row.times for row in (await connection.execute(FORMER, given)).all()}
        decided = (await connection.execute(DISMISSED, given)).all()
        dismissed = {row.grain: row.at for row in decided if row.decision in CLOSING}
        for grain in taken:
            row = opened.get(grain)
            before = _decode(row.payload) if row is not None else None
            found = judged.get(grain, Judged())
            after = _next(grain, found, before, row, dismissed.get(grain), former.get(grain, 0), now)
            if after is not None:
                await write(connection, after, now, row.snoozed_until if row is not None else None)

    async def _look(self, connection: AsyncConnection, taken: Sequence[Grain], now: datetime) -> dict[str, Judged]:
        """What each grain comes to, by its text; those with nothing to tell are left out."""
        known = await registry.entries(connection)
        owners = {entry.owner for entry in known if entry.owner}
        left = await registry.owners_left(connection, owners, self._runtime.keys, now)

        def held(seen: Seen) -> Held:
            return reconcile(seen, known, today=now.date(), owners_left=left)

        subjects: dict[str, list[str]] = {"tool": [], "solution": [], "source": []}
        for grain in taken:
            subjects[grain.kind].append(grain.subject)
        told = await self._tools_told(connection, subjects["tool"])
        named = await summaries.class_evidence(connection, {*subjects["tool"], *subjects["solution"]})
        found = {}
        for grain in taken:
            if grain.kind == "tool" and (summary := told[0].get(grain.subject, {}).get(grain.unit)):
                labels = named.get(grain.subject, {})
                found[str(grain)] = self._of_tool(summary, held, told[1].get(grain.subject, ()), labels)
        for solution in (await summaries.of_solutions(connection, subjects["solution"])).values():
            found[f"solution:{solution.id}"] = _of_solution(solution, held, named.get(solution.id, {}))
        for row in (await connection.execute(SOURCES, {"some": subjects["source"]})).all():
            if row.state in BROKEN:
                shown = {"kind": "source", "title": source_title(row.instance, row.state), "severity": "high"}
                found[f"source:{row.instance}"] = Judged(standing=Standing.UNREGISTERED, shown=shown)
        return found

    async def _tools_told(
        self, connection: AsyncConnection, tools: Sequence[str]
    ) -> tuple[Mapping[str, Mapping[str | None, summaries.Summary]], Mapping[str, tuple[str, ...]]]:
        if not tools:
            return {}, {}
        return await summaries.of_tools(connection, set(tools)), await summaries.bases(connection, set(tools))

    def _of_tool(self, summary: summaries.Summary, held: Reconciled, basis: tuple[str, ...], labels: Labels) -> Judged:
        classes = frozenset(summary.classes)
        seen = Seen(
            tool=summary.tool, units=frozenset({summary.unit or "unknown"}), classes=classes,
            people=summary.people, last_seen=summary.last_seen,
        )  # fmt: skip
        answer = held(seen)
        named = tool(self._tools, summary.tool)
        shown = {
            "kind": "tool", "tool": summary.tool, "tool_name": named.name, "vendor": named.vendor,
            "unit": summary.unit, "people": summary.people, "events": summary.events, "bytes_out": summary.bytes_out,
            "first_seen": summary.first_seen, "last_seen": summary.last_seen,
        "classes": tuple(labels[name] for name in summary.classes if name in labels),
            "severity": severity(answer.standing, classes, summary.people), "basis": (*basis, answer.why),
            "title": title(named.name, answer.standing, summary.unit),
        }  # fmt: skip
        return Judged(standing=answer.standing, shown=shown, last_seen=summary.last_seen)


def _of_solution(summary: summaries.SolutionSummary, held: Reconciled, labels: Labels) -> Judged:
    if summary.deleted:
        return Judged()
    classes = frozenset(summary.classes)
    seen = Seen(
        solution=summary.id, units=frozenset({summary.unit}), classes=classes, people=summary.people,
        last_seen=summary.last_seen,
    )  # fmt: skip
    answer = held(seen)
    name = summary.name or nameless(summary.type, summary.id)
    shown = {
        "kind": "solution", "solution": summary.id, "unit": summary.unit, "people": summary.people,
        "tool": summary.tools[0] if summary.tools else None, "events": summary.events,
        "first_seen": summary.first_seen, "last_seen": summary.last_seen,
        "classes": tuple(labels[name] for name in summary.classes if name in labels),
        "severity": severity(answer.standing, classes, summary.people), "basis": (answer.why,),
        "title": title(name, answer.standing, summary.unit),
    }  # fmt: skip
    return Judged(standing=answer.standing, shown=shown, last_seen=summary.last_seen)


def _next(
    grain: str, found: Judged, before: Alert | None, row: object, dismissed: datetime | None, former: int, now: datetime
) -> Alert | None:
    """The alert after judging, None where nothing changes."""
    after = _shape(grain, found, before, former, now)
    opened = None
    if before is not None:
        until = getattr(row, "snoozed_until", None)
        opened = Open(state=before.state, shown=(_evidence(before),), snoozed_until=until)
    act, state = judge(
        standing=found.standing, evidence=(_evidence(after) if after else None,), last_seen=found.last_seen, now=now,
        alert=opened, dismissed_at=dismissed,
    )  # fmt: skip
    if act is Act.NOTHING:
        return None
    base = after if after is not None and act is not Act.CLOSE else before
    assert base is not None
    if found.standing is not None and act is Act.CLOSE and before is not None:
        base = msgspec.structs.replace(before, standing=found.standing)
    revision = before.revision + 1 if before is not None else 1
    return msgspec.structs.replace(base, state=state, revision=revision, changed_at=now)


def _shape(grain: str, found: Judged, before: Alert | None, former: int, now: datetime) -> Alert | None:
    if found.standing is None:
        return None
    name = hashlib.blake2b(f"{grain}\0{former}".encode(), digest_size=12).hexdigest()
    kept = {} if before is None else {"decision": before.decision, "reason": before.reason}
    alert = Alert(
        id=before.id if before is not None else f"alr_{name}", grain=grain, state=AlertState.OPEN,
        standing=found.standing, opened_at=before.opened_at if before is not None else now, changed_at=now,
        revision=0, kind="tool", severity="low", title="",
    )  # fmt: skip
    return msgspec.structs.replace(alert, **{**found.shown, **kept})


def _evidence(alert: Alert) -> Alert:
    """An alert without what changes by itself, for comparing what it shows."""
    return msgspec.structs.replace(
        alert, state=AlertState.OPEN, revision=0, changed_at=alert.opened_at, decision=None, reason=None
    )


async def write(connection: AsyncConnection, alert: Alert, now: datetime, until: datetime | None) -> None:
    """Saves an alert and the row that tells the world, in the caller's transaction."""
    payload = msgspec.json.encode(alert).decode()
    given = {
        "id": alert.id, "grain": alert.grain, "state": alert.state.value, "revision": alert.revision,
        "opened_at": alert.opened_at, "changed_at": alert.changed_at,
        "snoozed_until": until if alert.state is AlertState.SNOOZED else None, "payload": payload,
    }  # fmt: skip
    await connection.execute(WRITE, given)
    message = {"id": f"evt_{alert.id}_{alert.revision}", "alert": alert.id, "revision": alert.revision}
    await connection.execute(SEND, {**message, "payload": payload, "now": now})
