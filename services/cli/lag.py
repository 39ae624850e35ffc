"""What `penumbra doctor` says of the PostgreSQL log: how much waits, for whom, in which partitions, and since when."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from services.cli.doctor import Finding

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

STANDS = timedelta(minutes=15)
NAMED = 6
_UNREAD = """
    with own as (
        select grp, :prefix || topic as topic, partition, next, saved_at from control.position where log = 'postgres')
    select p.grp, p.topic, p.partition, p.next, h.next - p.next as unread, p.saved_at as at
    from (
        select * from own
        union all  -- what a group keeps itself is noted in the log too, a little later
        select grp, topic, partition, next, null from log.position p
        where not exists (select from own where own.grp = p.grp and own.topic = p.topic and own.partition = p.partition)
    ) p join log.head h on h.topic = p.topic and h.partition = p.partition
    where h.next > p.next order by 1, 2, 3"""
_SEGMENT = """
    select name from log.segment where topic = :topic and firsts[:partition + 1] <= :next order by day desc limit 1"""


class Behind(NamedTuple):
    """One partition a group has not read to its end.

    `since` is when the first unread record came, `at` when the group saved its place last; None where unknown.
    """

    group: str
    topic: str
    partition: int
    unread: int
    since: datetime | None
    at: datetime | None

    def stands(self, now: datetime) -> bool:
        """Whether nobody reads it: what waits has waited for long, and no place was saved since."""
        times = [time for time in (self.since, self.at) if time is not None]
        return bool(times) and all(now - time > STANDS for time in times)


async def lag(connection: "AsyncConnection", prefix: str, now: datetime) -> list[Finding]:
    """A finding for each group and topic it is behind on; one that says so where everything was read."""
    from sqlalchemy import text

    found: dict[str, list[Behind]] = {}
    for row in (await connection.execute(text(_UNREAD), {"prefix": prefix})).all():
        since = await _since(connection, row.topic, row.partition, row.next)
        behind = Behind(row.grp, row.topic, row.partition, row.unread, since, row.at)
        found.setdefault(f"{row.grp} of {row.topic}", []).append(behind)
    return [told(name, parts, now) for name, parts in found.items()] or [
        Finding("lag", True, "everything in the log was read")
    ]


def told(name: str, parts: Sequence[Behind], now: datetime) -> Finding:
    """What is said of one group and topic."""
    unread = sum(part.unread for part in parts)
    says = f"{unread} {'record' if unread == 1 else 'records'} unread, {_where(parts)}"
    standing = [part for part in parts if part.stands(now)]
    if not standing:
        return Finding(f"lag {name}", True, says)
    oldest = min(part.since or part.at or now for part in standing)
    says += f"; none read since {oldest:%Y-%m-%dT%H:%M:%SZ} in {_numbers([str(part.partition) for part in standing])}"
    return Finding(f"lag {name}", False, says, ("See that the service runs, and what its log lines say.",))


def _where(parts: Sequence[Behind]) -> str:
    if len(parts) == 1:
        return f"in partition {parts[0].partition}"
    most = sorted(parts, key=lambda part: -part.unread)
    return f"in partitions {_numbers([f'{part.partition} ({part.unread})' for part in most])}"


def _numbers(texts: Sequence[str]) -> str:
    more = len(texts) - NAMED
    return ", ".join(texts[:NAMED]) + (f" and {more} more" if more > 0 else "")


async def _since(connection: "AsyncConnection", topic: str, partition: int, number: int) -> datetime | None:
    """When the first unread record came; None where its segment is gone."""
    from sqlalchemy import text

    at = {"topic": topic, "partition": partition, "next": number}
    name = (await connection.execute(text(_SEGMENT), at)).scalar_one_or_none()
    if name is None:
        return None
    query = f"select at_ms from log.{name} where partition = :partition and number >= :next order by number limit 1"
    stamp = (await connection.execute(text(query), at)).scalar_one_or_none()
    return datetime.fromtimestamp(stamp / 1000, UTC) if stamp is not None else None
