"""The judge: takes dirty grains, holds each against the registry, and writes alert and outbox row in one transaction.

Any number may run: a grain is taken by deleting its mark, which others skip, and a mark made meanwhile waits for the
end of the transaction and stands again. Clocks mark grains too.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Alert, AlertState
from services.inventory import capabilities, findings, grains, registry
from services.inventory.domain.grain import parse
from services.inventory.domain.judge import CLOSING, Act, Open, judge
from services.inventory.domain.policy import DEFAULT, Policy
from services.inventory.findings import Finding
from services.kit import faults
from services.kit.runtime import Runtime, Stop
from services.labelling.products import Tool

# Materialized, since a plan that asked the inner query again for each row would take more than the limit.
TAKE = text("""
    with taken as materialized (
        select grain from inventory.dirty_grain where urgent or since <= :rested
        order by since, grain limit :limit for update skip locked)
    delete from inventory.dirty_grain where grain in (select grain from taken) returning grain""")
OPEN = text("""
    select grain, state, snoozed_until, payload from inventory.alert
    where grain = any(:grains) and state <> 'closed' for update""")
FORMER = text("select grain, count(*) as times from inventory.alert where grain = any(:grains) group by grain")
DECIDED = text("""
    select distinct on (grain) grain, decision, at from inventory.decision
    where grain = any(:grains) and undone_at is null
    order by grain, number desc""")
WRITE = text("""
    insert into inventory.alert (id, grain, state, revision, opened_at, changed_at, snoozed_until, payload)
    values (:id, :grain, :state, :revision, :opened_at, :changed_at, :snoozed_until, :payload)
    on conflict (id) do update set state = excluded.state, revision = excluded.revision,
        changed_at = excluded.changed_at, snoozed_until = excluded.snoozed_until, payload = excluded.payload""")
REFRESH = text("update inventory.alert set payload = :payload where id = :id")
SEND = text("""
    insert into inventory.outbox (id, alert, revision, payload, created_at)
    values (:id, :alert, :revision, :payload, :now)""")
FILLED = text("select count(*), max(done_at) from control.backfill where state = 'done'")
WOKEN = text("select grain from inventory.alert where state = 'snoozed' and snoozed_until <= :now")
BATCH = 200
IDLE_SECONDS = 0.1
REST = timedelta(seconds=5)
"""How long figures of what is judged already may grow before they are counted again: under load most of the work."""
CLOCK_SECONDS = 30.0
UNHEARD = timedelta(minutes=10)
"""How long what ingest counted may take to be seen here."""

LATEST = datetime.max.replace(tzinfo=UTC)

_decode = msgspec.json.Decoder(Alert).decode
_encode = msgspec.json.Encoder().encode


class Judge:
    """One judge; `tools` names the catalog's products, `policy` has the numbers."""

    def __init__(self, runtime: Runtime, tools: Mapping[str, Tool], policy: Policy = DEFAULT) -> None:
        self._runtime = runtime
        self._tools = tools
        self._policy = policy
        self._filled: tuple[object, ...] | None = None
        self._heard: datetime | None = None

    async def run(self, stop: Stop) -> None:
        """Judges until stopped."""
        while not stop.is_set():
            if not await self.once(rested=self._runtime.clock.now() - REST):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), IDLE_SECONDS)

    async def clocks(self, stop: Stop) -> None:
        """Marks what time alone changes, every half minute, until stopped."""
        day = None
        while not stop.is_set():
            now = self._runtime.clock.now()
            await self.tick(now, new_day=now.date() != day)
            day = now.date()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), CLOCK_SECONDS)

    async def tick(self, now: datetime, *, new_day: bool) -> None:
        """Marks snoozes that ended and, on a new day, every grain: expiry, reviews and dormancy count days.

        A back-fill finished meanwhile changes what counts without touching a cell, so it marks every grain too. Names
        that a source used for the first time mark their family.
        """
        async with self._runtime.engine.begin() as connection:
            filled = tuple((await connection.execute(FILLED)).one())
            said = await capabilities.news(connection, self._policy, now, None if new_day else self._heard)
            if new_day or filled != self._filled:
                await grains.mark_all(connection, now, said)
            else:
                woken = (await connection.execute(WOKEN, {"now": now})).scalars()
                await grains.mark(connection, {*said, *woken}, now)
        self._filled, self._heard = filled, now - UNHEARD

    async def once(self, limit: int = BATCH, rested: datetime = LATEST) -> int:
        """Judges up to `limit` dirty grains and returns how many; of those of more use only what was marked by then."""
        async with self._runtime.engine.begin() as connection:
            taken = sorted((await connection.execute(TAKE, {"limit": limit, "rested": rested})).scalars())
            if taken:
                faults.point("judge.taken")
                await self._judge(connection, taken)
                faults.point("judge.written")
        if taken:
            faults.point("judge.committed")
        return len(taken)

    async def _judge(self, connection: AsyncConnection, taken: Sequence[str]) -> None:
        """The open alerts are locked before anything is looked at, so that a decision made meanwhile is heard."""
        now, given = self._runtime.clock.now(), {"grains": taken}
        held = {
            row.grain: Open(state=AlertState(row.state), shown=_decode(row.payload), snoozed_until=row.snoozed_until)
            for row in await connection.execute(OPEN, given)
        }
        former = {row.grain: row.times for row in await connection.execute(FORMER, given)}
        dismissed = {
            row.grain: row.at for row in await connection.execute(DECIDED, given) if row.decision in CLOSING
        }  # fmt: skip
        about = [parse(each) for each in taken]
        names = {grain.subject for grain in about}
        register = await registry.opened(connection, self._runtime.keys, now, self._policy, names)
        found = await findings.look(connection, about, register, self._tools, self._policy, now)
        written, refreshed = list[Written](), list[Alert]()
        for grain in taken:
            finding, alert = found.get(grain, findings.NOTHING), held.get(grain)
            shape = _shape(grain, finding, alert, former.get(grain, 0), now)
            act, state = judge(
                found=shape, last_seen=finding.last_seen, now=now, alert=alert, dismissed_at=dismissed.get(grain),
                policy=self._policy,
            )  # fmt: skip
            after = _after(act, state, shape, alert, now)
            if after is not None and act is Act.REFRESH:
                refreshed.append(after)
            elif after is not None:
                written.append((after, alert.snoozed_until if alert is not None else None))
        if refreshed:
            await connection.execute(REFRESH, [{"id": one.id, "payload": _encode(one).decode()} for one in refreshed])
        await write(connection, written, now)


