"""HEC intake: one ingest process on a real Kafka, sent batches of 500 lines of a proxy by senders that keep at it.

Two measurements in one run. Paced: 20,000 events a second are sent on a schedule and a batch's seconds are from when it
was due to its 200, so falling behind shows. Flat out: as many as are taken. Beside them is what the barest reading of
the same bodies costs, one decode and a split a line, and what an event costs the process in processor time: other work
on the machine stretches seconds, not those.
"""

import asyncio
import contextlib
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import psutil

from deploy.local_kafka import LocalKafka
from deploy.processes import Part
from services.kit.access import Tokens
from services.kit.clock import SystemClock
from services.kit.db import connect
from services.kit.postgres import EmbeddedPostgres
from tests.bench import firehose
from tests.bench.measure import peak_mb, say

BATCH = 500
PER_SECOND = 20_000
SENDERS = 4
LINES = 100_000
SECONDS, WARM_SECONDS = 30.0, 5.0
PATH = "/services/collector/event"


def run(seconds: float = SECONDS, warm: float = WARM_SECONDS, per_second: int = PER_SECOND) -> dict[str, Any]:
    """Events a second paced and flat out, milliseconds of a batch, microseconds of processor an event, MB resident."""
    return asyncio.run(_run(seconds, warm, per_second))


async def _run(seconds: float, warm: float, per_second: int) -> dict[str, Any]:
    bodies = list(_bodies())
    async with _ingest() as (part, token):
        requests = itertools.cycle([_request(part, token, body) for body in bodies])
        process = psutil.Process(part.pid)
        say("warming up …")
        await _flat_out(part, requests, warm)
        say(f"sending {per_second:,} events a second for {seconds:.0f} s …")
        taken, rate = await _paced(part, requests, seconds, per_second)
        say(f"sending all that is taken for {seconds:.0f} s …")
        before = _processor(process)
        sent, most = await _flat_out(part, requests, seconds)
        spent = _processor(process) - before
        peak = peak_mb(part.pid or 0)
    bare = _bare(bodies)
    return {
        "paced_per_second": round(rate), "p99_ms": _percentile(taken, 0.99), "p50_ms": _percentile(taken, 0.5),
        "max_ms": round(taken[-1] * 1000, 1), "per_second": round(most), "processor_us": round(spent / sent * 1e6, 1),
        "bare_us": round(bare * 1e6, 2), "peak_mb": round(peak), "batches": len(taken),
    }  # fmt: skip


def _bodies() -> Iterator[bytes]:
    """Requests' bodies, BATCH events each, as senders write them: an envelope a line."""
    lines = (line.rstrip("\n") for line in firehose.squid_lines(LINES))
    while batch := list(itertools.islice(lines, BATCH)):
        envelopes = ({"time": line[:14], "host": "proxy1", "sourcetype": "squid", "event": line} for line in batch)
        yield "\n".join(map(json.dumps, envelopes)).encode()


def _request(part: Part, token: str, body: bytes) -> bytes:
    host = part.address.removeprefix("http://")
    head = (
        f"POST {PATH} HTTP/1.1\r\nhost: {host}\r\nauthorization: Splunk {token}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _paced(
    part: Part, requests: Iterator[bytes], seconds: float, per_second: int
) -> tuple[Sequence[float], float]:
    """Seconds from when each batch was due to its answer, sorted; events a second."""
    began, numbers, taken = time.perf_counter() + 0.1, itertools.count(), list[float]()
    pause = BATCH / per_second

    async def sender() -> None:
        async with _connected(part) as (reader, writer):
            while (due := began + next(numbers) * pause) < began + seconds:
                await asyncio.sleep(due - time.perf_counter())
                await _sent(reader, writer, next(requests))
                taken.append(time.perf_counter() - due)

    await asyncio.gather(*(sender() for _ in range(SENDERS)))
    return sorted(taken), len(taken) * BATCH / (time.perf_counter() - began)


async def _flat_out(part: Part, requests: Iterator[bytes], seconds: float) -> tuple[int, float]:
    """Events taken, and how many a second."""
    began, count = time.perf_counter(), itertools.count()

    async def sender() -> None:
        async with _connected(part) as (reader, writer):
            while time.perf_counter() < began + seconds:
                await _sent(reader, writer, next(requests))
                next(count)

    await asyncio.gather(*(sender() for _ in range(SENDERS)))
    events = next(count) * BATCH
    return events, events / (time.perf_counter() - began)


@asynccontextmanager
async def _connected(part: Part) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = part.address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _sent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    """Sends one and reads its answer; raises RuntimeError where it is not 200."""
    writer.write(request)
    await writer.drain()
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    body = await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
    if not head.startswith(b"http/1.1 200"):
        raise RuntimeError(f"refused: {body.decode(errors='replace')}")


def _bare(bodies: Sequence[bytes]) -> float:
    """Processor seconds an event of the barest reading: each line decoded, its event split."""
    taken = []
    for _ in range(3):
        began = time.process_time()
        for body in bodies:
            for line in body.splitlines():
                msgspec.json.decode(line)["event"].split()
        taken.append(time.process_time() - began)
    return statistics.median(taken) / (len(bodies) * BATCH)


def _processor(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


def _percentile(ordered: Sequence[float], share: float) -> float:
    """Milliseconds that at least this share does not exceed."""
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1)


@asynccontextmanager
async def _ingest() -> AsyncIterator[tuple[Part, str]]:
    """Kafka, PostgreSQL, one ingest process, and a token for it."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pnb-", ignore_cleanup_errors=True)))
        broker, database = LocalKafka(), EmbeddedPostgres(folder)
        stack.push_async_callback(broker.stop)
        await broker.start()
        stack.push_async_callback(database.stop)
        await database.start()
        environment = {
            "PENUMBRA_DATABASE_URL": database.url().render_as_string(hide_password=False),
            "PENUMBRA_LOG_URL": broker.url, "PENUMBRA_KEYS": f"file:{folder / 'keys.json'}",
        }  # fmt: skip
        part = Part("ingest", "ingest", folder, environment)
        stack.push_async_callback(part.end)
        await part.start()
        engine = connect(environment["PENUMBRA_DATABASE_URL"])
        stack.push_async_callback(engine.dispose)
        _, token = await Tokens(engine, SystemClock()).create("bench", ("push:write",), timedelta(days=1), "bench")
        yield part, token
