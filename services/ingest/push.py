"""`POST /v1/push/{source}`: native records of a source, in any container of `parse`; 2xx only once the log has them.

The same body sent again gives the same ids, so a sender that got no answer sends again without harm.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse

from connectors.base import Connector
from connectors.records import natives
from connectors.records.bytestream import Cut, raw_chunks, unpacked
from services.ingest.configure import configured
from services.ingest.intake import Intake, Origin, Taken
from services.ingest.publish import publish
from services.kit.access import require
from services.kit.access.problems import problem
from services.kit.control import backfills, rows, runs, sources
from services.kit.control.rows import Counts, SourceRow
from services.kit.errors import Conflict, NotFound, PenumbraError, Transient
from services.kit.runtime import Runtime

LARGEST_BODY = 16 << 20
LARGEST_UNPACKED = 64 << 20
AT_ONCE = 16
APPEND_SECONDS = 20.0
BUSY_SECONDS = 1
AGAIN_SECONDS = 5
KNOWN_SECONDS = 5.0
ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip", "zstd"})


class TooLarge(Exception):
    """The body, or what it unpacks to, is larger than is taken at once; the message says how much is."""


@dataclass
class Intakes:
    """What the push routes of one process share: known sources, how many bodies are in work, counts not yet saved."""

    runtime: Runtime
    connectors: dict[str, Connector]
    working: int = 0
    counts: dict[str, Taken] = field(default_factory=dict)
    known: dict[str, tuple[float, Origin]] = field(default_factory=dict)

    async def origin(self, name: str) -> Origin:
        """The source by id or name, remembered for seconds; a connector's own name makes an instance of that name.

        Raises NotFound, Conflict where it is paused, Misconfigured where its settings are wrong.
        """
        now = asyncio.get_running_loop().time()
        if name in self.known and self.known[name][0] > now:
            return self.known[name][1]
        async with self.runtime.engine.begin() as connection:
            row = await self._row(connection, name)
            asked = await backfills.of(connection, row.id)
        if row.paused:
            raise Conflict(f"source {row.id} is paused; `penumbra source resume {row.id}`")
        connector = self.connectors[row.connector]
        origin = Origin(
            instance=row.id, connector=connector, config=configured(connector, row.config, pulled=False),
            generations=backfills.generations(asked),
        )  # fmt: skip
        self.known[name] = (now + KNOWN_SECONDS, origin)
        return origin

    async def _row(self, connection: Any, name: str) -> SourceRow:
        try:
            return await sources.get(connection, name)
        except NotFound:
            if name not in self.connectors:
                raise
            with contextlib.suppress(Conflict):  # another request may have made it meanwhile
                await sources.add(connection, connector=name, name=name, config={})
            return await sources.get(connection, name)

    async def save_counts(self) -> None:
        """Adds what was pushed since the last call to the instances' sums."""
        counts, self.counts = self.counts, {}
        for instance, taken in counts.items():
            async with self.runtime.engine.begin() as connection:
                await runs.tally(
                    connection, instance, outcome=rows.HEALTHY, counts=taken.counts(), last_event_at=taken.newest,
                    began=self.runtime.clock.now(),
                )  # fmt: skip

    def count(self, instance: str, taken: Taken) -> None:
        """Remembers counts until they are saved; a killed process loses only these few seconds of statistics."""
        total = self.counts.setdefault(instance, Taken())
        total.merge(taken)


def router(intakes: Intakes) -> APIRouter:
    """The route."""
    made = APIRouter()

    @made.post("/v1/push/{source}", dependencies=[Depends(require("push:write"))])
    async def push(source: str, request: Request) -> JSONResponse:
        """Takes native records in; answers how many were read, ignored and rejected."""
        if intakes.working >= AT_ONCE:
            return _later(503, "too many pushes at once", BUSY_SECONDS)
        intakes.working += 1
        try:
            origin = await intakes.origin(source)
            if request.headers.get("content-encoding", "").strip().lower() not in ENCODINGS:
                return problem(415, "content-encoding: send gzip, zstd or none")
            taken = await _take(intakes.runtime, origin, await body(request))
        except TooLarge as error:
            return problem(413, str(error))
        except Transient as error:
            return _later(503, str(error), round(error.retry_after or AGAIN_SECONDS))
        finally:
            intakes.working -= 1
        intakes.count(origin.instance, taken)
        return JSONResponse(answer(origin, taken.counts()))

    return made


async def body(request: Request) -> bytes:
    """The body as sent, at most LARGEST_BODY; raises TooLarge before more is read."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise TooLarge(f"a body may have {LARGEST_BODY} bytes; send several")
        parts.append(part)
    return b"".join(parts)


def unpack(sent: bytes) -> bytes:
    """The body decompressed (known by its first bytes), at most LARGEST_UNPACKED; raises TooLarge.

    A cut stream is given on as it was sent: reading it names the cut and takes what stands before.
    """
    try:
        return unpack_whole(sent)
    except Cut:
        return sent


def unpack_whole(sent: bytes) -> bytes:
    """The same, but raises Cut where the stream is incomplete or damaged."""
    parts, size = [], 0
    for part in unpacked(raw_chunks(sent)):
        size += len(part)
        if size > LARGEST_UNPACKED:
            raise TooLarge(f"a body may unpack to {LARGEST_UNPACKED} bytes; send several")
        parts.append(part)
    return b"".join(parts)


async def _take(runtime: Runtime, origin: Origin, sent: bytes) -> Taken:
    """Takes a body in; raises Transient where the log does not take it."""
    now = runtime.clock.now()

    def read() -> Taken:
        return Intake(origin, runtime.keys).take(natives(unpack(sent), origin.connector, "push"), now)

    return await keep(runtime, read)


async def keep(runtime: Runtime, read: Callable[[], Taken]) -> Taken:
    """Runs `read` in a thread, appends what it took, and returns when the log has all; raises Transient."""
    taken = await asyncio.to_thread(read)
    try:
        async with asyncio.timeout(APPEND_SECONDS):
            await publish(runtime.log, taken)
    except TimeoutError:
        raise Transient("the log takes no records now", retry_after=AGAIN_SECONDS) from None
    except PenumbraError:
        raise
    except Exception as error:
        raise Transient(f"the log took not all records ({type(error).__name__})", retry_after=AGAIN_SECONDS) from error
    return taken


def answer(origin: Origin, counts: Counts) -> dict[str, Any]:
    """The answer's body; `records = observed + Σ ignored + rejected`, as `parse` reports."""
    return {
        "source": origin.instance, "records": counts.records, "observed": counts.observed,
        "ignored": dict(counts.ignored), "rejected": counts.rejected, "observations": counts.published,
    }  # fmt: skip


def _later(status: int, detail: str, seconds: int) -> JSONResponse:
    response = problem(status, detail)
    response.headers["Retry-After"] = str(max(1, seconds))
    return response
