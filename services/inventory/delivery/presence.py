"""Presence: a relay is there as long as its connection is, so that what a dead one had claimed is free at once.

Each relay holds a session's advisory lock on a number of its own, and claims carry the number. The database gives the
lock up when the connection ends, however the process ended; the next relay to look then frees the claims. A connection
pool that shares sessions between clients (transaction pooling) must not stand between the relay and the database.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

CLASS = 0x444C
HOLD = text("select pg_advisory_lock(:class, :number)")
LET_GO = text("select pg_advisory_unlock(:class, :number)")
FREE = text("""
    update inventory.delivery set next_at = :now, claimed_by = null
    where state = 'waiting' and claimed_by is not null and claimed_by not in (
        select objid::bigint from pg_locks
        where locktype = 'advisory' and classid::bigint = :class and objsubid = 2 and granted
          and database = (select oid from pg_database where datname = current_database()))""")


class Presence:
    """One relay's number and the connection that proves it is there."""

    def __init__(self, connection: AsyncConnection, number: int) -> None:
        self._connection = connection
        self.number = number

    async def free_claims_of_the_dead(self, now: datetime) -> int:
        """Makes due what no living relay holds; raises the database's error where our own connection is gone."""
        async with self._connection.begin():
            return (await self._connection.execute(FREE, {"class": CLASS, "now": now})).rowcount


@asynccontextmanager
async def present(engine: AsyncEngine) -> AsyncIterator[Presence]:
    """Is there until the block ends, or the process, or the connection."""
    number = secrets.randbelow(2**31 - 1) + 1
    given = {"class": CLASS, "number": number}
    async with engine.connect() as connection:
        async with connection.begin():
            await connection.execute(HOLD, given)
        try:
            yield Presence(connection, number)
        finally:
            async with connection.begin():
                await connection.execute(LET_GO, given)
