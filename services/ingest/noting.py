"""Saves what was noted beside the records: arrivals for the truth meter, words for new vocabulary.

Of a source that was removed meanwhile nothing is kept.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.noted import Noted
from services.kit.control import truth, words
from services.kit.control.truth import SLOT_SECONDS


async def save_read(connection: AsyncConnection, instance: str, noted: Noted, now: datetime) -> None:
    """What a pull read, of which some was read before; in the transaction that moves the cursor, so it counts once."""
    if await truth.held(connection, instance):
        await truth.first_seen(connection, instance, noted.events, _slot(now))
        await words.count(connection, instance, noted.words, now)


async def save_sent(connection: AsyncConnection, instance: str, noted: Noted, now: datetime) -> None:
    """What was pushed, or read from a file: it comes once."""
    if (noted.happened or noted.words) and await truth.held(connection, instance):
        await truth.arrived(connection, instance, noted.happened, _slot(now))
        await words.count(connection, instance, noted.words, now)


def _slot(now: datetime) -> int:
    return int(now.timestamp()) // SLOT_SECONDS
