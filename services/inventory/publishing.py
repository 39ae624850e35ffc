"""Publishing corrections: what holds of each changed key goes on `label.v1`, a tombstone where nothing holds any more.

One publisher at a time, under an advisory lock, reads what holds *now* and only then strikes the key off its list: the
last record of a key on the topic is always its present state, however often a publisher dies in between.
"""

import asyncio
import contextlib

import msgspec
from sqlalchemy import text

from schemas.topics import LABEL
from services.inventory import correcting
from services.inventory.domain.corrections import override
from services.kit.eventlog import Record
from services.kit.runtime import Runtime, Stop

LOCK = 0x4C41424C
BATCH = 500
IDLE_SECONDS = 0.5

ALONE = text("select pg_try_advisory_xact_lock(:key)")
CHANGED = text("select key, change from inventory.label_outbox order by key limit :limit")
TOLD = text("""
    delete from inventory.label_outbox as held
    using unnest(cast(:keys as text[]), cast(:changes as bigint[])) as told (key, change)
    where held.key = told.key and held.change = told.change""")

_encode = msgspec.json.Encoder().encode


async def publish(runtime: Runtime, limit: int = BATCH) -> int:
    """Tells the classifiers of up to `limit` keys and returns how many; 0 too where another publisher is at it."""
    async with runtime.engine.begin() as connection:
        if not (await connection.execute(ALONE, {"key": LOCK})).scalar_one():
            return 0
        changed = {row.key: row.change for row in await connection.execute(CHANGED, {"limit": limit})}
        if not changed:
            return 0
        held = await correcting.holding(connection, changed)
        records = [
            Record(key.encode(), _encode(override(held[key])) if key in held else None) for key in sorted(changed)
        ]
        await runtime.log.append(LABEL.name, records)
        await connection.execute(TOLD, {"keys": list(changed), "changes": list(changed.values())})
    return len(changed)


async def run(runtime: Runtime, stop: Stop) -> None:
    """Publishes until stopped."""
    while not stop.is_set():
        if not await publish(runtime):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), IDLE_SECONDS)
