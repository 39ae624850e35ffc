"""What the push routes of one process share: known sources, bodies in work, and the way of their records to the log."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from connectors.base import Connector
from services.ingest import noting
from services.ingest.bodies import SHORTLY_SECONDS, Room
from services.ingest.configure import configured
from services.ingest.intake import Origin, Taken
from services.ingest.publish import publish
from services.kit.control import backfills, hec, rows, runs, sources
from services.kit.control.hec import HecRoute
from services.kit.control.rows import Counts, SourceRow
from services.kit.errors import Conflict, NotFound, PenumbraError, Transient
from services.kit.runtime import Runtime

T = TypeVar("T")
AT_ONCE = 16
"""Bodies in work at a time; those that are still arriving are bounded by their bytes."""
READING = 2
"""Bodies read at a time: more threads would only take each other's turn, and each body's records are held."""
APPEND_SECONDS = 20.0
AGAIN_SECONDS = 5
KNOWN_SECONDS = 5.0


class Closing(Transient):
    """The process is ending and takes nothing more."""


@dataclass
class Intakes:
    """What the push routes of one process share: known sources, bodies in work, counts not yet saved."""

    runtime: Runtime
    connectors: dict[str, Connector]
    working: int = 0
    closing: bool = False
    room: Room = field(default_factory=Room)
    reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READING))
    counts: dict[str, Taken] = field(default_factory=dict)
    known: dict[str, tuple[float, Origin]] = field(default_factory=dict)
    _routes: tuple[float, Sequence[HecRoute]] = (0.0, ())

    @asynccontextmanager
    async def work(self) -> AsyncIterator[None]:
        """A body is in work until the end of the block; raises Transient where too many are, Closing at the end."""
        if self.closing:
            raise Closing("this process is ending; another takes what you send", retry_after=AGAIN_SECONDS)
        if self.working >= AT_ONCE:
            raise Transient("too many pushes at once", retry_after=SHORTLY_SECONDS)
        self.working += 1
        try:
            yield
        finally:
            self.working -= 1

    async def read(self, work: Callable[[], T]) -> T:
        """What `work` returns; it runs in a thread, some at a time."""
        async with self.reading:
            return await asyncio.to_thread(work)

    async def keep(self, origin: Origin, read: Callable[[], Taken]) -> Taken:
        """Runs `read` in a thread and returns when the log has what it took, which counts; raises Transient."""
        return await self.put(origin, await self.read(read))

    async def put(self, origin: Origin, taken: Taken) -> Taken:
        """Returns what was taken when the log has it, which counts; raises Transient."""
        await append(self.runtime, taken)
        self.count(origin.instance, taken)
        return taken

    async def origin(self, name: str) -> Origin:
        """The source by id or name, remembered for seconds; a connector's own name makes an instance of that name.

        Raises NotFound, Conflict where it is paused, Misconfigured where its settings are wrong.
        """
        now = asyncio.get_running_loop().time()
        if (remembered := self.origin_known(name, now)) is not None:
            return remembered
        async with self.runtime.engine.begin() as connection:
            row = await self._row(connection, name)
            asked = await backfills.of(connection, row.id)
        if row.paused:
            raise Conflict(f"source {row.id} is paused; `penumbra source resume {row.id}`")
        connector = self.connectors[row.connector]
        origin = Origin(
            instance=row.id, connector=connector, config=configured(connector, row.config, pulled=False),
            generations=backfills.generations(asked), detect=self.runtime.settings.detect,
        )  # fmt: skip
        self.known[name] = (now + KNOWN_SECONDS, origin)
        return origin

    def origin_known(self, name: str, now: float) -> Origin | None:
        """The source of that name where it is remembered still; `now` is the loop's time."""
        until, origin = self.known.get(name, (now, None))
        return origin if until > now else None

    async def _row(self, connection: Any, name: str) -> SourceRow:
        try:
            return await sources.get(connection, name)
        except NotFound:
            if name not in self.connectors:
                raise
            with contextlib.suppress(Conflict):  # another request may have made it meanwhile
                await sources.add(connection, connector=name, name=name, config={})
            return await sources.get(connection, name)

    async def routes(self) -> Sequence[HecRoute]:
        """Which source gets what is named by its type and source, remembered for seconds."""
        now = asyncio.get_running_loop().time()
        if self.routes_known(now) is None:
            async with self.runtime.engine.connect() as connection:
                self._routes = (now + KNOWN_SECONDS, await hec.list_all(connection))
        return self._routes[1]

    def routes_known(self, now: float) -> Sequence[HecRoute] | None:
        """The same where they are remembered still; `now` is the loop's time."""
        return self._routes[1] if self._routes[0] > now else None

    async def save_counts(self) -> None:
        """Adds what was pushed since the last call to the instances' sums."""
        counts, self.counts = self.counts, {}
        for instance, taken in counts.items():
            async with self.runtime.engine.begin() as connection:
                await runs.tally(
                    connection, instance, outcome=rows.HEALTHY, counts=taken.counts(), last_event_at=taken.newest,
                    began=self.runtime.clock.now(),
                )  # fmt: skip
                await noting.save_sent(connection, instance, taken.noted, self.runtime.clock.now())

    def count(self, instance: str, taken: Taken) -> None:
        """Remembers counts until they are saved; a killed process loses only these few seconds of statistics."""
        total = self.counts.setdefault(instance, Taken())
        total.merge(taken)


async def append(runtime: Runtime, taken: Taken) -> None:
    """Returns when the log has all of it; raises Transient."""
    try:
        async with asyncio.timeout(APPEND_SECONDS):
            await publish(runtime.log, taken)
    except TimeoutError:
        raise Transient("the log takes no records now", retry_after=AGAIN_SECONDS) from None
    except PenumbraError:
        raise
    except Exception as error:
        raise Transient(f"the log took not all records ({type(error).__name__})", retry_after=AGAIN_SECONDS) from error


def answer(origin: Origin, counts: Counts) -> dict[str, Any]:
    """The answer's body; `records = observed + Σ ignored + rejected`, as `parse` reports."""
    return {
        "source": origin.instance, "records": counts.records, "observed": counts.observed,
        "ignored": dict(counts.ignored), "rejected": counts.rejected, "observations": counts.published,
    }  # fmt: skip
