"""500 sources on schedules in one ingest process: what keeping the schedules costs it, and when sources start.

The sources answer at once with nothing, so that what the process spends is the claiming, leasing, recording and telling
of runs: the scheduler and the loops that look at every source, on a real clock, log and database. Each is asked every
five minutes, as most are (Connector.every), and their due times lie spread over that, as jitter has put them after a
while.
"""

import asyncio
import gc
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import text

from connectors.base import Connector, Fetch, Ignored, Page
from schemas.observation import Kind
from schemas.topics import DEAD_LETTER, TOPICS
from services.ingest import figures
from services.ingest.dial import dialler
from services.ingest.scheduler import Scheduler, owner, repeated
from services.ingest.service import HEALTH_SECONDS
from services.ingest.telling import tell_changes
from services.kit import garbage, keys
from services.kit.clock import SystemClock
from services.kit.control import sources
from services.kit.db import connect
from services.kit.eventlog.connect import connect as connect_log
from services.kit.migrate import migrate
from services.kit.postgres import EmbeddedPostgres
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from tests.bench.measure import say

SOURCES = 500
EVERY = timedelta(minutes=5)
SECONDS, WARM_SECONDS = 90.0, 30.0
"""New sources are told of at first: that is over within the warming up."""
PLANNED = text("""
    select extract(epoch from s.next_run_at - r.ended_at)::float8 from control.source_instance s
    join lateral (select max(ended_at) as ended_at from control.run where instance = s.id) r
    on r.ended_at is not null""")


@dataclass
class Starts:
    """How many seconds after it was due each source was asked, by this machine's clock."""

    late: list[float] = field(default_factory=list)

    async def fetch(self, context: Fetch) -> AsyncIterator[Page]:
        """Nothing, at once."""
        self.late.append(time.time() - context.config["due"])
        for page in ():
            yield page


def run(
    count: int = SOURCES, seconds: float = SECONDS, every: timedelta = EVERY, warm: float = WARM_SECONDS
) -> dict[str, Any]:
    """Share of one core, how late sources start, and when they are due next, in intervals after their runs' ends."""
    return uvloop.run(_run(count, seconds, every, warm))


async def _run(count: int, seconds: float, every: timedelta, warm: float) -> dict[str, Any]:
    starts = Starts()
    async with _runtime() as runtime:
        connector = Connector(
            name="quiet", title="Quiet", kinds=(Kind.WEB,), how=("pull",), parse=lambda *_: Ignored("none"),
            recognise=lambda _: 0.0, records="json", fetch=starts.fetch,
        )  # fmt: skip
        await _add(runtime, count, every)
        garbage.collect_seldom()
        async with _at_work(runtime, {"quiet": connector}):
            await asyncio.sleep(warm)
            starts.late.clear()
            say(f"{count} sources, each asked every {every.total_seconds():.0f} s: measuring for {seconds:.0f} s …")
            before, began = _processor(), time.perf_counter()
            await asyncio.sleep(seconds)
            share = (_processor() - before) / (time.perf_counter() - began)
        gc.unfreeze()
        async with runtime.engine.connect() as connection:
            planned = (await connection.execute(PLANNED)).scalars().all()
    late, gaps = sorted(starts.late), sorted(gap / every.total_seconds() for gap in planned)
    return {
        "core_share": round(share, 3), "runs_per_second": round(len(late) / seconds, 2),
        "late_p99_seconds": round(_percentile(late, 0.99), 2), "late_p50_seconds": round(_percentile(late, 0.5), 2),
        "least_gap": round(gaps[0], 3), "median_gap": round(_percentile(gaps, 0.5), 3), "most_gap": round(gaps[-1], 3),
        "run_ms": round(share * seconds / len(late) * 1000, 1),
    }  # fmt: skip


async def _add(runtime: Runtime, count: int, every: timedelta) -> None:
    """The sources, the first due times spread over an interval."""
    now = runtime.clock.now()
    async with runtime.engine.begin() as connection:
        for number in range(count):
            due = now + every * number / count
            await sources.add(
                connection, connector="quiet", name=f"source {number:03d}", config={"due": due.timestamp()},
                every=every, next_run_at=due,
            )  # fmt: skip


@asynccontextmanager
async def _at_work(runtime: Runtime, connectors: Mapping[str, Connector]) -> AsyncIterator[None]:
    stop = asyncio.Event()
    scheduler = Scheduler(runtime=runtime, connectors=connectors, dial=dialler(runtime), owner=owner())
    loops = (
        scheduler.work, repeated(runtime, HEALTH_SECONDS, tell_changes),
        repeated(runtime, figures.MEASURE_SECONDS, figures.measure),
    )  # fmt: skip
    async with asyncio.TaskGroup() as group:
        for loop in loops:
            group.create_task(loop(stop))
        yield
        stop.set()


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@asynccontextmanager
async def _runtime() -> AsyncIterator[Runtime]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pnb-", ignore_cleanup_errors=True)))
        server = EmbeddedPostgres(folder)
        stack.push_async_callback(server.stop)
        await server.start()
        engine = connect(server.url())
        stack.push_async_callback(engine.dispose)
        await migrate(engine)
        settings = Settings(data=folder, _env_file=None)  # type: ignore[call-arg] # pydantic-settings takes it
        log = connect_log(settings, engine)
        stack.push_async_callback(log.close)
        await log.ensure({topic.name: None for topic in TOPICS} | {DEAD_LETTER.name: 3600.0}, 4)
        yield Runtime(settings, engine, log, keys.make(), SystemClock())
