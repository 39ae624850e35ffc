"""Segments: the tables a topic's records lie in, one a day (a compacted topic has one for good).

A new one is made under the locks of all the topic's head rows, which fixes at which number of each partition it
begins. The oldest is dropped when it is beyond the topic's retention *and* every group has read it; dropping unread
records is an operator's decision (`drop`), and readers then see LogTruncated.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

LOCK = 0x50454C47
FOR_GOOD = date(1970, 1, 1)
TOMBSTONE_KEPT = timedelta(days=1)
"""How long a tombstone stays for readers that are behind: Kafka's default of delete.retention.ms."""

TOPIC = text("select id, retention_seconds is null as compacted from log.topic where name = :topic")
LATEST = text("select max(day) from log.segment where topic = :topic")
HEADS = text("select partition, next from log.head where topic = :topic order by partition for update")
SEGMENT = text("insert into log.segment (topic, day, name, firsts) values (:topic, :day, :name, :firsts)")
EXPIRED = text("""
    with bounded as (
        select s.topic, s.day, s.name, t.retention_seconds, lead(s.firsts) over w as ends
        from log.segment s join log.topic t on t.name = s.topic
        window w as (partition by s.topic order by s.day))
    select topic, day, name, ends from bounded b
    where retention_seconds is not null and ends is not null
      and cast(day + 1 as timestamptz) + make_interval(secs => retention_seconds) <= cast(:now as timestamptz)
      and not exists (
        select from log.position p where p.topic = b.topic and p.next < b.ends[p.partition + 1])
    order by topic, day""")
BEFORE = text("""
    with bounded as (
        select day, name, lead(firsts) over (order by day) as ends from log.segment where topic = :topic)
    select cast(:topic as text) as topic, day, name, ends from bounded
    where day < :day and ends is not null order by day""")
BEGIN_AT = text("""
    update log.head set first = greatest(first, (cast(:ends as bigint[]))[partition + 1]) where topic = :topic""")
FORGET = text("delete from log.segment where topic = :topic and day = :day")
STALE = text("""
    select t.name from log.topic t where t.retention_seconds is not null
      and (select max(day) from log.segment s where s.topic = t.name) < :day""")
COMPACTED = text("""
    select s.topic, s.name from log.segment s join log.topic t on t.name = s.topic where t.retention_seconds is null""")
ABANDONED = text("""
    delete from log.position p using log.topic t
    where t.name = p.topic and t.retention_seconds is null and not p.kept and not exists (
        select from log.member m where m.topic = p.topic and m.grp = p.grp and m.until > now() - interval '1 day')""")


async def current(connection: AsyncConnection, topic: str, day: date) -> None:
    """Makes the topic's segment of `day`, unless it has that or a later one."""
    numbers = [int(row.next) for row in (await connection.execute(HEADS, {"topic": topic})).all()]
    about = (await connection.execute(TOPIC, {"topic": topic})).one()
    day = FOR_GOOD if about.compacted else day
    latest = (await connection.execute(LATEST, {"topic": topic})).scalar_one()
    if latest is not None and latest >= day:
        return
    name = f"r{about.id}_{day:%Y%m%d}"
    await connection.execute(text(_table(name)))
    if about.compacted:
        await connection.execute(text(f"create index on log.{name} (partition, key, number)"))
    await connection.execute(SEGMENT, {"topic": topic, "day": day, "name": name, "firsts": numbers})


def _table(name: str) -> str:
    return f"""create table log.{name} (
        partition integer not null, number bigint not null, key bytea not null, value bytea, headers jsonb,
        at_ms bigint not null, primary key (partition, number))"""


async def tidy(connection: AsyncConnection, now: datetime) -> Sequence[str]:
    """Drops what is expired and read, compacts the rest; answers the names of dropped tables. One process at a time."""
    if not (await connection.execute(text(f"select pg_try_advisory_xact_lock({LOCK})"))).scalar_one():
        return ()
    today = now.astimezone(UTC).date()
    for row in (await connection.execute(STALE, {"day": today})).all():
        await current(connection, row.name, today)
    await connection.execute(ABANDONED)
    for row in (await connection.execute(COMPACTED)).all():
        await _compact(connection, row.topic, row.name, now)
    return await _drop(connection, (await connection.execute(EXPIRED, {"now": now})).all())


async def drop(connection: AsyncConnection, topic: str, before: date) -> Sequence[str]:
    """Drops the topic's segments of days before `before`, read or not; never the one being written."""
    return await _drop(connection, (await connection.execute(BEFORE, {"topic": topic, "day": before})).all())


async def _drop(connection: AsyncConnection, segments: Sequence[Row[Any]]) -> Sequence[str]:
    names = []
    for segment in segments:
        await connection.execute(BEGIN_AT, {"topic": segment.topic, "ends": segment.ends})
        await connection.execute(FORGET, {"topic": segment.topic, "day": segment.day})
        await connection.execute(text(f"drop table log.{segment.name}"))
        names.append(segment.name)
    return names


async def _compact(connection: AsyncConnection, topic: str, name: str, now: datetime) -> None:
    """Keeps the last record of each key; a tombstone goes too, a day later and once every group has read it."""
    newer = f"select from log.{name} n where n.partition = r.partition and n.key = r.key and n.number > r.number"
    await connection.execute(text(f"delete from log.{name} r where exists ({newer})"))
    await connection.execute(
        text(f"""
            delete from log.{name} r where r.value is null and r.at_ms < :old and not exists (
                select from log.position p
                where p.topic = :topic and p.partition = r.partition and p.next <= r.number)"""),
        {"topic": topic, "old": int((now - TOMBSTONE_KEPT).timestamp() * 1000)},
    )
