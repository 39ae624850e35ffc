"""Positions kept in PostgreSQL, beside the effects they stand for: saved by compare-and-set in the same transaction."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.kit import faults
from services.kit.errors import StalePosition
from services.kit.eventlog import Batch, Positions

FIRST = text("""
    insert into control.position (log, grp, topic, partition, next) values (:log, :grp, :topic, :partition, :end)
    on conflict do nothing""")
MOVE = text("""
    update control.position set next = :end, saved_at = now()
    where log = :log and grp = :grp and topic = :topic and partition = :partition and next = :start""")
MOVE_UNCHECKED = text(MOVE.text.replace("and next = :start", "and :start >= 0"))
READ = text("""
    select partition, next from control.position
    where log = :log and grp = :grp and topic = :topic and partition = any(:partitions)""")


def reader(engine: AsyncEngine, group: str, log: str) -> Positions:
    """The saved positions of `group`; `log` names the log they belong to, so that a change of log starts afresh."""

    async def read(topic: str, partitions: Sequence[int]) -> Mapping[int, int | None]:
        async with engine.connect() as connection:
            given = {"log": log, "grp": group, "topic": topic, "partitions": list(partitions)}
            rows = (await connection.execute(READ, given)).all()
        saved = {int(row.partition): int(row.next) for row in rows}
        return {partition: saved.get(partition) for partition in partitions}

    return read


async def save(connection: AsyncConnection, group: str, log: str, batch: Batch) -> None:
    """Moves the position from the batch's start to its end, first in the transaction; raises StalePosition.

    The first save of a partition inserts; any later one must find `next` where the batch began.
    """
    given = {
        "log": log, "grp": group, "topic": batch.topic, "partition": batch.partition,
        "start": batch.start, "end": batch.end,
    }  # fmt: skip
    move = MOVE_UNCHECKED if faults.broken("position") else MOVE
    if (await connection.execute(move, given)).rowcount == 1:
        return
    known = {"log": log, "grp": group, "topic": batch.topic, "partitions": [batch.partition]}
    nothing_saved = (await connection.execute(READ, known)).first() is None
    if not nothing_saved or (await connection.execute(FIRST, given)).rowcount != 1:
        raise StalePosition(f"{batch.topic}/{batch.partition}: somebody saved beyond {batch.start}; batch dropped")
