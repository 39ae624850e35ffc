"""The lines of deliveries: claim what is due, settle what was tried, page through, replay dead letters.

A line is one alert at one endpoint, and only its head is ever due: that keeps the order. Claiming sets the next attempt
before this one is made, so a process that dies leaves a delivery that is tried again and not one that is stuck; who
claimed it stands beside it, so that `presence` can free it sooner.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.inventory.delivery.schedule import Outcome, Step, after
from services.kit.access import audit
from services.kit.access.audit import Act
from services.kit.clock import Clock
from services.kit.errors import Conflict, NotFound

CLAIM = timedelta(seconds=60)
"""How long a claim holds: well beyond the deadline of an attempt."""
KEPT = timedelta(days=30)

DUE = text("""
    select d.number, d.webhook, d.message, d.body, d.format, d.attempts, d.tried_before, w.url,
           w.secret, w.former_secret, w.former_until
    from inventory.delivery d join inventory.webhook w on w.id = d.webhook
    where d.state = 'waiting' and d.next_at <= :now and w.disabled_at is null and w.removed_at is null
      and not (d.webhook = any(:busy))
      and not exists (
        select 1 from inventory.delivery e
        where e.webhook = d.webhook and e.alert = d.alert and e.state = 'waiting'
          and (e.revision, e.number) < (d.revision, d.number))
    order by d.next_at, d.number limit :limit for update of d skip locked""")
TAKEN = text("""
    update inventory.delivery set attempts = attempts + 1, next_at = :until, claimed_by = :by
    where number = any(:numbers)""")
ATTEMPT = text("""
    insert into inventory.delivery_attempt (delivery, attempt, at, status, milliseconds, error)
    values (:number, :attempt, :now, :status, :milliseconds, :error) on conflict do nothing""")
ENDPOINT = text("select failing_since from inventory.webhook where id = :webhook for update")
SETTLE = text("""
    update inventory.delivery set state = :state, next_at = coalesce(:next_at, next_at), reason = :reason,
        ended_at = :ended_at, claimed_by = null
    where number = :number and attempts = :attempt and state = 'waiting'""")
HEALTH = text("""
    update inventory.webhook set failing_since = :failing_since,
        last_success_at = case when :ok then :now else last_success_at end
    where id = :webhook""")
DISABLE = text("""
    update inventory.webhook set disabled_at = :now, disabled_reason = :why
    where id = :webhook and disabled_at is null""")
GIVE_UP = text("""
    update inventory.delivery set state = 'dead', ended_at = :now, reason = :why
    where webhook = :webhook and state = 'waiting'""")
PAGE_ONE = """
    select d.number, d.webhook, d.message, d.alert, d.revision, d.type, d.state, d.attempts, d.next_at, d.created_at,
           d.ended_at, d.reason, a.status, a.at as tried_at, a.milliseconds, d.format
    from inventory.delivery d
    left join inventory.delivery_attempt a on a.delivery = d.number and a.attempt = d.attempts
    """
PAGE = text(
    PAGE_ONE
    + """
    where (cast(:before as bigint) is null or d.number < :before)
      and (cast(:state as text) is null or d.state = :state)
      and (cast(:webhook as text) is null or d.webhook = :webhook)
    order by d.number desc limit :limit"""
)
COUNTS = text("""
    select state, count(*) from inventory.delivery
    where cast(:webhook as text) is null or webhook = :webhook group by state""")
STATE = text("select state from inventory.delivery where number = :number for update")
REPLAY = text("""
    update inventory.delivery set state = 'waiting', tried_before = attempts, next_at = :now, ended_at = null,
        reason = null, claimed_by = null
    where number = :number""")
ONE = text(PAGE_ONE + "where d.number = :number")
ATTEMPTS = text("""
    select attempt, at, status, milliseconds, error from inventory.delivery_attempt
    where delivery = :number order by attempt""")
UNFOLLOW = text("""
    delete from inventory.webhook_followed f using inventory.alert a
    where a.id = f.alert and a.state = 'closed' and a.changed_at < :before""")
PURGE = text("delete from inventory.delivery where state = 'delivered' and ended_at < :before")


@dataclass(frozen=True)
class Delivery:
    """One message to one endpoint. `status` and `tried_at` are the last attempt's."""

    number: int
    webhook: str
    message: str
    alert: str
    revision: int
    type: str
    state: str
    attempts: int
    next_at: datetime
    created_at: datetime
    ended_at: datetime | None
    reason: str | None
    status: int | None
    tried_at: datetime | None
    milliseconds: int | None
    format: str


@dataclass(frozen=True)
class Attempt:
    """One attempt: its number, when, and the status or the error that kept one from coming."""

    attempt: int
    at: datetime
    status: int | None
    milliseconds: int | None
    error: str | None


Tried = tuple[Row[tuple[object, ...]], Outcome]
"""A claimed delivery and what its attempt brought."""


