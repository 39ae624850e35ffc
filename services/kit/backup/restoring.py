"""Restoring a backup: into an empty database, or in place of what is there where that is asked for.

What was there is set aside until the restore is whole, and put back where it fails.
"""

import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.kit import keys as kit_keys
from services.kit.backup import archive, tables
from services.kit.backup.archive import KEYS, ROWS, Manifest
from services.kit.backup.tables import SCHEMAS, Table
from services.kit.errors import Conflict, Misconfigured
from services.kit.migrate import migrate, script

CHUNK = 256 * 1024
ASIDE = "before_restore_"
OWN = frozenset(
    {
        tables.VERSION,
        "control.fingerprint",
        "control.audit_head",
        "log.topic",
        "log.head",
        "log.segment",
        "inventory.change_head",
    }
)
"""Tables that the first start fills: a database with no other rows is as good as empty."""
_OTHERS = text("""
    select count(*) from pg_stat_activity
    where datname = current_database() and application_name = 'penumbra' and pid <> pg_backend_pid()""")
_NAME = re.compile(r"(?:control|log|inventory)\.[a-z][a-z0-9_]*")
_ANY_ROWS = "select exists (select from {})"


class Restored(NamedTuple):
    """What a restore did: tables and rows, the revision of the database now, and the fingerprint of the keys."""

    tables: int
    rows: int
    revision: str
    fingerprint: str


async def restore(
    engine: AsyncEngine, path: Path, passphrase: str | None, *, keys: Path | None, present: kit_keys.Keys | None,
    replace: bool = False, forget_positions: bool = False,
) -> Restored:  # fmt: skip
    """Puts a backup back; `keys` is the file its keys go to (None: there is none), `present` the keys that are there.

    Raises Misconfigured for a file that is none or of a newer program, Conflict where the database is in use or not
    empty, or the keys that are there are others, unless `replace`. `forget_positions` has a new, empty Kafka read from
    its beginning: the positions are those of the log at the time of the backup.
    """
    with archive.opened(path, passphrase) as (file, manifest):
        _check(path, manifest)
        _check_keys(manifest, keys, present, replace=replace)
        aside = await _set_aside(engine, replace=replace)
        try:
            await migrate(engine, manifest.revision)
            async with engine.begin() as connection:
                await _fill(connection, file, manifest)
                await _forget(connection, positions=forget_positions)
            revision = await migrate(engine)
            if keys is not None and (present is None or present.fingerprint != manifest.fingerprint):
                _write_keys(keys, file.read(KEYS))
        except BaseException:
            await _put_back(engine, aside)
            raise
        await _drop(engine, [ASIDE + name for name in aside])
        return Restored(len(manifest.tables), sum(manifest.rows.values()), revision, manifest.fingerprint)


def _check(path: Path, manifest: Manifest) -> None:
    """Raises Misconfigured for a revision this program doesn't know, and for names that are none of ours."""
    if manifest.revision not in {each.revision for each in script().walk_revisions()}:
        raise Misconfigured(f"{path} is of revision {manifest.revision}: restore it with a newer penumbra")
    named = [*(table.name for table in manifest.tables), *manifest.sequences]
    if not all(_NAME.fullmatch(name) for name in named):
        raise Misconfigured(f"{path} names tables that are none of Penumbra's; use another backup")


def _check_keys(manifest: Manifest, keys: Path | None, present: kit_keys.Keys | None, *, replace: bool) -> None:
    """Raises Conflict where the database could not be read afterwards."""
    if present is not None and present.fingerprint == manifest.fingerprint:
        return
    if keys is None:
        raise Conflict(
            "PENUMBRA_KEYS: the keys come from the environment and are not the backup's; write them to a file with "
            "--keys-to FILE, and set PENUMBRA_KEYS=file:FILE from then on"
        )
    if present is not None and not replace:
        raise Conflict(
            f"PENUMBRA_KEYS: the keys here are {present.fingerprint}, the backup's {manifest.fingerprint}; give "
            "--replace to set them aside, or set PENUMBRA_KEYS to a file that is not there yet"
        )


