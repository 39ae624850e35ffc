"""The scheduler: claims sources that are due, runs each under its lease, records what happened, tells its health.

Any number of processes may have one: a lease is held by one, renewed while the run goes on, and a run whose lease is
lost is ended. What a run did is written in one transaction with when the source runs next.
"""

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.base import Connector
from connectors.settings import WATCHED
from services.ingest import collect, noting, watch
from services.ingest.collect import Dial, Job, Report, Window
from services.ingest.configure import configured
from services.ingest.holding import Held, renewed
from services.ingest.intake import Origin
from services.ingest.schedule import next_run
from services.ingest.sightings import Seen
from services.ingest.telling import tell_state
from services.kit.control import backfills, leases, runs, sources
from services.kit.control.leases import Lease
from services.kit.control.rows import TROUBLES, SourceRow
from services.kit.errors import Conflict, Misconfigured, NotFound, StalePosition
from services.kit.loop import PASSING
from services.kit.runtime import Loop, Runtime

log = structlog.get_logger(__name__)
LEASE_SECONDS = 15.0
"""How long the sources of a process that was killed wait for another; it is renewed several times meanwhile."""
LEFT = "its process ended before the run did; what it had published counts, and the next run went on from there"
IDLE = WATCHED
IDLE_SECONDS = IDLE.total_seconds()
NEXT_WATCH = timedelta(0)
"""A folder is watched again at once: what is written between two watches would wait for the second."""
SLOTS = 32
"""Runs at a time in one process: they mostly wait for a source."""
END_SECONDS = 7.0


@dataclass(frozen=True, kw_only=True)
class Scheduler:
    """What the runs of one process share. `owner` names the process in leases."""

    runtime: Runtime
    connectors: Mapping[str, Connector]
    dial: Dial
    owner: str
    lease_seconds: float = LEASE_SECONDS
    follow_seconds: float = watch.FOLLOW_SECONDS
    kept: dict[str, tuple[Any, Seen]] = field(default_factory=dict)
    """What watched folders' files said before their positions, by instance; it holds for one configuration."""
    running: set[Lease] = field(default_factory=set)
    """What this process reads now: it does not claim it anew where it was late to renew the lease."""

    async def work(self, stop: asyncio.Event) -> None:
        """Claims what is due and runs it, SLOTS at a time, until `stop`; then waits for what runs to end its page."""
        running: set[asyncio.Task[None]] = set()
        try:
            while not stop.is_set():
                claimed = await self.claim(SLOTS - len(running))
                for lease in claimed:
                    task = asyncio.create_task(self.hold(lease, stop))
                    running.add(task)
                    task.add_done_callback(running.discard)
                if not claimed:
                    await _ended(running, stop)
            if running:
                await asyncio.wait(running, timeout=END_SECONDS)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def claim(self, limit: int) -> list[Lease]:
        """At most `limit` leases on what is due: sources first, then one back-fill."""
        if limit <= 0:
            return []
        given: dict[str, Any] = {
            "owner": self.owner, "now": self.runtime.clock.now(), "seconds": self.lease_seconds,
            "connectors": list(self.connectors), "running": list(self.running),
        }  # fmt: skip
        async with self.runtime.engine.begin() as connection:
            claimed = await leases.claim(connection, limit=limit, **given)
            if len(claimed) < limit:
                one = await leases.claim_backfill(connection, **given)
                claimed += [one] if one is not None else []
        return claimed

    async def hold(self, lease: Lease, stop: asyncio.Event) -> None:
        """One run; what goes wrong with it ends here, and the lease with it."""
        try:
            await self._hold(lease, stop)
        except (StalePosition, NotFound) as gone:
            log.warning("run given up", source=lease.instance, why=str(gone))
        except Exception as error:  # noqa: BLE001 - the log or the database may be away: the lease ends, another run tries
            log.warning("run broke off", source=lease.instance, why=f"{type(error).__name__}: {error}")

    async def run_now(self, instance: str) -> Report:
        """Runs one source whether due or paused; raises Conflict where another process runs it."""
        async with self.runtime.engine.begin() as connection:
            lease = await leases.take(connection, instance, owner=self.owner, seconds=self.lease_seconds)
        if lease is None:
            raise Conflict(f"source {instance} is being read by another process; `penumbra source show {instance}`")
        return await self._hold(lease, asyncio.Event())

    async def _hold(self, lease: Lease, stop: asyncio.Event) -> Report:
        """Runs under the lease, renewing it, and gives it back; a run that breaks off is closed with what it did."""
        held = Held(lease)
        self.running.add(lease)
        try:
            async with renewed(self.runtime.engine, held, self.lease_seconds):
                return await self._run(held, stop)
        except Exception as error:
            await self._close(held, str(error))
            raise
        finally:
            self.running.discard(lease)
            async with self.runtime.engine.begin() as connection:
                await leases.release(connection, lease)

    async def _close(self, held: Held, why: str) -> None:
        """Closes a run that broke off; where the database is away too, the next run of the source does it."""
        if held.run is None:
            return
        lease, now = held.lease, self.runtime.clock.now()
        with contextlib.suppress(*PASSING):
            async with self.runtime.engine.begin() as connection:
                await runs.note(connection, held.run, held.report.counts)
                await runs.give_up(connection, lease.instance, lease.generation, now, why, held.run)

    async def _run(self, held: Held, stop: asyncio.Event) -> Report:
        lease, began = held.lease, self.runtime.clock.now()
        async with self.runtime.engine.begin() as connection:
            row = await sources.get(connection, lease.instance, began)
            asked = await backfills.of(connection, lease.instance)
            await runs.give_up(connection, lease.instance, lease.generation, began, LEFT)
            held.run = run = await runs.start(connection, lease.instance, lease.generation, began)
        report = held.report
        try:
            origin = self._origin(row, asked)
            job = Job(runtime=self.runtime, origin=origin, lease=lease, stop=stop)
            await self._read(row, job, asked, report)
        except Misconfigured as fault:
            report.failed(fault)
        await self._record(row, lease, run, report, began)
        return report

    def _origin(self, row: SourceRow, asked: list[backfills.Backfill]) -> Origin:
        connector = self.connectors[row.connector]
        return Origin(
            instance=row.id, connector=connector, config=configured(connector, row.config, pulled=row.folder is None),
            generations=backfills.generations(asked), detect=self.runtime.settings.detect,
        )  # fmt: skip

    async def _read(self, row: SourceRow, job: Job, asked: list[backfills.Backfill], report: Report) -> Report:
        if job.lease.generation:
            one = next(found for found in asked if found.generation == job.lease.generation)
            return await collect.pull(job, Window(since=one.from_at, until=one.to_at), self.dial, report)
        if row.folder is not None:
            folder = watch.Folder(folder=row.folder, pattern=row.pattern)
            return await watch.follow(job, folder, self.follow_seconds, self._seen(job.origin), report)
        connector, now = job.origin.connector, self.runtime.clock.now()
        oldest = collect.since(now, row.last_success_at, collect.lookback(connector), connector.max_back)
        return await collect.pull(job, Window(since=oldest), self.dial, report)

    def _seen(self, origin: Origin) -> Seen:
        config, seen = self.kept.get(origin.instance, (None, Seen()))
        if config != origin.config:
            seen = Seen()
        self.kept[origin.instance] = (origin.config, seen)
        return seen

    async def _record(self, row: SourceRow, lease: Lease, run: int, report: Report, began: datetime) -> None:
        """Writes the run, its sums and the next start; then tells others."""
        now = self.runtime.clock.now()
        common: dict[str, Any] = {
            "at": now, "outcome": report.outcome, "counts": report.counts, "message": report.message,
        }  # fmt: skip
        async with self.runtime.engine.begin() as connection:
            await leases.check(connection, lease)
            anew = _set_up(await sources.get(connection, lease.instance, now)) != _set_up(row)
            at = now if anew else _next(row, report, now)
            if lease.generation:
                await runs.end_backfill(connection, run, **common)
                await _close_backfill(connection, lease, report, at)
            else:
                await _note(connection, row, report, now)
                await runs.end(
                    connection, run, lease.instance, **common, last_event_at=report.taken.newest,
                    lateness=report.lateness(), next_run_at=at, began=began if report.finished else None,
                )  # fmt: skip
                if row.folder is not None and report.taken.records == 0 and report.outcome not in TROUBLES:
                    await runs.drop(connection, run)
        await tell_state(self.runtime, lease.instance)


