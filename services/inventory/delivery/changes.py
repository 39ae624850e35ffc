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

PAGE = text("""
    select number, id, payload from inventory.outbox where number > :after order by number limit :limit""")
BEFORE = text("""
    select coalesce(
        (select min(number) - 1 from inventory.outbox where created_at >= :since),
        (select number from inventory.change_head))""")

_decode = msgspec.json.Decoder(Alert).decode


@dataclass(frozen=True)
class Change:
    """An event and its number in the feed."""

    number: int
    event: Event


async def page(engine: AsyncEngine, after: int, limit: int) -> list[Change]:
    """Up to `limit` changes that follow number `after`; 0 is the beginning."""
    async with engine.connect() as connection:
        rows = await connection.execute(PAGE, {"after": after, "limit": limit})
        return [Change(row.number, event(_decode(row.payload), str(row.id))) for row in rows]


async def before(engine: AsyncEngine, since: datetime) -> int:
    """The number after which a reader goes on who wants what happened from `since` on."""
    async with engine.connect() as connection:
        return int((await connection.execute(BEFORE, {"since": since})).scalar_one())
