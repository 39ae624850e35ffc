"""Dirty grains: what the judge has to look at again, marked in the same transaction as the change that concerns it.

Grains are `tool:<tool>|<unit>`, `solution:<id>`, `source:<instance>` and `capability:<instance>/<stem>`. A key nobody
has given a tool stands for itself (`tool:host:example.ai|unknown`). A unit is the linked person's, else the one records
named, else `unknown`.

Marking locks the grain's row, so a mark waits for a judge that holds the grain instead of being lost with the row
the judge deletes. All marks of a transaction are made at its end, in one sorted statement: no two can lock crosswise.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.inventory.domain.grain import parse

UNKNOWN = "unknown"
FENCE = 0x70656E63
"""The advisory lock between counting cells and changing what they are joined with."""

MARK = text("""
    insert into inventory.dirty_grain (grain, since)
    select grain, :now from unnest(cast(:grains as text[])) as marked (grain) order by grain
    on conflict (grain) do update set since = least(inventory.dirty_grain.since, excluded.since), urgent = true""")
# Of a grain whose alert is open, or that was counted and never had one, more use changes figures and no standing.
MARK_USED = text("""
    insert into inventory.dirty_grain as held (grain, since, urgent)
    select grain, :now, not (
        exists (select from inventory.alert where alert.grain = marked.grain and state <> 'closed')
        or (exists (select from inventory.tool_figures as known
                    where known.tool = marked.tool and known.unit = marked.unit)
            and not exists (select from inventory.alert where alert.grain = marked.grain)))
    from unnest(cast(:grains as text[]), cast(:tools as text[]), cast(:units as text[])) as marked (grain, tool, unit)
    order by grain
    on conflict (grain) do update
        set since = least(held.since, excluded.since), urgent = held.urgent or excluded.urgent""")
NAMES = """
    select distinct 'tool:' || coalesce(label.tool, cell.key)
        || '|' || coalesce(person.unit, actor_unit.unit, 'unknown')
    from {cells} as cell
    left join inventory.label on label.key = cell.key
    left join inventory.identity on identity.identifier = cell.actor
    left join inventory.person on person.person = identity.person
    left join inventory.actor_unit on actor_unit.actor = cell.actor"""
CELLS = NAMES.format(cells="inventory.cell")
OTHERS = """
    select 'solution:' || id from inventory.solution
    union select 'source:' || instance from inventory.source_type
    union select grain from inventory.alert where state <> 'closed'"""
OF_KEYS = text(f"{CELLS} where cell.key = any(:asked)")
OF_TOOLS = text(f"{CELLS} where coalesce(label.tool, cell.key) = any(:asked)")
OF_ACTORS = text(f"""{CELLS} where cell.actor = any(:asked)
    union select 'solution:' || id from inventory.solution where owner = any(:asked)""")
OF_PEOPLE = text(f"""{CELLS} where identity.person = any(:asked)
    union select 'solution:' || id from inventory.solution
        join inventory.identity on identity.identifier = solution.owner where identity.person = any(:asked)""")
OF_USES = text("select distinct 'solution:' || solution from inventory.solution_use where key = any(:asked)")
OF_STAGED = text(NAMES.format(cells="staged_cell"))
OF_ALL = text(f"{CELLS} union {OTHERS}")


async def counting(connection: AsyncConnection) -> None:
    """Held by whoever adds cells, until the transaction ends: labels, people and units stay as they are read."""
    await connection.execute(text("select pg_advisory_xact_lock_shared(:fence)"), {"fence": FENCE})


async def relinking(connection: AsyncConnection) -> None:
    """Held by whoever changes labels, people or units: take it before asking for grains, before and after the change.

    Without it a cell counted meanwhile could be marked under its old name only.
    """
    await connection.execute(text("select pg_advisory_xact_lock(:fence)"), {"fence": FENCE})


async def mark(connection: AsyncConnection, grains: Iterable[str], now: datetime) -> None:
    """Marks grains dirty; the earliest mark's time is kept. The last statement of a transaction."""
    given = sorted(set(grains))
    if given:
        await connection.execute(MARK, {"grains": given, "now": now})


async def mark_used(connection: AsyncConnection, grains: Iterable[str], now: datetime) -> None:
    """As `mark`, of what more use was counted: where that changes but figures, the judge lets the mark rest a while."""
    given = [(grain, parse(grain)) for grain in sorted(set(grains))]
    if given:
        asked = {
            "grains": [grain for grain, _ in given], "now": now,
            "tools": [about.subject if about.kind == "tool" else None for _, about in given],
            "units": [about.unit for _, about in given],
        }  # fmt: skip
        await connection.execute(MARK_USED, asked)


async def of_keys(connection: AsyncConnection, keys: Collection[str]) -> set[str]:
    """The tool grains that cells of these match keys belong to now."""
    return await _asked(connection, OF_KEYS, keys)


async def of_tools(connection: AsyncConnection, tools: Collection[str]) -> set[str]:
    """The grains of these tools, one for each unit that uses them now."""
    return await _asked(connection, OF_TOOLS, tools)


async def of_actors(connection: AsyncConnection, actors: Collection[str]) -> set[str]:
    """The tool grains that these actors' cells belong to now, and the solutions they own."""
    return await _asked(connection, OF_ACTORS, actors)


async def of_people(connection: AsyncConnection, people: Collection[str]) -> set[str]:
    """The tool grains that these people's cells belong to now, and the solutions they own."""
    return await _asked(connection, OF_PEOPLE, people)


async def of_uses(connection: AsyncConnection, keys: Collection[str]) -> set[str]:
    """The grains of solutions that use what these match keys are taken for."""
    return await _asked(connection, OF_USES, keys)


async def of_staged(connection: AsyncConnection) -> set[str]:
    """The tool grains of the cells that this transaction has staged (services/inventory/record.py)."""
    return set((await connection.execute(OF_STAGED)).scalars())


async def mark_tool(connection: AsyncConnection, tools: Collection[str], now: datetime) -> None:
    """Marks these tools in every unit that uses them."""
    await mark(connection, await of_tools(connection, tools), now)


async def mark_people(connection: AsyncConnection, people: Collection[str], now: datetime) -> None:
    """Marks every tool of these people, in their present unit, and their solutions."""
    await mark(connection, await of_people(connection, people), now)


async def mark_all(connection: AsyncConnection, now: datetime, also: Iterable[str] = ()) -> None:
    """Marks every grain there is, and those nobody judged yet: the registry or the policy changed."""
    await mark(connection, {*(await connection.execute(OF_ALL)).scalars(), *also}, now)


async def _asked(connection: AsyncConnection, query: TextClause, asked: Collection[str]) -> set[str]:
    if not asked:
        return set()
    return set((await connection.execute(query, {"asked": sorted(asked)})).scalars())