Written = tuple[Alert, datetime | None]
"""An alert to be saved, and until when it is snoozed."""


def _shape(grain: str, finding: Finding, held: Open | None, former: int, now: datetime) -> Alert | None:
    """The alert as the evidence would have it; its id follows from the grain and how many alerts it had."""
    if finding.standing is None:
        return None
    name = hashlib.blake2b(f"{grain}\0{former}".encode(), digest_size=12).hexdigest()
    before = held.shown if held is not None else None
    kept = {} if before is None else {"decision": before.decision, "reason": before.reason}
    alert = Alert(
        id=before.id if before is not None else f"alr_{name}", grain=grain, state=AlertState.OPEN,
        standing=finding.standing, opened_at=before.opened_at if before is not None else now, changed_at=now,
        revision=0, kind="tool", severity="low", title="",
    )  # fmt: skip
    return msgspec.structs.replace(alert, **{**finding.shown, **kept})


def _after(act: Act, state: AlertState, shape: Alert | None, held: Open | None, now: datetime) -> Alert | None:
    """The alert to be written, None where nothing changes. A closed one keeps what it last showed."""
    before = held.shown if held is not None else None
    if act is Act.CLOSE and before is not None:
        standing = shape.standing if shape is not None else before.standing
        shape = msgspec.structs.replace(before, standing=standing)
    if act is Act.NOTHING or shape is None:
        return None
    if act is Act.REFRESH and before is not None:
        return msgspec.structs.replace(shape, state=state, revision=before.revision, changed_at=before.changed_at)
    revision = before.revision + 1 if before is not None else 1
    return msgspec.structs.replace(shape, state=state, revision=revision, changed_at=now)


async def write(connection: AsyncConnection, written: Sequence[Written], now: datetime) -> None:
    """Saves alerts and the rows that tell the world of them, in the caller's transaction: all in two statements."""
    if not written:
        return
    payloads = [_encode(alert).decode() for alert, _ in written]
    saved = [
        {
            "id": alert.id, "grain": alert.grain, "state": alert.state.value, "revision": alert.revision,
            "opened_at": alert.opened_at, "changed_at": alert.changed_at,
            "snoozed_until": until if alert.state is AlertState.SNOOZED else None, "payload": payload,
        }
        for (alert, until), payload in zip(written, payloads, strict=True)
    ]  # fmt: skip
    await connection.execute(WRITE, saved)
    told = [
        {
            "id": f"evt_{alert.id}_{alert.revision}", "alert": alert.id, "revision": alert.revision,
            "payload": payload, "now": now,
        }
        for (alert, _), payload in zip(written, payloads, strict=True)
    ]  # fmt: skip
    await connection.execute(SEND, told)
