"""One run of one source: fetch → parse → protect → publish → and only then save the cursor.

Killed between publish and save, the page is read again and its ids are the same. The save is fenced by the lease: a
process that was away too long can publish a page twice, never move the cursor back.
"""

import asyncio
import contextlib
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from connectors.base import Connector, Fetch, Http, Page, Trouble
from connectors.records import Native
from services.ingest import noting
from services.ingest.intake import Intake, Origin, Taken
from services.ingest.noted import Noted
from services.ingest.publish import publish
from services.kit import faults, secrets
from services.kit.clock import Clock
from services.kit.control import progress, rows
from services.kit.control.leases import Lease
from services.kit.control.rows import Counts
from services.kit.errors import Misconfigured, PenumbraError, StalePosition, Transient
from services.kit.http import SourceTrouble
from services.kit.loop import PASSING
from services.kit.runtime import Runtime

log = structlog.get_logger(__name__)
FIRST_BACK = timedelta(days=7)
"""How far a first run reads back where the vendor does not say how far it can."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What `fetch` is given (connectors.base.Fetch)."""

    config: Any
    cursor: str | None
    since: datetime
    lookback: timedelta
    until: datetime | None
    http: Http
    clock: Clock
    trial: bool = False

    def secret(self, ref: str) -> str:
        """The secret behind a reference."""
        return secrets.resolve(ref)

    def now(self) -> datetime:
        """The time in UTC."""
        return self.clock.now()


class BrokenOff(Exception):
    """Our own log or database was away in the middle of a run: no trouble of the source's, the next run goes on."""


@contextlib.contextmanager
def ours() -> Iterator[None]:
    """Within it a failure that passes is ours and not the source's; raises BrokenOff for it."""
    try:
        yield
    except PASSING as trouble:
        raise BrokenOff(repr(trouble)[:200]) from trouble


Dial = Callable[[Origin], AbstractAsyncContextManager[Http]]
"""Opens the HTTP client of one run."""


@dataclass
class Report:
    """What a run did, added up page by page; `outcome` is a state, `retry_after` seconds where the source said so.

    `finished` is False where it was stopped half-way: then nothing may be taken for read.
    """

    outcome: str = rows.HEALTHY
    message: str | None = None
    retry_after: float | None = None
    finished: bool = True
    pages: int = 0
    taken: Taken = field(default_factory=Taken)

    def add(self, taken: Taken, pages: int = 1) -> None:
        """Adds what was taken."""
        self.pages += pages
        self.taken.merge(taken)

    @property
    def counts(self) -> Counts:
        """The counts as they are kept."""
        return self.taken.counts(self.pages)

    def lateness(self) -> tuple[float, float] | None:
        """Median and 99th percentile of how late this run's events came, in seconds."""
        ordered = sorted(self.taken.lateness())
        if not ordered:
            return None
        return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]

    def failed(self, error: BaseException) -> None:
        """Takes note of what ended the run."""
        self.outcome, self.message = trouble(error)
        self.retry_after = error.retry_after if isinstance(error, Transient | Trouble) else None


def trouble(error: BaseException) -> tuple[str, str]:
    """The state and the message for the operator: what must be done, never a record's content."""
    if isinstance(error, Trouble | SourceTrouble):
        return error.state, str(error)
    if isinstance(error, PenumbraError):
        return rows.FAILING, str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return rows.FAILING, f"{error.filename}: {error.strerror}; make it readable for this user"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return rows.FAILING, f"{type(error).__name__} in the connector{place}; report it to those who wrote it"


def since(now: datetime, last_success: datetime | None, lookback: timedelta, max_back: timedelta | None) -> datetime:
    """The oldest time a pull asks for: the last success less the look-back, no further than the vendor keeps. Pure."""
    farthest = now - (max_back or max(FIRST_BACK, lookback))
    if last_success is None:
        return farthest
    wanted = last_success - lookback
    return max(wanted, farthest) if max_back is not None else wanted


def lookback(connector: Connector) -> timedelta:
    """How far a pull reads back, so that what its source tells late is found."""
    return timedelta(0) if faults.broken("lookback") else connector.lookback


@dataclass(frozen=True, kw_only=True)
class Window:
    """What a run reads: from where, until when (None: now), and whether days carry a new generation."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """One run: what is read for whom, under which lease, and what stops it (between pages)."""

    runtime: Runtime
    origin: Origin
    lease: Lease
    stop: asyncio.Event = field(default_factory=asyncio.Event)


async def pull(job: Job, window: Window, dial: Dial, report: Report | None = None) -> Report:
    """Reads pages until the source has no more; returns what was done, also where it ended in trouble.

    `report` is an empty one to fill in on the way, for those who look on.

    Raises StalePosition where the lease was lost, BrokenOff where our log or database was away.
    """
    report = Report() if report is None else report
    try:
        async with dial(job.origin) as http:
            await _pages(job, await _context(job, window, http), report)
    except (StalePosition, BrokenOff):
        raise
    except Exception as error:  # noqa: BLE001 - a connector may be anybody's; its fault ends its run, not the worker
        report.failed(error)
        log.warning("source is in trouble", source=job.origin.instance, why=report.message)
    return report


async def _context(job: Job, window: Window, http: Http) -> Fetch:
    with ours():
        async with job.runtime.engine.connect() as connection:
            cursor = await progress.cursor(connection, job.lease.instance, job.lease.generation)
    return Context(
        config=job.origin.config, cursor=cursor, since=window.since, lookback=lookback(job.origin.connector),
        until=window.until, http=http, clock=job.runtime.clock,
    )  # fmt: skip


async def _pages(job: Job, context: Fetch, report: Report) -> None:
    fetch = job.origin.connector.fetch
    if fetch is None:
        raise Misconfigured(f"{job.origin.connector.name} is not pulled; push its records, or watch a folder")
    async for page in fetch(context):
        report.add(await take_page(job, page))
        if job.stop.is_set():
            report.finished = False
            return


async def take_page(job: Job, page: Page) -> Taken:
    """One page: taken in, published, and then its cursor saved."""
    natives = (Native(record, f"{page.name}#{number}") for number, record in enumerate(page.records, 1))
    intake = Intake(job.origin, job.runtime.keys, again=True)
    taken = await asyncio.to_thread(intake.take, natives, job.runtime.clock.now())
    faults.point("ingest.fetched")
    with ours():
        await publish(job.runtime.log, taken)
        faults.point("ingest.published")
        async with job.runtime.engine.begin() as connection:
            if page.cursor is not None:
                await progress.save_cursor(connection, job.lease, page.cursor)
            if not job.lease.generation:  # a back-fill is history, and says nothing of how late events come
                await noting.save_read(connection, job.lease.instance, taken.noted, job.runtime.clock.now())
        if page.cursor is not None:
            faults.point("ingest.cursor_saved")
    taken.noted = Noted()  # it is saved
    return taken
