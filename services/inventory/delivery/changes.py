"""The feed of changes: every event of every alert, in the order of the numbers that the relay gave them.

Numbers are given in the order of commits (`outbox.py`), so going by the last number read neither repeats nor skips.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.alert import Alert
from services.inventory.formats import Event, event
from services.kit.errors import PenumbraError

PAGE = text("""
    select number, id, payload from inventory.outbox where number > :after order by number limit :limit""")
BEFORE = text("""
    select coalesce(
        (select min(number) - 1 from inventory.outbox where created_at >= :since),
        (select number from inventory.change_head))""")
FORGOTTEN = text("""
    select coalesce((select min(number) - 1 from inventory.outbox), (select number from inventory.change_head))""")
# Only from the feed's beginning on, so that what is left has no gap: a reader either gets all that follows or is told.
# What an endpoint still waits for has its body in its own row (inventory.delivery).
FORGET = text("""
    delete from inventory.outbox where id in (
        select id from inventory.outbox where number < coalesce(
            (select min(number) from inventory.outbox where created_at >= :before),
            (select number + 1 from inventory.change_head))
        order by number limit :limit)""")
AT_A_TIME = 10_000

_decode = msgspec.json.Decoder(Alert).decode


class Forgotten(PenumbraError):
    """The feed no longer holds what a reader asks for: to go on silently would skip it."""


@dataclass(frozen=True)
class Change:
    """An event and its number in the feed."""

    number: int
    event: Event


async def page(engine: AsyncEngine, after: int, limit: int) -> list[Change]:
    """Up to `limit` changes that follow number `after`; 0 is the oldest that is kept.

    Raises Forgotten where some that follow are gone. The rows are read first: what is purged meanwhile is noticed.
    """
    async with engine.connect() as connection:
        rows = (await connection.execute(PAGE, {"after": after, "limit": limit})).all()
        forgotten = int((await connection.execute(FORGOTTEN)).scalar_one())
        if 0 < after < forgotten:
            raise Forgotten(
                f"cursor: {forgotten - after} changes that follow it are older than 30 days and gone; "
                "read /api/v1/alerts for how things stand, then go on with ?since="
            )
        return [Change(row.number, event(_decode(row.payload), str(row.id))) for row in rows]


async def forget(engine: AsyncEngine, before: datetime) -> int:
    """Drops what was relayed and written before a time, a part in each transaction; returns how many there were."""
    count = 0
    while True:
        async with engine.begin() as connection:
            gone = (await connection.execute(FORGET, {"before": before, "limit": AT_A_TIME})).rowcount
        count += gone
        if gone < AT_A_TIME:
            return count


async def before(engine: AsyncEngine, since: datetime) -> int:
    """The number after which a reader goes on who wants what happened from `since` on."""
    async with engine.connect() as connection:
        return int((await connection.execute(BEFORE, {"since": since})).scalar_one())
