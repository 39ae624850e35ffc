"""Staging: rows copied into a temporary table shaped like one of the inventory's, to be merged in one statement.

A staging table is the connection's own and stays with it, empty between transactions: making one anew for each batch
costs more than a small batch's rows.
"""

import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.errors import Transient


async def stage(connection: AsyncConnection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Copies rows, in the table's column order, into `staged_<table>`, empty again when the transaction ends.

    Raises Transient where the database refuses.
    """
    await make(connection, table)
    driver = await _driver(connection)
    with _refusals():
        await driver.copy_records_to_table(f"staged_{table}", records=rows)


async def stage_encoded(connection: AsyncConnection, table: str, encoded: Iterable[bytes]) -> None:
    """As `stage`, with what `services.inventory.copying` has encoded."""
    await make(connection, table)
    driver = await _driver(connection)
    with _refusals():
        await driver.copy_to_table(f"staged_{table}", source=_pieces(encoded), format="binary")


async def copy(connection: AsyncConnection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Copies rows, in the table's column order, into `inventory.<table>` itself. Raises Transient.

    Not as a transaction's first statement: a COPY there would be outside of it.
    """
    driver = await _driver(connection)
    with _refusals():
        await driver.copy_records_to_table(table, schema_name="inventory", records=rows)


async def add_encoded(connection: AsyncConnection, table: str, encoded: Iterable[bytes]) -> bool:
    """Copies straight into `inventory.<table>`; False where a key is there already, then nothing was added.

    Raises Transient where the database refuses for another reason.
    """
    driver = await _driver(connection)
    with _refusals():
        try:
            async with connection.begin_nested():
                await driver.copy_to_table(table, schema_name="inventory", source=_pieces(encoded), format="binary")
        except asyncpg.UniqueViolationError:
            return False
    return True


async def make(connection: AsyncConnection, table: str) -> None:
    """Made through SQLAlchemy, which opens the transaction: a COPY as the first statement would run outside of it."""
    made = f"create temp table if not exists staged_{table} (like inventory.{table}) on commit delete rows"
    await connection.execute(text(made))


async def _driver(connection: AsyncConnection) -> Any:
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the connection was closed under its transaction")
    return driver


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """What the driver raises is unknown to whoever works through SQLAlchemy: a lost connection is a passing trouble."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Transient(f"the database refused a copy: {type(error).__name__}") from error


async def _pieces(encoded: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in encoded:
        yield piece
