"""The tables a backup holds: every one of our schemas, in an order in which rows find what they refer to.

What is asked of PostgreSQL's catalog: https://www.postgresql.org/docs/current/catalogs.html.
"""

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

SCHEMAS = ("control", "log", "inventory")
VERSION = "control.alembic_version"
_TABLES = text("""
    select c.oid, n.nspname || '.' || c.relname as name,
           parent.nspname || '.' || p.relname as parent, pg_get_expr(c.relpartbound, c.oid) as bound
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
    left join pg_namespace parent on parent.oid = p.relnamespace
    where n.nspname = any(:schemas) and c.relkind = 'r' order by 2""")
_COLUMNS = text("""
    select attrelid as oid, attname as name, format_type(atttypid, atttypmod) as type, attnotnull as needed
    from pg_attribute where attrelid = any(:oids) and attnum > 0 and not attisdropped and attgenerated = ''
    order by attrelid, attnum""")
_INDEXES = text("""
    select indrelid as oid, indisprimary as main, pg_get_indexdef(indexrelid) as made,
           pg_get_constraintdef(k.oid) as key
    from pg_index left join pg_constraint k on k.conindid = indexrelid and k.contype = 'p'
    where indrelid = any(:oids) and not exists (select from pg_inherits where inhrelid = indexrelid)
    order by indexrelid""")
_REFERENCES = text("""
    select distinct r.conrelid::regclass::text as name, r.confrelid::regclass::text as needs from pg_constraint r
    where r.contype = 'f' and r.conrelid <> r.confrelid and r.conparentid = 0""")
_SEQUENCES = text("""
    select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any(:schemas) and c.relkind = 'S' order by 1""")


class Column(msgspec.Struct, frozen=True):
    """A column that is stored; generated ones are not copied."""

    name: str
    type: str
    needed: bool


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table with rows of its own. A partition has a `parent` and its `bound`, any other its `indexes`."""

    name: str
    columns: tuple[Column, ...]
    parent: str | None = None
    bound: str | None = None
    key: str | None = None
    indexes: tuple[str, ...] = ()


async def tables(connection: AsyncConnection) -> list[Table]:
    """All tables of our schemas but the version's, those that are referred to before those that refer."""
    given = {"schemas": list(SCHEMAS)}
    rows = [row for row in (await connection.execute(_TABLES, given)).all() if row.name != VERSION]
    oids = {"oids": [row.oid for row in rows]}
    columns: dict[int, list[Column]] = {row.oid: [] for row in rows}
    for each in (await connection.execute(_COLUMNS, oids)).all():
        columns[each.oid].append(Column(each.name, each.type, each.needed))
    indexes = (await connection.execute(_INDEXES, oids)).all()
    found = {
        row.name: Table(
            name=row.name, columns=tuple(columns[row.oid]), parent=row.parent, bound=row.bound,
            key=next((each.key for each in indexes if each.oid == row.oid and each.main), None),
            indexes=tuple(each.made for each in indexes if each.oid == row.oid and not each.main),
        )
        for row in rows
    }  # fmt: skip
    return [found[name] for name in await _order(connection, found)]


async def _order(connection: AsyncConnection, found: Mapping[str, Any]) -> Sequence[str]:
    sorter: TopologicalSorter[str] = TopologicalSorter({name: set() for name in sorted(found)})
    for row in (await connection.execute(_REFERENCES)).all():
        if row.name in found and row.needs in found:
            sorter.add(row.name, row.needs)
    return tuple(sorter.static_order())


async def sequences(connection: AsyncConnection) -> dict[str, tuple[int, bool]]:
    """Where each sequence stands: its last value, and whether that was given out."""
    found = {}
    for name in (await connection.execute(_SEQUENCES, {"schemas": list(SCHEMAS)})).scalars().all():
        row = (await connection.execute(text(f"select last_value, is_called from {name}"))).one()
        found[str(name)] = (int(row.last_value), bool(row.is_called))
    return found


def creation(table: Table) -> list[str]:
    """The statements that make a table that no migration makes."""
    if table.parent is not None:
        key = f" ({table.key})" if table.key else ""
        return [f"create table {table.name} partition of {table.parent}{key} {table.bound}", *table.indexes]
    columns = [f'"{each.name}" {each.type}{" not null" if each.needed else ""}' for each in table.columns]
    return [f"create table {table.name} ({', '.join([*columns, *([table.key] if table.key else [])])})", *table.indexes]
