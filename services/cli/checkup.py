"""What `penumbra doctor` asks of the database and of running services: read only, nothing is made or moved."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from services.cli.doctor import Finding, keys_here

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import URL
    from sqlalchemy.ext.asyncio import AsyncConnection

    from services.kit.control.rows import SourceRow
    from services.kit.settings import Settings

APART = timedelta(seconds=5)
STANDS = timedelta(minutes=15)
OLD_BACKUP = timedelta(days=7)
SEEN = frozenset({"healthy", "empty", "paused", "never_run"})
ASK_SECONDS = 3.0


async def database(settings: "Settings") -> "AsyncIterator[Finding]":
    """The database, and all that it tells."""
    from services.kit.db import check, connect
    from services.kit.errors import Misconfigured

    url = _address(settings)
    if url is None:
        yield Finding("database", True, "embedded, not running; penumbra up starts it")
        return
    try:
        engine = connect(url)
    except Misconfigured as fault:
        yield Finding("database", False, str(fault), ("Mend PENUMBRA_DATABASE_URL.",))
        return
    try:
        trouble = await check(engine)
        if trouble is not None:
            steps = ("Start it, or mend PENUMBRA_DATABASE_URL; see that this machine may connect to it.",)
            yield Finding("database", False, trouble, steps)
            return
        async with engine.connect() as connection:
            for found in await _inside(settings, connection):
                yield found
        yield await _log(settings, engine)
    finally:
        await engine.dispose()


def _address(settings: "Settings") -> "URL | str | None":
    """The URL given, else that of the embedded server where it runs."""
    from services.kit.postgres import EmbeddedPostgres

    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    server = EmbeddedPostgres(settings.data)
    return server.url() if server.running() is not None else None


async def _inside(settings: "Settings", connection: "AsyncConnection") -> list[Finding]:
    """What the database is and holds: nothing yet, or everything."""
    found = [await _server(connection), await _clock(connection)]
    made = await _one(connection, "select to_regclass('control.source_instance')")
    if made is None:
        return [*found, Finding("tables", True, "none yet; penumbra migrate, or the first start, makes them")]
    revision = await _revision(connection)
    if revision.next:
        return [*found, revision]  # what follows may ask for tables that are not there
    parts = (_unread(settings, connection), _sources(connection), _letters(connection), _webhooks(connection))
    found += [revision, await _same_keys(settings, connection), await _backup(connection)]
    for part in parts:
        found += await part
    return found


async def _one(connection: "AsyncConnection", query: str) -> Any:
    from sqlalchemy import text

    return (await connection.execute(text(query))).scalar_one_or_none()


async def _rows(connection: "AsyncConnection", query: str, **given: Any) -> Any:
    from sqlalchemy import text

    return (await connection.execute(text(query), given)).all()


async def _server(connection: "AsyncConnection") -> Finding:
    version = await _one(connection, "show server_version")
    size = int(await _one(connection, "select pg_database_size(current_database())"))
    return Finding("database", True, f"PostgreSQL {version}, {size / 2**20:.0f} MiB")


async def _clock(connection: "AsyncConnection") -> Finding:
    from services.kit.clock import SystemClock

    apart = abs(await _one(connection, "select clock_timestamp()") - SystemClock().now())
    says = f"{apart.total_seconds():.1f} s apart from the database's"
    steps = () if apart <= APART else ("Set both clocks by NTP: lateness, leases and deadlines are reckoned by them.",)
    return Finding("clock", not steps, says, steps)


async def _revision(connection: "AsyncConnection") -> Finding:
    from services.kit.migrate import script

    known, head = {each.revision for each in script().walk_revisions()}, script().get_current_head()
    here = await _one(connection, "select version_num from control.alembic_version")
    if here == head:
        return Finding("tables", True, f"revision {here}")
    if here in known:
        return Finding("tables", True, f"revision {here}, this program's is {head}", ("penumbra migrate",))
    return Finding("tables", False, f"revision {here} is newer than this program", ("Start a newer penumbra.",))


async def _same_keys(settings: "Settings", connection: "AsyncConnection") -> Finding:
    known = await _one(connection, "select keys from control.fingerprint")
    here = keys_here(settings).says.removeprefix("fingerprint ")
    if known is None or known == here:
        return Finding("keys of the database", True, known or "none yet")
    steps = ("Restore the keys that belong to it, from a backup, or point PENUMBRA_KEYS at them.",)
    return Finding("keys of the database", False, f"written under {known}", steps)


async def _backup(connection: "AsyncConnection") -> Finding:
    from services.kit.clock import SystemClock

    last = await _one(connection, "select max(at) from control.audit where action = 'backup.take'")
    old = last is None or SystemClock().now() - last > OLD_BACKUP
    says = f"the last was taken {last:%Y-%m-%dT%H:%M:%SZ}" if last is not None else "none was taken yet"
    return Finding("backup", True, says, ("penumbra backup FILE --passphrase env:NAME",) if old else ())


async def _unread(settings: "Settings", connection: "AsyncConnection") -> list[Finding]:
    """How much of the PostgreSQL log waits, by reader; one that stands still is unfit. Kafka's lag is in /metrics."""
    from services.cli.lag import lag
    from services.kit.clock import SystemClock

    if settings.log_url != "postgres":
        return []
    return await lag(connection, settings.topic_prefix, SystemClock().now())