async def _set_aside(engine: AsyncEngine, *, replace: bool) -> list[str]:
    """Renames the schemas that are there and returns their names; raises Conflict where they must not be."""
    async with engine.begin() as connection:
        if int((await connection.execute(_OTHERS)).scalar_one()):
            raise Conflict("PENUMBRA_DATABASE_URL: services use this database; end them first")
        names = text("select nspname from pg_namespace where nspname = any(:names)")
        there = list((await connection.execute(names, {"names": list(SCHEMAS)})).scalars())
        filled = await _filled(connection) if there else None
        if filled is not None and not replace:
            raise Conflict(f"the database is not empty ({filled} has rows); restore into another, or give --replace")
        for name in there:
            await connection.execute(text(f"drop schema if exists {ASIDE}{name} cascade"))
            await connection.execute(text(f"alter schema {name} rename to {ASIDE}{name}"))
    return [str(name) for name in there]


async def _filled(connection: AsyncConnection) -> str | None:
    """The first table with rows that somebody put there."""
    for table in await tables.tables(connection):
        if table.name not in OWN and (await connection.execute(text(_ANY_ROWS.format(table.name)))).scalar_one():
            return table.name
    return None


async def _put_back(engine: AsyncEngine, aside: list[str]) -> None:
    await _drop(engine, SCHEMAS)
    async with engine.begin() as connection:
        for name in aside:
            await connection.execute(text(f"alter schema {ASIDE}{name} rename to {name}"))


async def _drop(engine: AsyncEngine, names: list[str] | tuple[str, ...]) -> None:
    async with engine.begin() as connection:
        for name in names:
            await connection.execute(text(f"drop schema if exists {name} cascade"))


async def _fill(connection: AsyncConnection, file: zipfile.ZipFile, manifest: Manifest) -> None:
    """Makes what no migration makes, and copies every row; what a migration put in goes first."""
    made = {table.name for table in await tables.tables(connection)}
    for table in manifest.tables:
        for statement in () if table.name in made else tables.creation(table):
            await connection.exec_driver_sql(statement)
    for table in reversed(manifest.tables):
        if (await connection.execute(text(_ANY_ROWS.format(table.name)))).scalar_one():
            await connection.execute(text(f"delete from {table.name}"))
    driver: Any = (await connection.get_raw_connection()).driver_connection
    for table in manifest.tables:
        await _copy(driver, table, file, manifest.rows[table.name])
    for name, (last, given_out) in manifest.sequences.items():
        given = {"name": name, "last": last, "called": given_out}
        await connection.execute(text("select setval(cast(:name as regclass), :last, :called)"), given)


async def _copy(driver: Any, table: Table, file: zipfile.ZipFile, expected: int) -> None:
    async def rows() -> AsyncIterator[bytes]:
        with file.open(ROWS + table.name) as member:
            while part := member.read(CHUNK):
                yield part

    schema, _, name = table.name.partition(".")
    columns = [each.name for each in table.columns]
    done = await driver.copy_to_table(name, schema_name=schema, columns=columns, source=rows())
    if int(done.rpartition(" ")[2]) != expected:
        raise Misconfigured(f"{table.name}: {expected} rows were saved, {done.rpartition(' ')[2]} are in the file")


async def _forget(connection: AsyncConnection, *, positions: bool) -> None:
    """Sessions end: one that was ended since the backup must not come back. Positions only where that is asked for."""
    for name in ("control.session", "control.sign_in", *(["control.position"] if positions else [])):
        await connection.execute(text(f"delete from {name}"))


def _write_keys(path: Path, content: bytes) -> None:
    """Keys that are there are set aside, never overwritten: something else may be sealed with them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.rename(path.with_name(f"{path.name}.{_named(path)}"))
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(content)


def _named(path: Path) -> str:
    """What tells a keys file apart that is set aside; a damaged one has no fingerprint."""
    try:
        return kit_keys.parse(path.read_text(errors="replace"), str(path)).fingerprint[:8]
    except Misconfigured:
        return "damaged"
