"""Takes what pages and API ask of ingest: try a source, read a dead letter again. The answer goes into the row.

Decision. A source is tried, and its dead letter is read again, only by ingest, asked through rows of `control.request`,
not by an HTTP route of ingest that the console calls.
- Only here is the answer true: the secret behind `env:` or `file:`, the way out (proxy, CA, firewall) and the
  connector's code are those of the process that will pull. A console that tried would prove the wrong machine.
- A row needs no address, no credential and no open port between services; it works in one process and in many, is
  shared out by `skip locked`, and one taken by a process that was killed is taken again.
- All that needs no connector's code (add, pause, run, back-fill, remove) is written to `control` at once by whoever
  is asked, in one transaction with its audit entry.
The price: an answer takes up to a second more, and none comes while no ingest runs; the page says so.
"""

import asyncio
import contextlib
from collections.abc import Mapping

import structlog

from connectors.base import Connector
from schemas.topics import TOPICS
from services.ingest import instances
from services.ingest.collect import Dial
from services.ingest.replay import replay
from services.kit import deadletters
from services.kit.control import requests, sources
from services.kit.control.requests import Request
from services.kit.control.rows import FAILING, STATES
from services.kit.errors import Misconfigured, NotFound, PenumbraError
from services.kit.loop import PASSING
from services.kit.runtime import Loop, Runtime

log = structlog.get_logger(__name__)
POLL_SECONDS = 0.5
TRIAL_SECONDS = 60.0
REPLAYED, WAITING = "replayed", "waiting"


def loop(runtime: Runtime, connectors: Mapping[str, Connector], dial: Dial) -> Loop:
    """The loop that takes requests, one after the other, until it is stopped."""

    async def work(stop: asyncio.Event) -> None:
        while not stop.is_set():
            if not await once(runtime, connectors, dial):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), POLL_SECONDS)

    return work


async def once(runtime: Runtime, connectors: Mapping[str, Connector], dial: Dial) -> bool:
    """Takes one request and answers it; False where none waits."""
    async with runtime.engine.begin() as connection:
        request = await requests.take(connection)
    if request is None:
        return False
    outcome, message, result = await _answer(runtime, request, connectors, dial)
    async with runtime.engine.begin() as connection:
        await requests.finish(
            connection, request, at=runtime.clock.now(), outcome=outcome, message=message, result=result
        )  # fmt: skip
    return True


_Result = tuple[str, str | None, dict[str, object]]


async def _answer(runtime: Runtime, request: Request, connectors: Mapping[str, Connector], dial: Dial) -> _Result:
    if request.attempts > requests.MOST_ATTEMPTS:
        return FAILING, "each process that took it ended; the log lines say why", {}
    if request.kind == requests.TEST:
        return await _tried(runtime, request, connectors, dial)
    return await _replayed(runtime, request, connectors)


async def _tried(runtime: Runtime, request: Request, connectors: Mapping[str, Connector], dial: Dial) -> _Result:
    """A first page, read and not published."""
    try:
        async with runtime.engine.connect() as connection:
            row = await sources.get(connection, request.subject, runtime.clock.now())
        connector = connectors.get(row.connector)
        if connector is None:
            raise Misconfigured(f"its connector {row.connector} is not installed where ingest runs")
        async with asyncio.timeout(TRIAL_SECONDS):
            report = await instances.trial(runtime, row, connector, dial)
    except TimeoutError:
        return FAILING, f"no page came within {TRIAL_SECONDS:.0f} s; see whether the address is reachable from here", {}
    except PenumbraError as fault:
        return FAILING, str(fault), {}
    assert report.outcome in STATES
    counts = report.counts
    result = {
        "records": counts.records, "observed": counts.observed, "ignored": dict(counts.ignored),
        "rejected": counts.rejected, "observations": counts.published,
    }  # fmt: skip
    return report.outcome, report.message, result


async def _replayed(runtime: Runtime, request: Request, connectors: Mapping[str, Connector]) -> _Result:
    """A source's record by its connector, a topic's by its consumer."""
    try:
        row, record = await deadletters.unsealed(runtime.engine, runtime.keys, request.subject)
        if row.origin in {topic.name for topic in TOPICS}:
            await deadletters.replay(runtime.engine, runtime.log, runtime.keys, request.subject)
            return REPLAYED, None, {}
        made = await replay(runtime, row, record, connectors)
    except PASSING as trouble:
        log.warning("dead letter not replayed", letter=request.subject, why=type(trouble).__name__)
        return WAITING, f"the log takes no records now ({type(trouble).__name__}); ask again", {}
    except (NotFound, Misconfigured) as fault:
        return WAITING, str(fault), {}
    return (WAITING if made.fault else REPLAYED), made.fault, {"published": made.published}