async def _log(settings: "Settings", engine: Any) -> Finding:
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
    steps = () if trouble is None else ("See PENUMBRA_LOG_URL, and that this machine reaches the brokers.",)
    return Finding("event log", trouble is None, trouble or settings.log_url.partition("://")[0], steps)


async def _sources(connection: "AsyncConnection") -> list[Finding]:
    from connectors import overlap
    from services.ingest import instances
    from services.kit.clock import SystemClock
    from services.kit.control import sources

    rows = await sources.list_all(connection, SystemClock().now())
    if not rows:
        return [Finding("sources", True, "none yet", ("penumbra source add",))]
    both = await instances.told_twice(connection)
    return [_source(row) for row in rows] + [Finding("told twice", True, str(each), (overlap.MEND,)) for each in both]


def _source(row: "SourceRow") -> Finding:
    from connectors.base import find
    from connectors.next_step import next_step
    from services.kit.clock import SystemClock
    from services.kit.control.completeness import overdue

    name, last = f"source {row.id}", "no event yet"
    if row.last_event_at is not None:
        last = f"last event {row.last_event_at:%Y-%m-%dT%H:%M:%SZ}"
    says = f"{row.state}, {last}" + (f"; {row.message}" if row.message else "")
    if row.state in SEEN and row.every is not None and not row.paused and overdue(row, SystemClock().now()) > STANDS:
        steps = ("It is due and nobody reads it: see that an ingest service runs.",)
        return Finding(name, False, f"{says}; not read for long", steps)
    advised = next_step(row.state, find(row.connector), instance=row.id, watched=row.folder).steps
    return Finding(name, row.state in SEEN, says, () if row.state == "paused" else advised)


async def _letters(connection: "AsyncConnection") -> list[Finding]:
    query = """
        select origin, count(*) as letters, min(first_failed_at) as oldest from control.dead_letter
        where state = 'waiting' group by origin order by origin"""
    steps = ("penumbra dlq list says why; then penumbra dlq replay ID, or drop ID. Or the page /deadletters.",)
    return [
        Finding(f"dead letters of {row.origin}", True, f"{row.letters} wait since {row.oldest:%Y-%m-%d}", steps)
        for row in await _rows(connection, query)
    ] or [Finding("dead letters", True, "none wait")]


async def _webhooks(connection: "AsyncConnection") -> list[Finding]:
    from services.kit.http_redaction import place

    query = """
        select id, url, disabled_at, disabled_reason, failing_since from inventory.webhook
        where removed_at is null order by id"""
    found = []
    for row in await _rows(connection, query):
        name, where = f"webhook {row.id}", place(row.url)
        if row.disabled_at is not None:
            steps = ("Mend the receiver, then penumbra webhook test and enable it again.",)
            found.append(Finding(name, False, f"{where} is switched off: {row.disabled_reason or 'no reason'}", steps))
        elif row.failing_since is not None:
            steps = (f"penumbra webhook test {row.id}",)
            found.append(Finding(name, False, f"{where} fails since {row.failing_since:%Y-%m-%dT%H:%M:%SZ}", steps))
        else:
            found.append(Finding(name, True, where))
    return found


async def services(settings: "Settings") -> Finding:
    """The process that owns the data folder, asked over loopback whether it is ready."""
    import httpx

    from services.cli.session import ADDRESS

    try:
        address = (settings.data / ADDRESS).read_text().strip()
    except OSError:
        return Finding("services", True, "none was started from this data folder")
    try:
        async with httpx.AsyncClient(timeout=ASK_SECONDS) as client:
            answer = await client.get(f"{address}/readyz")
            faults = answer.json().get("faults", {})
    except (httpx.HTTPError, ValueError, AttributeError):
        return Finding("services", True, f"nothing answers at {address}", ("penumbra up",))
    if not faults:
        return Finding("services", True, f"ready at {address}")
    says = "; ".join(f"{name}: {why}" for name, why in faults.items())
    return Finding("services", False, f"not ready: {says}", ("Mend what is named; the log lines say more.",))
