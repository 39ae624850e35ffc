"""Seen ids: what makes a repeated usage count once. One partition for each event day, dropped beyond the horizon."""

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.usage import Usage
from services.inventory import copying
from services.inventory.stage import add_encoded, stage_encoded
from services.kit import faults
from services.kit.clock import Clock

Days = dict[date, dict[bytes, bytes]]
"""Of each event day, the encoded usages by identity: one is the same only on its day, as in the table."""
HORIZON = timedelta(days=60)
"""How far back events are counted: 7 d of look-back, 30 d of log retention, and the lateness of the slowest source."""
AHEAD = timedelta(days=2)
"""How far a source's clock may be ahead."""
SPARE = timedelta(days=2)
MAKING = 0x70656E69
"""The advisory lock of whoever makes or drops partitions."""

ADD = text("""
    with fresh as (
        insert into inventory.seen_id (event_day, id) select event_day, id from staged_seen_id order by event_day, id
        on conflict do nothing returning event_day, id)
    select event_day, id from staged_seen_id except select event_day, id from fresh""")
DAYS = text("""
    select relname from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = 'inventory.seen_id'::regclass""")


def identity(usage: Usage) -> bytes:
    """The 16 bytes that stand for a usage: its id within its source instance and back-fill generation."""
    return identities((usage,))[0]


def identities(usages: Iterable[Usage]) -> list[bytes]:
    """The identity of each: setting the hash up takes longer than adding an id, and neighbours share what is before."""
    found = []
    instance, generation, begun = "", -1, hashlib.blake2b(digest_size=16)
    for usage in usages:
        if usage.instance != instance or usage.generation != generation:
            instance, generation = usage.instance, usage.generation
            begun = hashlib.blake2b(f"{instance}\0{generation}\0".encode(), digest_size=16)
        named = begun.copy()
        named.update(usage.id.encode())
        found.append(named.digest())
    return found


class Seen:
    """Finds what was counted before, and remembers the rest in the connection's transaction.

    Nearly always all of a batch is new, and adding it outright takes a third of the time of looking first. Where that
    failed, what is read is likely to go on being read again: the next batch is looked at first.
    """

    def __init__(self) -> None:
        self._again = False

    async def before(self, connection: AsyncConnection, days: Days) -> set[tuple[date, bytes]]:
        """The days and identities of those that were counted before."""
        encoded = list(copying.ids(days))
        if not self._again and await add_encoded(connection, "seen_id", encoded):
            return set()
        await stage_encoded(connection, "seen_id", encoded)
        repeated = {(row.event_day, row.id.bytes) for row in await connection.execute(ADD)}
        self._again = bool(repeated)
        return set() if faults.broken("dedup") else repeated


class Partitions:
    """Makes the days' partitions before they are written to; remembers which it has made."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._made: set[date] = set()

    async def ensure(self, days: Iterable[date]) -> None:
        """Makes what is missing, in a transaction of its own."""
        missing = sorted(set(days) - self._made)
        if not missing:
            return
        async with self._engine.begin() as connection:
            await connection.execute(text("select pg_advisory_xact_lock(:making)"), {"making": MAKING})
            for day in missing:
                await connection.execute(text(_partition(day)))
        self._made.update(missing)

    async def tidy(self, clock: Clock) -> int:
        """Drops the days that nothing can be added to any more; returns how many."""
        oldest = clock.now().date() - HORIZON - SPARE
        async with self._engine.begin() as connection:
            await connection.execute(text("select pg_advisory_xact_lock(:making)"), {"making": MAKING})
            names = [str(name) for name in (await connection.execute(DAYS)).scalars()]
            old = [name for name in names if date.fromisoformat(name.rpartition("_")[2]) < oldest]
            for name in old:
                await connection.execute(text(f"drop table inventory.{name}"))
        return len(old)


def _partition(day: date) -> str:
    after = day + timedelta(days=1)
    return (
        f"create table if not exists inventory.seen_id_{day:%Y%m%d} "
        f"partition of inventory.seen_id (primary key (id)) for values from ('{day}') to ('{after}')"
    )