class Queue:
    """The deliveries of a deployment."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def claim(self, limit: int, busy: list[str], by: int | None = None) -> list[Row[tuple[object, ...]]]:
        """Takes up to `limit` due heads of lines, but none of `busy` endpoints; `attempts` are those made before.

        `by` is the number of a relay that proves its presence; without one the claim holds until its time is up.
        """
        now = self._clock.now()
        async with self._engine.begin() as connection:
            rows = list(await connection.execute(DUE, {"now": now, "busy": busy, "limit": limit}))
            if rows:
                numbers = [row.number for row in rows]
                await connection.execute(TAKEN, {"numbers": numbers, "until": now + CLAIM, "by": by})
        return rows

    async def settle(self, tried: Sequence[Tried]) -> list[Step]:
        """Writes attempts down and what follows from each, all at once: a commit for each would bound the pace.

        An attempt that was overtaken changes nothing more. Endpoints are held in order of their ids.
        """
        now, steps = self._clock.now(), dict[int, Step]()
        async with self._engine.begin() as connection:
            for webhook, of_one in groupby(sorted(tried, key=_webhook), key=_webhook):
                together = list(of_one)
                failing_since = (await connection.execute(ENDPOINT, {"webhook": webhook})).scalar_one()
                for claimed, outcome in together:
                    spread = random.random()  # noqa: S311 - spreads load
                    again = claimed.attempts + 1 - claimed.tried_before
                    steps[claimed.number] = after(outcome, again, now, spread, failing_since)
                    failing_since = None if outcome.ok else failing_since or now
                health = {"webhook": webhook, "now": now, "failing_since": failing_since}
                await connection.execute(HEALTH, health | {"ok": any(outcome.ok for _, outcome in together)})
            await connection.execute(ATTEMPT, [_attempt(claimed, outcome, now) for claimed, outcome in tried])
            await connection.execute(SETTLE, [_settled(claimed, steps[claimed.number], now) for claimed, _ in tried])
            for claimed, _ in tried:
                if why := steps[claimed.number].disable:
                    await self._disable(connection, {"webhook": claimed.webhook, "now": now, "why": why})
        return [steps[claimed.number] for claimed, _ in tried]

    async def _disable(self, connection: AsyncConnection, given: dict[str, object]) -> None:
        await connection.execute(DISABLE, given)
        await connection.execute(GIVE_UP, given)
        detail = {"reason": given["why"]}
        act = Act(self._clock.now(), "penumbra", "webhook.disable", f"webhook:{given['webhook']}", detail)
        await audit.record(connection, act)

    async def page(
        self, limit: int, before: int | None = None, state: str | None = None, webhook: str | None = None
    ) -> list[Delivery]:
        """Deliveries below number `before`, newest first, of one state or endpoint where given."""
        given = {"limit": limit, "before": before, "state": state, "webhook": webhook}
        async with self._engine.connect() as connection:
            return [Delivery(*row) for row in await connection.execute(PAGE, given)]

    async def one(self, number: int) -> tuple[Delivery, list[Attempt]]:
        """A delivery with all its attempts, the first first; raises NotFound."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(ONE, {"number": number})).first()
            if row is None:
                raise NotFound(f"delivery {number}: there is none")
            tried = await connection.execute(ATTEMPTS, {"number": number})
            return Delivery(*row), [Attempt(*each) for each in tried]

    async def counts(self, webhook: str | None = None) -> dict[str, int]:
        """How many are waiting, delivered and dead, of one endpoint where given."""
        async with self._engine.connect() as connection:
            found = {row[0]: row[1] for row in await connection.execute(COUNTS, {"webhook": webhook})}
        return {state: found.get(state, 0) for state in ("waiting", "delivered", "dead")}

    async def replay(self, number: int, by: str) -> None:
        """Lines up again what was delivered or given up, as it was written; raises NotFound, Conflict if it waits."""
        now = self._clock.now()
        given = {"number": number, "now": now}
        async with self._engine.begin() as connection:
            state = (await connection.execute(STATE, given)).scalar()
            if state is None:
                raise NotFound(f"delivery {number}: there is none")
            if state == "waiting":
                raise Conflict(f"delivery {number} waits for its next attempt already")
            await connection.execute(REPLAY, given)
            await audit.record(connection, Act(now, by, "delivery.replay", f"delivery:{number}"))

    async def purge(self) -> None:
        """Forgets what was delivered long ago, and that alerts closed long ago were followed."""
        async with self._engine.begin() as connection:
            await connection.execute(PURGE, {"before": self._clock.now() - KEPT})
            await connection.execute(UNFOLLOW, {"before": self._clock.now() - KEPT})


def _webhook(tried: Tried) -> str:
    return str(tried[0].webhook)


def _attempt(claimed: Row[tuple[object, ...]], outcome: Outcome, now: datetime) -> dict[str, object]:
    return {
        "number": claimed.number, "attempt": claimed.attempts + 1, "now": now,
        "status": outcome.status, "milliseconds": outcome.milliseconds, "error": outcome.error,
    }  # fmt: skip


def _settled(claimed: Row[tuple[object, ...]], step: Step, now: datetime) -> dict[str, object]:
    return {
        "number": claimed.number, "attempt": claimed.attempts + 1, "state": step.state, "next_at": step.next_at,
        "reason": step.reason, "ended_at": None if step.state == "waiting" else now,
    }  # fmt: skip
