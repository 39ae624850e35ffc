"""Taking a backup: every row of our schemas as of one moment, while the services run."""

import zipfile
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit import keys as kit_keys
from services.kit.backup import archive, tables
from services.kit.backup.archive import FORMAT, KEYS, MANIFEST, ROWS, Manifest
from services.kit.backup.tables import Table
from services.kit.runtime import Runtime

CHUNK = 64 * 1024


class Taken(NamedTuple):
    """What a backup holds: tables, rows, bytes of the file, and the fingerprint of the keys in it."""

    tables: int
    rows: int
    size: int
    fingerprint: str


async def take(runtime: Runtime, path: Path, passphrase: str | None) -> Taken:
    """Writes the backup; raises Misconfigured where the file can't be written.

    One read-only transaction sees one moment, so rows that belong together are there together or not at all, log
    positions and the rows they stand for included.
    """
    async with runtime.engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with archive.written(path, passphrase) as target:
            manifest = await _copied(runtime, connection, target)
            target.writestr(KEYS, kit_keys.dump(runtime.keys))
            target.writestr(MANIFEST, msgspec.json.encode(manifest))
    size = path.stat().st_size  # noqa: ASYNC240 - one look at a file that was just written
    return Taken(len(manifest.tables), sum(manifest.rows.values()), size, manifest.fingerprint)


async def _copied(runtime: Runtime, connection: AsyncConnection, target: zipfile.ZipFile) -> Manifest:
    revision = (await connection.execute(text(f"select version_num from {tables.VERSION}"))).scalar_one()
    found = await tables.tables(connection)
    driver: Any = (await connection.get_raw_connection()).driver_connection
    rows = {}
    for table in found:
        with target.open(ROWS + table.name, "w", force_zip64=True) as member:
            rows[table.name] = await _copy(driver, table, member)
    return Manifest(
        format=FORMAT, taken_at=runtime.clock.now(), revision=str(revision), fingerprint=runtime.keys.fingerprint,
        log=runtime.settings.log_url.partition(":")[0], tables=tuple(found), rows=rows,
        sequences=await tables.sequences(connection),
    )  # fmt: skip


async def _copy(driver: Any, table: Table, member: IO[bytes]) -> int:
    """All rows of one table; returns how many."""

    async def write(data: bytes) -> None:
        member.write(data)

    columns = ", ".join(f'"{each.name}"' for each in table.columns)
    done = await driver.copy_from_query(f"select {columns} from only {table.name}", output=write)
    return int(done.rpartition(" ")[2])
