"""`penumbra doctor`: whether this machine, its database, log, keys and sources are fit, and what to do where not."""

import json
import sys
from typing import TYPE_CHECKING, NamedTuple

import typer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from sqlalchemy import URL
    from sqlalchemy.ext.asyncio import AsyncEngine

    from services.kit.control.rows import SourceRow
    from services.kit.settings import Settings

LEAST_FREE = 1 << 30
SEEN = frozenset({"healthy", "empty", "paused", "never_run"})


class Finding(NamedTuple):
    """One thing looked at; `fit` False makes the whole unfit."""

    name: str
    fit: bool
    says: str


def register(root: typer.Typer) -> None:
    """Adds the command."""

    @root.command()
    def doctor(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
        """Look at everything Penumbra stands on, changing nothing; exit 1 if something is unfit."""
        import asyncio

        from services.kit.settings import load

        findings = asyncio.run(examined(load()))
        if as_json:
            typer.echo(json.dumps([found._asdict() for found in findings], ensure_ascii=False))
        else:
            for found in findings:
                typer.echo(f"{'fit' if found.fit else 'UNFIT'}\t{found.name}\t{found.says}")
        if not all(found.fit for found in findings):
            raise typer.Exit(1)


async def examined(settings: "Settings") -> list[Finding]:
    """All findings: this machine first, then what answers over the network."""
    found = [_python(), *_data(settings.data), _keys(settings)]
    return found + [each async for each in _database(settings)]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    fit = sys.version_info >= (3, 11)
    return Finding("python", fit, version if fit else f"{version}; 3.11 or newer is needed")


def _data(folder: "Path") -> "Iterator[Finding]":
    """The data folder: writable, with room, and what would be opened in it for the database's user."""
    import os
    import shutil

    from services.kit.postgres import closed_folders

    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    writable = there.is_dir() and os.access(there, os.W_OK)
    yield Finding("data folder", writable, str(folder) if writable else f"{there} can't be written; PENUMBRA_DATA")
    free = shutil.disk_usage(there).free
    room = f"{free / 2**30:.1f} GiB free"
    yield Finding("disk space", free >= LEAST_FREE, room if free >= LEAST_FREE else f"{room}; make room for 1 GiB")
    if os.geteuid() == 0:
        closed = [str(path) for path in closed_folders(folder)]
        says = f"an embedded PostgreSQL opens these to its user (o+x): {', '.join(closed)}" if closed else "none"
        yield Finding("folders opened as root", True, says)


def _keys(settings: "Settings") -> Finding:
    from pathlib import Path

    from services.kit import keys
    from services.kit.errors import Misconfigured

    ref = settings.keys or f"file:{settings.data / 'keys.json'}"
    scheme, _, place = ref.partition(":")
    if scheme == "file" and place and not Path(place).exists():
        return Finding("keys", True, f"{place} is made at the first start")
    try:
        return Finding("keys", True, f"fingerprint {keys.load(settings.keys, settings.data).fingerprint}")
    except Misconfigured as fault:
        return Finding("keys", False, str(fault))


async def _database(settings: "Settings") -> "AsyncIterator[Finding]":
    from services.kit.db import check, connect
    from services.kit.errors import Misconfigured

    url = _address(settings)
    if url is None:
        yield Finding("database", True, "embedded, not running; penumbra up starts it")
        return
    try:
        engine = connect(url)
    except Misconfigured as fault:
        yield Finding("database", False, str(fault))
        return
    try:
        trouble = await check(engine)
        yield Finding("database", trouble is None, trouble or await _version(engine))
        if trouble is None:
            for found in await _inside(settings, engine):
                yield found
    finally:
        await engine.dispose()


def _address(settings: "Settings") -> "URL | str | None":
    """The URL given, else that of the embedded server where it runs."""
    from services.kit.postgres import EmbeddedPostgres

    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    server = EmbeddedPostgres(settings.data)
    return server.url() if server.running() is not None else None


async def _version(engine: "AsyncEngine") -> str:
    from sqlalchemy import text

    async with engine.connect() as connection:
        return f"PostgreSQL {(await connection.execute(text('show server_version'))).scalar_one()}"


async def _inside(settings: "Settings", engine: "AsyncEngine") -> list[Finding]:
    """What the database holds: nothing yet, or keys, log and sources."""
    from sqlalchemy import text

    async with engine.connect() as connection:
        made = (await connection.execute(text("select to_regclass('control.source_instance')"))).scalar_one()
    if made is None:
        return [Finding("tables", True, "none yet; penumbra migrate, or the first start, makes them")]
    return [await _same_keys(settings, engine), await _log(settings, engine), *await _sources(engine)]


async def _same_keys(settings: "Settings", engine: "AsyncEngine") -> Finding:
    from sqlalchemy import text

    async with engine.connect() as connection:
        known = (await connection.execute(text("select keys from control.fingerprint"))).scalar_one_or_none()
    here = _keys(settings).says.removeprefix("fingerprint ")
    if known is None or known == here:
        return Finding("keys of the database", True, known or "none yet")
    return Finding("keys of the database", False, f"written under {known}; restore the keys that belong to it")


async def _log(settings: "Settings", engine: "AsyncEngine") -> Finding:
    from services.kit.errors import PenumbraError
    from services.kit.eventlog.connect import connect

    try:
        log = connect(settings, engine)
        try:
            trouble = await log.ready()
        finally:
            await log.close()
    except PenumbraError as fault:
        trouble = str(fault)
    return Finding("event log", trouble is None, trouble or settings.log_url.partition("://")[0])


async def _sources(engine: "AsyncEngine") -> list[Finding]:
    from services.kit.clock import SystemClock
    from services.kit.control import sources

    async with engine.connect() as connection:
        rows = await sources.list_all(connection, SystemClock().now())
    return [_source(row) for row in rows] or [Finding("sources", True, "none yet; penumbra source add")]


def _source(row: "SourceRow") -> Finding:
    last = f"last event {row.last_event_at:%Y-%m-%dT%H:%M:%SZ}" if row.last_event_at is not None else "no event yet"
    return Finding(
        f"source {row.id}", row.state in SEEN, f"{row.state}, {last}" + (f"; {row.message}" if row.message else "")
    )
