"""Headcount: distinct people who use AI, and how many of them use registered AI only, in all and by unit.

Distinct people don't add up over tools, so every cell has to be looked at. Where that takes longer than a page should,
a loop counts now and then and pages tell as of when; else each page counts itself.
"""

import asyncio
import contextlib
import time
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.inventory import figures
from services.inventory.summaries import CURRENT
from services.kit.runtime import Runtime, Stop

WINDOW = timedelta(days=90)
"""Usage counts for coverage when it is no older (reference standards §5.2, W)."""
QUICK_SECONDS = 0.05
EVERY_SECONDS = 30.0
SHARE = 20
"""A count is made so seldom that it takes no more than a twentieth of the time."""
COUNTING = 0x70656E68
"""The advisory lock of whoever counts."""

COUNT = text(f"""
    with used as (
        select coalesce(identity.person, a.actor) as who,
            coalesce(person.unit, actor_unit.unit, 'unknown') as unit, a.tool, a.latest
        from (
            select coalesce(label.tool, label.key) as tool, cell.actor, max(cell.last_at) as latest
            from inventory.label join inventory.cell on cell.key = label.key
            where label.verdict in ('ai', 'embedded') and {CURRENT} group by 1, 2) as a
        left join inventory.identity on identity.identifier = a.actor
        left join inventory.person on person.person = identity.person
        left join inventory.actor_unit on actor_unit.actor = a.actor),
    each as (
        select who, max(used.unit) as unit, bool_or(latest > :since) as recent,
            bool_and(covered.tool is not null) filter (where latest > :since) as covered
        from used
        left join (select distinct tool, unit from unnest(cast(:tools as text[]), cast(:units as text[]))
            as given (tool, unit)) as covered on covered.tool = used.tool and covered.unit = used.unit
        group by who)
    select unit, count(*) as people, count(*) filter (where recent) as recent,
        count(*) filter (where covered) as covered from each group by grouping sets ((), (unit))""")
STORED = text("select unit, people, recent, covered, counted_at, seconds from inventory.headcount")
CHANGED = text("""
    select coalesce((select max(counted_at) from inventory.headcount), '-infinity') < greatest(
        (select max(counted_at) from inventory.tool_figures), (select max(changed_at) from inventory.registry_entry),
        (select max(since) from inventory.dirty_grain), cast(:midnight as timestamptz))""")
CLEAR = text("delete from inventory.headcount")
KEEP = text("""
    insert into inventory.headcount (unit, people, recent, covered, counted_at, seconds)
    values (:unit, :people, :recent, :covered, :at, :seconds)""")
HOLD = text("select pg_try_advisory_xact_lock(:lock)")

Pairs = Collection[tuple[str, str]]
"""Tools and the units in which an entry covers them."""


class Heads(NamedTuple):
    """Distinct people: ever seen, seen within WINDOW, and of these those all of whose tools are covered."""

    people: int
    recent: int
    covered: int


class Headcount(NamedTuple):
    """The count by unit, None being all together, as of `at`."""

    by_unit: dict[str | None, Heads]
    at: datetime

    @property
    def whole(self) -> Heads:
        """All units together."""
        return self.by_unit.get(None, Heads(0, 0, 0))


class Covering(Protocol):
    """Who knows which tools are covered where (services/inventory/estate.py)."""

    async def covered(self, connection: AsyncConnection) -> Pairs: ...


async def count(connection: AsyncConnection, covered: Pairs, now: datetime) -> Headcount:
    """Counts every person now."""
    pairs = sorted(covered)
    given = {"since": now - WINDOW, "tools": [pair[0] for pair in pairs], "units": [pair[1] for pair in pairs]}
    rows = (await connection.execute(COUNT, given)).all()
    return Headcount({row.unit: Heads(row.people, row.recent, row.covered) for row in rows}, now)


async def latest(connection: AsyncConnection, of: Covering, now: datetime) -> Headcount:
    """The last count where counting takes long, else a fresh one."""
    rows = (await connection.execute(STORED)).all()
    if not rows or rows[0].seconds < QUICK_SECONDS:
        return await count(connection, await of.covered(connection), now)
    found = {row.unit: Heads(row.people, row.recent, row.covered) for row in rows}
    return Headcount(found, rows[0].counted_at)


async def run(runtime: Runtime, of: Covering, stop: Stop) -> None:
    """Counts whenever something changed, until stopped."""
    while not stop.is_set():
        seconds = await once(runtime, of)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), max(EVERY_SECONDS, SHARE * seconds))


async def once(runtime: Runtime, of: Covering) -> float:
    """Counts and keeps the count, unless nothing changed or another inventory is at it; the seconds it took."""
    now, began = runtime.clock.now(), time.monotonic()
    async with runtime.engine.begin() as connection:
        if not (await connection.execute(HOLD, {"lock": COUNTING})).scalar_one():
            return 0.0
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if not (await connection.execute(CHANGED, {"midnight": midnight})).scalar_one():
            return 0.0
        at = (await connection.execute(figures.NOW)).scalar_one()
        found = await count(connection, await of.covered(connection), now)
        seconds = time.monotonic() - began
        rows = [
            {"unit": unit, **heads._asdict(), "at": at, "seconds": seconds} for unit, heads in found.by_unit.items()
        ]
        await connection.execute(CLEAR)
        if rows:
            await connection.execute(KEEP, rows)
    return seconds
