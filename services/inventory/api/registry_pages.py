"""What the registry's pages show: a page of entries with its filter, one entry with what it covers, a form."""

from datetime import date, datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.registry import RegistryEntry
from services.inventory.api import cursor as cursors
from services.inventory.api import small_groups
from services.inventory.api.estate import Estate
from services.inventory.api.registry import reader
from services.inventory.api.views import Page, View
from services.inventory.registry_changes import Record, Revision, record
from services.inventory.registry_search import Asked, Entry, following
from services.kit.access import Caller
from services.kit.runtime import Runtime

ROWS = 100
PERIODS = (30, 60, 90)
COVERS = text("""
    select tool as name, unit, people, last_seen from inventory.tool_figures
    where tool = any(:tools) and unit is not null
    union all
    select id, null, 0, last_seen from inventory.solution
    where deleted_at is null and id = any(:solutions) order by name, unit""")


class RegistryPage(Page, frozen=True, kw_only=True):
    """A page of entries, the filter they were asked by, and how many the filter has in all."""

    asked: Asked
    total: int


class ExpiringPage(Page, frozen=True, kw_only=True):
    """Entries that lapse within `days`, the nearest first; `counts` is how many do within each period.

    `lapsed` have lapsed already.
    """

    days: int
    today: date
    total: int
    counts: dict[int, int]
    lapsed: int


class Covered(View, frozen=True, kw_only=True):
    """Something an entry names: in which units how many people were seen with it; none: it was not seen."""

    name: str
    kind: str
    units: dict[str, int]
    small_units: int
    last_seen: datetime | None


class EntryPage(View, frozen=True, kw_only=True):
    """One entry: as it stands, what it covers, and its history. `stands` is None for a removed one."""

    record: Record
    stands: Entry | None
    covers: tuple[Covered, ...]


class FormPage(View, frozen=True, kw_only=True):
    """A form with what it holds. `revision` 0 is a new entry; `alert` is where it came from.

    `since` is what others did meanwhile, where it was refused for that; `faults` what can't be saved, by field.
    """

    entry: RegistryEntry
    revision: int
    alert: str | None = None
    since: tuple[Revision, ...] = ()
    conflict: str | None = None
    faults: dict[str, str] = msgspec.field(default_factory=dict)
    tools: dict[str, str] = msgspec.field(default_factory=dict)


async def registry_page(runtime: Runtime, estate: Estate, asked: Asked, cursor: str | None) -> RegistryPage:
    """A page of entries by id."""
    async with reader(runtime, estate) as reading:
        found = await reading.page(asked, ROWS + 1, cursors.decode(cursor, str))
        total = await reading.count(asked)
    last = following(found, ROWS)
    return RegistryPage(
        items=tuple(found[:ROWS]), next=cursors.encode(last.id) if last else None, asked=asked, total=total
    )


async def expiring_page(runtime: Runtime, estate: Estate, days: int, cursor: str | None) -> ExpiringPage:
    """A page of entries by the day they lapse."""
    async with reader(runtime, estate) as reading:
        found = await reading.by_end(Asked(within=days), ROWS + 1, cursors.decode(cursor, tuple[date, str]))
        counts = {period: await reading.count(Asked(within=period)) for period in PERIODS}
        lapsed = await reading.count(Asked(lapsed=True))
        total = counts.get(days) or await reading.count(Asked(within=days))
    last = following(found, ROWS)
    after = cursors.encode((last.lapses_on, last.id)) if last else None
    return ExpiringPage(
        items=tuple(found[:ROWS]), next=after, days=days, today=runtime.clock.now().date(), total=total,
        counts=counts, lapsed=lapsed,
    )  # fmt: skip


async def entry_page(runtime: Runtime, estate: Estate, caller: Caller, name: str) -> EntryPage:
    """One entry; raises NotFound."""
    async with reader(runtime, estate) as reading:
        found = await record(reading.connection, name)
        stands = await reading.one(name) if found.removed_at is None else None
        smallest = small_groups.smallest_for(caller, estate.policy)
        covers = await _covers(reading.connection, found.entry, smallest)
    return EntryPage(record=found, stands=stands, covers=covers)


async def _covers(connection: AsyncConnection, entry: RegistryEntry, smallest: int) -> tuple[Covered, ...]:
    given = {"tools": list(entry.tools), "solutions": list(entry.solution_ids)}
    rows = (await connection.execute(COVERS, given)).all()
    told = []
    for kind, names in (("tool", entry.tools), ("solution", entry.solution_ids)):
        for name in names:
            of = [row for row in rows if row.name == name]
            units, left_out = small_groups.told({row.unit: row.people for row in of if row.unit is not None}, smallest)
            told.append(
                Covered(
                    name=name, kind=kind, units=units, small_units=left_out,
                    last_seen=max((row.last_seen for row in of), default=None),
                )
            )  # fmt: skip
    return tuple(told)


def blank() -> RegistryEntry:
    """What an empty form holds."""
    return RegistryEntry(id="", name="")
