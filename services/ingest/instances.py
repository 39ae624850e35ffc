"""Adding and trying source instances: everything is checked before anything is stored, every fault at once."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors import overlap
from connectors.amending import Asked, Standing, amended, differences
from connectors.base import Connector, discover
from connectors.records import Native, natives
from connectors.settings import Fault, place_faults, rhythm
from services.ingest import collect, files
from services.ingest.collect import Context, Dial, Report
from services.ingest.configure import configured, option
from services.ingest.intake import Intake, Origin, Taken
from services.kit.clock import Clock
from services.kit.control import backfills, sources
from services.kit.control.rows import EMPTY, RunRow, SourceRow
from services.kit.errors import Misconfigured
from services.kit.keys import Keys
from services.kit.runtime import Runtime
from services.kit.spans import day, span

__all__ = ["Asked", "add", "backfill", "day", "edit", "pairs", "pulled_once", "run_shown", "shown", "span", "trial"]

SAMPLE = 1_000
NOTHING_THERE = "it answered, and held no record in the window looked at"


def pairs(given: Iterable[str]) -> dict[str, str]:
    """`k=v` texts as a mapping; raises Misconfigured for each that has no `=`."""
    faults = [f"--config {one.partition('=')[0]}: write NAME=VALUE" for one in given if "=" not in one]
    if faults:
        raise Misconfigured(*faults)
    return {name.strip(): value for name, _, value in (one.partition("=") for one in given)}


async def add(
    connection: AsyncConnection, connectors: Mapping[str, Connector], *, connector: str, name: str,
    config: Mapping[str, Any], now: datetime, every: timedelta | None = None, folder: str | None = None,
    pattern: str = "*",
) -> str:  # fmt: skip
    """Adds an instance after checking all of it; returns its id. Raises Misconfigured with every fault, or Conflict."""
    known = connectors.get(connector)
    if known is None:
        raise Misconfigured(unknown(connector, connectors))
    found = faults(known, name=name, config=config, every=every, folder=folder)
    if found:
        raise Misconfigured(*found)
    planned = rhythm(known, folder=folder, every=every)
    return await sources.add(
        connection, connector=connector, name=name, config=config, folder=folder, pattern=pattern,
        every=planned.every, silent_after=planned.silent_after,
        next_run_at=now if planned.every is not None else None,
    )  # fmt: skip


def unknown(connector: str, connectors: Mapping[str, Connector]) -> str:
    """The fault of a connector that there is not."""
    return f"{connector}: no such connector; there are {', '.join(connectors)}"


def faults(
    known: Connector, *, name: str, config: Mapping[str, Any], every: timedelta | None, folder: str | None
) -> list[str]:
    """All that is wrong with an instance as it is asked for, each by its option."""
    found: list[str] = []
    pulled = folder is None and known.fetch is not None
    for check in (lambda: sources.identifier(name), lambda: configured(known, config, pulled=pulled)):
        try:
            check()
        except Misconfigured as fault:
            found += fault.faults
    place = place_faults(known, folder=folder, every=every)
    return found + [message if not field else f"--{field}: {message}" for field, message in place]


async def edit(
    connection: AsyncConnection, connectors: Mapping[str, Connector], name: str, asked: Asked, now: datetime
) -> dict[str, tuple[Any, Any]]:
    """Changes what an instance was set up with; returns what differs, as it was and as it is.

    It is due at once, and keeps its place. Raises Misconfigured with every fault, NotFound.
    """
    row = await sources.get_to_change(connection, name)
    known = connectors.get(row.connector)
    if known is None:
        raise Misconfigured(f"{name}: its connector {row.connector} is not installed here")
    before = Standing(row.config, row.every, row.folder, row.pattern)
    after, faults = amended(known, before, asked)
    if faults:
        raise Misconfigured(*map(_option, faults), f"`penumbra connector show {known.name}` explains its settings")
    found = differences(before, after)
    if found:
        await sources.change(connection, row.id, **after._asdict(), now=now)
    return found


def _option(fault: Fault) -> str:
    """A fault by the option it was given with."""
    name = fault.field.removeprefix("config.")
    return f"--{name}: {fault.message}" if name == fault.field and name else option(Fault(name, fault.message))


async def backfill(
    connection: AsyncConnection, connectors: Mapping[str, Connector], name: str, from_at: datetime, to_at: datetime
) -> int:
    """Asks for days to be pulled anew; returns their generation. Raises Misconfigured where the source isn't pulled."""
    row = await sources.get(connection, name)
    known = connectors.get(row.connector)
    if known is None or known.fetch is None or row.folder is not None:
        raise Misconfigured(f"{name}: only a source that is pulled can be back-filled; deliver its old files again")
    return await backfills.request(connection, name, from_at, to_at)


