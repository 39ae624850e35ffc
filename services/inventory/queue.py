"""The alert queue in PostgreSQL: filtered, counted, in an order that stays fixed while somebody reads on.

`newest` goes by keys that never change. Any other order goes by what changes all the time, so where there is more
than one page, the ids in their order are kept as a listing and the cursor is a place in it: what is decided or seen
meanwhile shows as it is now, in the place it had.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.inventory.api.desk import UNASSIGNED, After, Age, Queue, QueuedAlert, Sort, Wanted
from services.inventory.api.overview import SEVERITIES
from services.kit.errors import Misconfigured

AGES = {Age.DAY: timedelta(days=1), Age.WEEK: timedelta(days=7), Age.MONTH: timedelta(days=30)}
LISTED = 100_000
"""Alerts an order is fixed for."""
KEPT = timedelta(hours=4)
ALWAYS, NEVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
COUNTED = 60
"""Values a filter's counts name, those with most alerts first."""

TESTS: dict[str, str] = {
    "state": "(cast(:state as text) is null or state = :state)",
    "standing": "(cast(:standing as text[]) is null or standing = any(:standing) and kind <> 'source')",
    "severity": "(cast(:severity as text[]) is null or severity = any(:severity))",
    "kind": "(cast(:kind as text[]) is null or kind = any(:kind))",
    "tool": "(cast(:tool as text[]) is null or tool = any(:tool))",
    "unit": "(cast(:unit as text[]) is null or unit = any(:unit))",
    "data_class": "(cast(:data_class as text[]) is null or classes && :data_class)",
    "assignee": f"(cast(:assignee as text[]) is null or coalesce(assignee, '{UNASSIGNED}') = any(:assignee))",
    "age": "opened_at >= :since and opened_at < :before",
    "text": "strpos(searched, lower(:text)) > 0",
}
VALUES: dict[str, str] = {
    "state": "state", "standing": "case when kind <> 'source' then standing end", "severity": "severity",
    "kind": "kind", "tool": "tool", "unit": "unit", "data_class": "unnest(classes)",
    "assignee": f"coalesce(assignee, '{UNASSIGNED}')",
}  # fmt: skip
COLUMNS = "id, payload, assignee, snoozed_until, opened_at"
ALL = " and ".join(f"({test})" for test in TESTS.values())
RANK = f"array_position(array[{','.join(repr(name) for name in SEVERITIES)}], severity)"
ORDERS: dict[Sort, str] = {
    Sort.NEWEST: "opened_at desc, id desc",
    Sort.SEVERITY: f"{RANK}, opened_at desc, id desc",
    Sort.LAST_SEEN: "last_seen desc nulls last, opened_at desc, id desc",
    Sort.PEOPLE: "people desc, opened_at desc, id desc",
}
NEWEST = text(f"""
    select {COLUMNS} from inventory.alert where {ALL}
      and (cast(:at as timestamptz) is null or (opened_at, id) < (:at, :name))
    order by {ORDERS[Sort.NEWEST]} limit :limit""")
ORDERED: Mapping[Sort, TextClause] = {
    sort: text(f"select id from inventory.alert where {ALL} order by {order} limit {LISTED}")
    for sort, order in ORDERS.items()
}
SHOWN = text(f"""
    select {COLUMNS} from unnest(cast(:ids as text[])) with ordinality as asked (id, place)
    join inventory.alert using (id) order by place""")
KEEP = text("""
    insert into inventory.alert_listing as held (id, ids, made_at) values (:id, :ids, :now)
    on conflict (id) do update set made_at = greatest(held.made_at, excluded.made_at)""")
FORGET = text("delete from inventory.alert_listing where made_at < :oldest")
LISTING = text("""
    select ids[cast(:first as integer) : cast(:last as integer)] as ids, cardinality(ids) as total
    from inventory.alert_listing where id = :id""")


def _counts() -> TextClause:
    """For each filter the alerts that all others let through, by value, and how many pass them all."""
    bits = {name: 1 << number for number, name in enumerate(TESTS)}
    missed = " | ".join(f"case when {test} then 0 else {bits[name]} end" for name, test in TESTS.items())
    each = " union all ".join(
        f"(select '{name}' as filter, {value} as value, count(*) as alerts from seen "
        f"where missed & ~{bits[name]} = 0 group by 2 order by 3 desc, 2 limit {COUNTED})"
        for name, value in VALUES.items()
    )
    ages = " union all ".join(
        f"select 'age', '{age.value}', count(*) filter (where {test}) from seen where missed & ~{bits['age']} = 0"
        for age, test in (
            (Age.DAY, "opened_at >= :day"), (Age.WEEK, "opened_at >= :week"), (Age.MONTH, "opened_at >= :month"),
            (Age.OLDER, "opened_at < :month"),
        )
    )  # fmt: skip
    return text(f"""
        with seen as materialized (select *, {missed} as missed from (
            select state, standing, severity, kind, tool, unit, classes, assignee, opened_at,
                searched from inventory.alert) as a)
        {each} union all {ages} union all select 'total', '', count(*) from seen where missed = 0""")


