"""Staging: rows copied into a temporary table shaped like one of the inventory's, to be merged in one statement."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def stage(connection: AsyncConnection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Copies rows, in the table's column order, into `staged_<table>`, gone when the transaction ends.

    The table is made through SQLAlchemy, which opens the transaction: a COPY as the first statement of a connection
    would run outside of it and survive a rollback.
    """
    await connection.execute(text(f"create temp table staged_{table} (like inventory.{table}) on commit drop"))
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the connection was closed under its transaction")
    await driver.copy_records_to_table(f"staged_{table}", records=rows)