async def _ended(running: set[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Waits a moment, for the stop, or for a run to end: its source may be due again at once."""
    asked = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({asked, *running}, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()


async def _note(connection: AsyncConnection, row: SourceRow, report: Report, now: datetime) -> None:
    """What came with files is noted here; of a pull each page was, and here only that it was read, if to no page."""
    if row.folder is not None:
        await noting.save_sent(connection, row.id, report.taken.noted, now)
    elif report.outcome not in TROUBLES and not report.pages:
        await noting.save_read(connection, row.id, report.taken.noted, now)


def _set_up(row: SourceRow) -> tuple[Any, ...]:
    """What a run depends on: where it was changed during the run, the next one is due at once."""
    return row.config, row.every, row.folder, row.pattern


def _next(row: SourceRow, report: Report, now: datetime) -> datetime:
    """When it runs again: at once where it was stopped half-way."""
    if not report.finished:
        return now
    every = row.every or IDLE
    if row.folder is not None and every <= IDLE:
        every = NEXT_WATCH
    return next_run(now, every, report.outcome, failures=row.failures, retry_after=report.retry_after)


async def _close_backfill(connection: AsyncConnection, lease: Lease, report: Report, at: datetime) -> None:
    """Done where it read to the end; else it is tried again from its cursor."""
    if report.finished and report.outcome not in TROUBLES:
        await backfills.mark(connection, lease.instance, lease.generation, backfills.DONE)
    else:
        await backfills.put_off(connection, lease.instance, lease.generation, at)


def repeated(runtime: Runtime, seconds: float, what: Callable[[Runtime], Awaitable[None]]) -> Loop:
    """A loop that does something again and again until it is stopped."""

    async def loop(stop: asyncio.Event) -> None:
        while not stop.is_set():
            await what(runtime)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), seconds)

    return loop


def owner() -> str:
    """A name for this process in leases: host, process id, and a draw (process ids are used again)."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
