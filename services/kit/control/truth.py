"""When a source's events came, and what was stated of its completeness from that (services/ingest/truth).

Of what a pull reads again, an event counts where it is first seen: the digest of its id is kept as long as it may be
read again. Where that would be too many ids, one in 2^`thinned` is kept by its digest, and counts for that many.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

MOST_IDS = 50_000
SLOT_SECONDS = 300
"""Arrivals are counted in slots of this length, numbered from the epoch."""
_HELD = text("select 1 from control.source_instance where id = :instance for key share")
_MADE = text("insert into control.truth (instance) values (:instance) on conflict do nothing")
_FIRST_SEEN = text("""
    with meter as (select thinned from control.truth where instance = :instance),
    fresh as (
        insert into control.arrival_id (instance, id, happened)
        select :instance, id, happened
        from unnest(cast(:ids as bigint[]), cast(:happened as integer[])) as told (id, happened), meter
        where id & ((1::bigint << thinned) - 1) = 0 order by id
        on conflict do nothing returning happened)
    insert into control.arrival as held (instance, happened, seen, count)
    select :instance, happened, :seen, count(*) << thinned from fresh, meter
    group by happened, thinned order by happened
    on conflict (instance, happened, seen) do update set count = held.count + excluded.count""")
_ARRIVED = text("""
    insert into control.arrival as held (instance, happened, seen, count)
    select :instance, happened, :seen, count
    from unnest(cast(:happened as integer[]), cast(:counts as bigint[])) as told (happened, count) order by happened
    on conflict (instance, happened, seen) do update set count = held.count + excluded.count""")
_DUE = text("""
    update control.truth set due_at = cast(:now as timestamptz) + make_interval(secs => :rest)
    where instance = (
        select instance from control.truth where due_at <= :now order by due_at limit 1 for update skip locked)
    returning instance""")
_CELLS = text("""
    select coalesce(array_agg(happened), '{}') as happened, coalesce(array_agg(seen), '{}') as seen,
        coalesce(array_agg(count), '{}') as counts
    from control.arrival where instance = :instance and happened >= :since""")
_SAY = text("update control.truth set said = cast(:said as jsonb) where instance = :instance")
_OLD_CELLS = text("delete from control.arrival where instance = :instance and happened < :before")
_OLD_IDS = text("delete from control.arrival_id where instance = :instance and happened < :before")
_THIN = text("""
    update control.truth set thinned = thinned + 1
    where instance = :instance
      and (select count(*) from control.arrival_id where instance = :instance) > :most
    returning thinned""")
_THINNED = text("""
    delete from control.arrival_id
    where instance = :instance and id & ((1::bigint << cast(:thinned as int)) - 1) <> 0""")


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """The share of a window's events that is here, 0…1, with a 95 % interval; or `why` it can't be estimated."""

    share: float | None = None
    least: float | None = None
    most: float | None = None
    why: str | None = None


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What is stated of a source as of a moment. `lateness` is seconds (p50, p95, p99), None where not estimable."""

    as_of: datetime
    hour: Share
    day: Share
    week: Share
    lateness: tuple[float, float, float] | None = None


async def held(connection: AsyncConnection, instance: str) -> bool:
    """Whether the instance is still there; it then stays until the transaction ends."""
    return (await connection.execute(_HELD, {"instance": instance})).first() is not None


async def first_seen(
    connection: AsyncConnection, instance: str, events: Sequence[tuple[int, int]], seen: int
) -> None:  # fmt: skip
    """Counts those of these events (digest of the id, slot it happened in) that were not seen before slot `seen`.

    An empty read is noted too: that the source was read is what tells late from unread.
    """
    await connection.execute(_MADE, {"instance": instance})
    given = {"instance": instance, "seen": seen}
    if events:
        ids, happened = zip(*events, strict=True)
        await connection.execute(_FIRST_SEEN, {**given, "ids": list(ids), "happened": list(happened)})
    await connection.execute(_ARRIVED, {**given, "happened": [seen], "counts": [0]})


async def arrived(connection: AsyncConnection, instance: str, events: Mapping[int, int], seen: int) -> None:
    """Counts events that come only once, by the slot they happened in."""
    await connection.execute(_MADE, {"instance": instance})
    given = {"happened": [seen, *events], "counts": [0, *events.values()]}
    if seen in events:
        given = {"happened": list(events), "counts": list(events.values())}
    await connection.execute(_ARRIVED, {"instance": instance, "seen": seen, **given})


async def take_due(connection: AsyncConnection, now: datetime, rest: timedelta) -> str | None:
    """An instance that is to be stated anew, which nobody else then takes for `rest`."""
    found = (await connection.execute(_DUE, {"now": now, "rest": rest.total_seconds()})).scalar_one_or_none()
    return None if found is None else str(found)


async def cells(connection: AsyncConnection, instance: str, since: int) -> tuple[list[int], list[int], list[int]]:
    """Three columns: slots (from `since`) in which events happened, in which they were first seen, and how many.

    They come as arrays: a month of a busy source is a hundred thousand rows.
    """
    row = (await connection.execute(_CELLS, {"instance": instance, "since": since})).one()
    return row.happened, row.seen, row.counts


async def say(connection: AsyncConnection, instance: str, truth: Truth) -> None:
    """Keeps what is stated."""
    given = {"instance": instance, "said": msgspec.json.encode(truth).decode()}
    await connection.execute(_SAY, given)


async def tidy(connection: AsyncConnection, instance: str, *, cells_before: int, ids_before: int) -> None:
    """Drops what is too old to count or to be read again; thins the ids where they are still too many."""
    await connection.execute(_OLD_CELLS, {"instance": instance, "before": cells_before})
    await connection.execute(_OLD_IDS, {"instance": instance, "before": ids_before})
    thinned = (await connection.execute(_THIN, {"instance": instance, "most": MOST_IDS})).scalar_one_or_none()
    if thinned is not None:
        await connection.execute(_THINNED, {"instance": instance, "thinned": thinned})


def told(said: Any) -> Truth | None:
    """What was stated, as it stands in the table."""
    return None if said is None else msgspec.convert(said, Truth)
