"""Figures: the summaries of tools as last counted, kept by the judge, so that a page need not count every cell anew.

Whatever changes a tool's summary marks its grains, and the judge counts marked grains anyway: it writes what it found
here in the same transaction. A reader takes these rows, and counts the tools that wait for the judge itself where
that is quickly done; on a busy large estate the rows are as late as the alerts are.
"""

from collections.abc import Collection, Iterable, Mapping

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.inventory import summaries
from services.inventory.domain.grain import Grain
from services.inventory.summaries import Summary

QUICK = 2_000
"""Distinct people of the waiting tools, all added up, that a reader counts itself: some tens of milliseconds."""
COLUMNS = "tool, unit, verdict, people, bytes_out, first_seen, last_seen, events, classes, counted_at"

NOW = text("select clock_timestamp()")
WAITING = text("""
    select distinct regexp_replace(substr(grain, 6), '\\|[^|]*$', '') from inventory.dirty_grain
    where grain like 'tool:%'""")
# As one text: making rows of a few thousand takes longer than asking for them.
STORED = text("""
    select coalesce(json_agg(kept), '[]')::text from (
        select tool, unit, verdict, people, bytes_out, first_seen, last_seen, events::json as events, classes
        from inventory.tool_figures where cast(:only as text[]) is null or tool = any(:only)
        order by tool, unit nulls first) as kept""")
# Two judges may count one tool at a time: the row of the later count stays, whoever writes last.
KEEP = text(f"""
    insert into inventory.tool_figures as held ({COLUMNS})
    select tool, unit, verdict, people, bytes_out, first_seen, last_seen, events,
        coalesce((select array_agg(c) from json_array_elements_text(classes) as c), '{{}}'), :at
    from json_to_recordset(cast(:rows as json)) as given (
        tool text, unit text, verdict text, people bigint, bytes_out bigint, first_seen timestamptz,
        last_seen timestamptz, events text, classes json)
    order by tool, unit nulls first
    on conflict (tool, unit) do update set verdict = excluded.verdict, people = excluded.people,
        bytes_out = excluded.bytes_out, first_seen = excluded.first_seen, last_seen = excluded.last_seen,
        events = excluded.events, classes = excluded.classes, counted_at = excluded.counted_at
    where held.counted_at < excluded.counted_at""")
DROP = text("""
    delete from inventory.tool_figures as held using json_to_recordset(cast(:gone as json)) as gone (
        tool text, unit text)
    where held.tool = gone.tool and held.unit is not distinct from gone.unit and held.counted_at < :at""")

Figures = Mapping[str, Mapping[str | None, Summary]]


async def counted(connection: AsyncConnection, taken: Iterable[Grain]) -> Figures:
    """Counts the tools of these grains and keeps what was found of them, in the connection's transaction."""
    grains = [grain for grain in taken if grain.kind == "tool"]
    if not grains:
        return {}
    at = (await connection.execute(NOW)).scalar_one()
    found = await summaries.of_tools(connection, {grain.subject for grain in grains})
    places = {(grain.subject, unit) for grain in grains for unit in (grain.unit, None)}
    held = {place: found.get(place[0], {}).get(place[1]) for place in places}
    gone = [{"tool": tool, "unit": unit} for (tool, unit), summary in held.items() if summary is None]
    if gone:
        await connection.execute(DROP, {"gone": msgspec.json.encode(gone).decode(), "at": at})
    kept = [_row(summary) for summary in held.values() if summary is not None]
    if kept:
        await connection.execute(KEEP, {"rows": msgspec.json.encode(kept).decode(), "at": at})
    return found


async def of_all(connection: AsyncConnection, only: Collection[str] | None = None) -> Figures:
    """Every tool in use, or `only` these, by unit, None being all units together."""
    names = None if only is None else sorted(only)
    waiting = set((await connection.execute(WAITING)).scalars())
    if only is not None:
        waiting &= set(only)
    stored: dict[str, dict[str | None, Summary]] = {}
    for summary in _decode((await connection.execute(STORED, {"only": names})).scalar_one()):
        stored.setdefault(summary.tool, {})[summary.unit] = summary
    again = _again(stored, waiting)
    if not again:
        return stored
    fresh = await summaries.of_tools(connection, again)
    return {name: units for name, units in stored.items() if name not in again} | dict(fresh)


def _again(stored: Figures, waiting: Collection[str]) -> set[str]:
    """The tools to be counted at once: those never counted, and the waiting ones where they are quickly counted."""
    late = {name for name in waiting if None in stored.get(name, {})}
    quick = sum(stored[name][None].people for name in late) <= QUICK
    return set(waiting) if quick else set(waiting) - late


def _row(summary: Summary) -> dict[str, object]:
    events = msgspec.json.encode(summary.events).decode()
    return {**msgspec.structs.asdict(summary), "events": events, "classes": summary.classes}


_decode = msgspec.json.Decoder(list[Summary]).decode