async def told_twice(connection: AsyncConnection) -> list[overlap.Twice]:
    """What several of the sources tell of one tenant under ids of their own."""
    rows = await sources.list_all(connection)
    return overlap.twice(discover(), map(_standing, rows))


def _standing(row: SourceRow) -> overlap.Standing:
    return overlap.Standing(row.id, row.connector, row.config, row.folder is None and row.every is not None)


async def trial(runtime: Runtime, row: SourceRow, connector: Connector, dial: Dial) -> Report:
    """Reads a first page, or the beginning of a watched file, and publishes nothing."""
    report = Report()
    try:
        pulled = row.folder is None and connector.fetch is not None
        origin = Origin(
            instance=row.id, connector=connector, config=configured(connector, row.config, pulled=pulled),
            detect=runtime.settings.detect,
        )  # fmt: skip
        if row.folder is not None:
            report.add(await asyncio.to_thread(_first_of_folder, runtime, origin, row.folder, row.pattern))
        elif connector.fetch is not None:
            return await pulled_once(origin, runtime.keys, runtime.clock, dial)
        else:
            report.message = f"it is pushed to: POST /v1/push/{row.id}"
            return report
        if report.counts.records == 0:
            report.outcome, report.message = EMPTY, NOTHING_THERE
    except Exception as error:  # noqa: BLE001 - whatever a connector raises is the trial's result
        report.failed(error)
    return report


async def pulled_once(origin: Origin, keys: Keys, clock: Clock, dial: Dial) -> Report:
    """Asks a vendor for a first page and publishes nothing; the report says what hinders it, or that it is empty."""
    report = Report()
    try:
        report.add(await _first_page(origin, keys, clock, dial))
    except Exception as error:  # noqa: BLE001 - whatever a connector raises is the trial's result
        report.failed(error)
    if report.message is None and report.counts.records == 0:
        report.outcome, report.message = EMPTY, NOTHING_THERE
    return report


async def _first_page(origin: Origin, keys: Keys, clock: Clock, dial: Dial) -> Taken:
    """The first page that holds something: what hinders a source may be raised only after pages that hold nothing."""
    now, connector = clock.now(), origin.connector
    assert connector.fetch is not None
    since = collect.since(now, now, connector.lookback or timedelta(hours=1), connector.max_back)
    async with dial(origin) as http:
        context = Context(
            config=origin.config, cursor=None, since=since, lookback=connector.lookback, until=None, http=http,
            clock=clock, trial=True,
        )  # fmt: skip
        async for page in connector.fetch(context):
            if not page.records:
                continue
            records = (Native(record, f"{page.name}#{number}") for number, record in enumerate(page.records, 1))
            return Intake(origin, keys).take(records, now)
    return Taken()


def _first_of_folder(runtime: Runtime, origin: Origin, folder: str, pattern: str) -> Taken:
    found = files.look(folder, pattern)
    if not found:
        return Taken()
    with found[-1].path.open("rb") as file:
        records = natives(file, origin.connector, found[-1].path.name)
        sample = (record for record, _ in zip(records, range(SAMPLE), strict=False))
        return Intake(origin, runtime.keys).take(sample, runtime.clock.now(), written=found[-1].written)


def shown(row: SourceRow) -> dict[str, Any]:
    """An instance as `penumbra source list --json` shows it; the config holds references, never secrets.

    `completeness` is as stated at the last reading, with when that was.
    """
    return {
        "id": row.id, "connector": row.connector, "name": row.name, "state": row.state, "message": row.message,
        "config": row.config, "folder": row.folder, "pattern": row.pattern if row.folder else None,
        "every_seconds": row.every.total_seconds() if row.every else None, "next_run_at": row.next_run_at,
        "last_event_at": row.last_event_at, "last_success_at": row.last_success_at, "records": row.records,
        "observed": row.observed, "ignored": row.ignored, "rejected": row.rejected, "lateness": row.lateness,
        "completeness": msgspec.to_builtins(row.truth),
        "generation": row.generation, "last_run": run_shown(row.last_run) if row.last_run else None,
    }  # fmt: skip


def run_shown(run: RunRow) -> dict[str, Any]:
    """A run as it is shown."""
    counts = run.counts
    return {
        "started_at": run.started_at, "ended_at": run.ended_at, "outcome": run.outcome, "generation": run.generation,
        "pages": counts.pages, "records": counts.records, "observed": counts.observed, "ignored": counts.ignored,
        "rejected": counts.rejected, "published": counts.published, "message": run.message,
    }  # fmt: skip
