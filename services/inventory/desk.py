"""The analyst's desk in PostgreSQL (`api/desk.py` says what it promises)."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Alert
from services.inventory import conflicts, correcting, evidence, grains, queue
from services.inventory.api.desk import (
    UNDO,
    After,
    AlertFile,
    Bulk,
    LabelFile,
    Outcome,
    Queue,
    QueuedAlert,
    Sort,
    Wanted,
)  # fmt: skip
from services.inventory.api.estate import Decision
from services.inventory.api.views import DecisionItem
from services.inventory.deciding import Deciding
from services.inventory.domain.corrections import Correcting, Correction, Unfit, checked
from services.inventory.domain.judge import choices
from services.inventory.undoing import Undoing
from services.kit.errors import Misconfigured, NotFound
from services.kit.runtime import Runtime
from services.labelling.products import Tool

ALERT = text("select payload, assignee, snoozed_until from inventory.alert where id = :id")
DECISIONS = text("""
    select number, decision, reason, author, at, until, assignee, undone_at, undone_by
    from inventory.decision where alert = :id order by number desc""")
REMEMBER = text("""
    insert into inventory.bulk (id, decision, author, at, outcomes)
    values (:id, :decision, :author, :at, :outcomes)""")
BULK = text("select id, decision, author, at, outcomes from inventory.bulk where id = :id")
OF_BULK = text("select alert, number from inventory.decision where bulk = :id order by alert")
MADE = text("select alert, undone_by, undone_at from inventory.decision where bulk = :id")

_decode = msgspec.json.Decoder(QueuedAlert).decode
_outcomes = msgspec.json.Decoder(tuple[Outcome, ...]).decode


class PostgresDesk:
    """The desk of the running deployment; `tools` are the catalog's products."""

    def __init__(self, runtime: Runtime, tools: Mapping[str, Tool]) -> None:
        self._engine, self._clock, self._tools = runtime.engine, runtime.clock, tools

    async def queue(self, wanted: Wanted, sort: Sort, limit: int, after: After | None) -> tuple[Queue, After | None]:
        """A page of the queue, and where it ended if there is more."""
        async with self._engine.begin() as connection:
            return await queue.page(connection, wanted, sort, limit, after, self._clock.now())

    async def file(self, alert: str, *, people: bool) -> AlertFile:
        """An alert with its evidence; raises NotFound."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(ALERT, {"id": alert})).one_or_none()
            if row is None:
                raise NotFound(f"there is no alert {alert}")
            found = _decode(row.payload)
            decisions = await self._decisions(connection, alert)
            standing = next((each for each in decisions if each.undone_at is None), None)
            recent = standing is not None and self._clock.now() - standing.at <= UNDO
            return AlertFile(
                alert=found, decisions=decisions, assignee=row.assignee, snoozed_until=row.snoozed_until,
                choices=tuple(choice.value for choice in choices(found.state, found.standing, found.kind)),
                keys=await evidence.keys(connection, found), sources=await evidence.sources(connection, found),
                related=await evidence.related(connection, found, people=people),
                undo=standing.number if standing is not None and recent else None,
            )  # fmt: skip

    async def _decisions(self, connection: AsyncConnection, alert: str) -> tuple[DecisionItem, ...]:
        rows = (await connection.execute(DECISIONS, {"id": alert})).mappings()
        return tuple(DecisionItem(**row) for row in rows)

    async def decide(self, alert: str, decision: Decision) -> Alert:
        """Decides one alert; raises NotFound, Misconfigured or AlreadyHappened."""
        deciding = Deciding({alert: decision.revision}, self._checked(decision))

        async def once(connection: AsyncConnection) -> Alert:
            (outcome,) = await deciding.once(connection, self._clock.now())
            conflicts.heed(outcome)
            return _decode((await connection.execute(ALERT, {"id": alert})).one().payload)

        return await conflicts.settled(self._engine, once)

    async def decide_all(self, alerts: Mapping[str, int | None], decision: Decision) -> Bulk:
        """Decides many in one transaction and keeps what became of each; raises Misconfigured."""
        if decision.correction is not None:
            raise Misconfigured("correction: labels are corrected key by key, not over many alerts at once")
        name = f"blk_{secrets.token_hex(12)}"
        deciding = Deciding(alerts, decision, name)

        async def once(connection: AsyncConnection) -> Bulk:
            now = self._clock.now()
            outcomes = tuple(await deciding.once(connection, now))
            given = {"id": name, "decision": decision.decision, "author": decision.author, "at": now}
            await connection.execute(REMEMBER, {**given, "outcomes": msgspec.json.encode(outcomes).decode()})
            return await self._bulk(connection, name)

        return await conflicts.settled(self._engine, once)

    async def bulk(self, name: str) -> Bulk:
        """What became of a decision over many; raises NotFound."""
        async with self._engine.connect() as connection:
            return await self._bulk(connection, name)

    async def _bulk(self, connection: AsyncConnection, name: str) -> Bulk:
        row = (await connection.execute(BULK, {"id": name})).one_or_none()
        if row is None:
            raise NotFound(f"there is no decision over many {name}")
        ends, made = row.at + UNDO, {each.alert: each for each in await connection.execute(MADE, {"id": name})}
        stands = any(each.undone_at is None for each in made.values()) and self._clock.now() <= ends
        return Bulk(
            id=row.id, decision=row.decision, author=row.author, at=row.at,
            outcomes=tuple(_since(each, made.get(each.alert)) for each in _outcomes(row.outcomes)),
            undo_until=ends if stands else None,
        )  # fmt: skip

    async def undo(self, alert: str, number: int | None, author: str) -> None:
        """Undoes the last decision about an alert; raises NotFound or AlreadyHappened."""
        (outcome,) = await self._undo({alert: number}, author)
        conflicts.heed(outcome)

    async def undo_all(self, name: str, author: str) -> Sequence[Outcome]:
        """Undoes a decision over many where that still can be; raises NotFound."""
        async with self._engine.connect() as connection:
            await self._bulk(connection, name)
            numbers = {row.alert: row.number for row in await connection.execute(OF_BULK, {"id": name})}
        return await self._undo(numbers, author)

    async def _undo(self, alerts: Mapping[str, int | None], author: str) -> list[Outcome]:
        undoing = Undoing(alerts, author)
        return await conflicts.settled(self._engine, lambda c: undoing.once(c, self._clock.now()))

    async def corrections(
        self, limit: int, before: int | None = None, state: str = "all", key: str | None = None
    ) -> Sequence[Correction]:
        """Corrections, newest first."""
        undone = {"active": False, "undone": True}.get(state)
        async with self._engine.connect() as connection:
            return await correcting.page(
                connection, limit, before, undone=undone, keys=None if key is None else [key]
            )  # fmt: skip

    async def label(self, key: str) -> LabelFile | None:
        """Why a key is taken for what it is; None where nothing of it is stored."""
        async with self._engine.connect() as connection:
            return await evidence.label(connection, key)

    async def correct(self, said: Correcting, author: str, reason: str) -> Sequence[Correction]:
        """Corrects labels; raises Misconfigured with every fault."""
        given, now = _fit(said, self._tools), self._clock.now()

        async def once(connection: AsyncConnection) -> Sequence[Correction]:
            numbers, moved = await correcting.correct(connection, given, author=author, reason=reason, now=now)
            await grains.mark(connection, moved, now)
            return [await correcting.one(connection, number) for number in numbers]

        return await conflicts.settled(self._engine, once)

    async def take_back(self, number: int, author: str) -> Correction:
        """Takes a correction back; raises NotFound, or Conflict where it was already."""
        now = self._clock.now()

        async def once(connection: AsyncConnection) -> Correction:
            await grains.mark(connection, await correcting.take_back(connection, [number], author, now), now)
            return await correcting.one(connection, number)

        return await conflicts.settled(self._engine, once)

    def tools(self) -> Mapping[str, str]:
        """The catalog's tools, id to name."""
        return {name: each.name for name, each in sorted(self._tools.items())}

    def _checked(self, decision: Decision) -> Decision:
        said = decision.correction
        return decision if said is None else decision._replace(correction=_fit(said, self._tools))


def _fit(said: Correcting, tools: Mapping[str, Tool]) -> Correcting:
    """The correction with its keys as they are stored; raises Misconfigured with every fault."""
    try:
        return checked(said, tools)
    except Unfit as unfit:
        raise Misconfigured(*unfit.faults) from None


def _since(outcome: Outcome, made: Row[Any] | None) -> Outcome:
    """An outcome of a decision over many as it is now: `undone` where somebody undid it since."""
    if made is None or made.undone_at is None:
        return outcome
    detail = f"undone by {made.undone_by} at {made.undone_at:%H:%M} UTC"
    return msgspec.structs.replace(outcome, outcome="undone", detail=detail)