COUNTS = _counts()


async def page(
    connection: AsyncConnection, wanted: Wanted, sort: Sort, limit: int, after: After | None, now: datetime
) -> tuple[Queue, After | None]:
    """A page of the queue with its counts, and where it ended if there is more."""
    given = _given(wanted, now)
    counts, total = await _counted(connection, given, now)
    if sort is Sort.NEWEST:
        items, following = await _newest(connection, given, limit, after)
    else:
        items, following = await _in_order(connection, given, sort, limit, after, now)
    shown = Queue(
        items=items, next=None, state=wanted.state or "all", sort=sort.value, total=total, counts=counts
    )  # fmt: skip
    return shown, following


async def _newest(
    connection: AsyncConnection, given: Mapping[str, object], limit: int, after: After | None
) -> tuple[tuple[QueuedAlert, ...], After | None]:
    asked = {**given, "at": after.at if after else None, "name": after.name if after else "", "limit": limit + 1}
    rows = (await connection.execute(NEWEST, asked)).all()
    following = After(rows[limit - 1].opened_at, rows[limit - 1].id) if len(rows) > limit else None
    return _read(rows[:limit]), following


async def _in_order(
    connection: AsyncConnection, given: Mapping[str, object], sort: Sort, limit: int, after: After | None,
    now: datetime,
) -> tuple[tuple[QueuedAlert, ...], After | None]:  # fmt: skip
    if after is None:
        ids = list((await connection.execute(ORDERED[sort], given)).scalars())
        name, place, total, asked = "", 0, len(ids), ids[:limit]
        if total > limit:
            name = await _keep(connection, ids, now)
    else:
        name, place = after.name, after.place
        where = {"id": name, "first": place + 1, "last": place + limit}
        row = (await connection.execute(LISTING, where)).one_or_none()
        if row is None:
            raise Misconfigured("cursor: this order was fixed more than four hours ago; begin again without it")
        asked, total = row.ids, row.total
    rows = (await connection.execute(SHOWN, {"ids": asked})).all()
    ended = place + limit
    return _read(rows), After(None, name, ended) if total > ended else None


async def _keep(connection: AsyncConnection, ids: Sequence[str], now: datetime) -> str:
    """Keeps an order under a name that follows from it: the same one asked for again takes no more room."""
    name = f"lst_{hashlib.blake2b(' '.join(ids).encode(), digest_size=12).hexdigest()}"
    await connection.execute(FORGET, {"oldest": now - KEPT})
    await connection.execute(KEEP, {"id": name, "ids": list(ids), "now": now})
    return name


async def _counted(
    connection: AsyncConnection, given: Mapping[str, object], now: datetime
) -> tuple[dict[str, dict[str, int]], int]:
    starts = {age.value: now - length for age, length in AGES.items()}
    found: dict[str, dict[str, int]] = {}
    for row in await connection.execute(COUNTS, {**given, **starts}):
        if row.value is not None:
            found.setdefault(row.filter, {})[row.value] = row.alerts
    return found, found.pop("total")[""]


def _given(wanted: Wanted, now: datetime) -> dict[str, object]:
    """The parameters of the tests; an empty filter is no filter."""
    start = now - AGES[wanted.age] if wanted.age in AGES else None
    many = {name: list(getattr(wanted, name)) or None for name in VALUES if name != "state"}
    return {
        **many, "state": wanted.state, "text": wanted.text,
        "since": start or ALWAYS, "before": now - AGES[Age.MONTH] if wanted.age is Age.OLDER else NEVER,
    }  # fmt: skip


def _read(rows: Sequence[Row[Any]]) -> tuple[QueuedAlert, ...]:
    return tuple(
        msgspec.structs.replace(_decode(row.payload), assignee=row.assignee, snoozed_until=row.snoozed_until)
        for row in rows
    )


_decode = msgspec.json.Decoder(QueuedAlert).decode
