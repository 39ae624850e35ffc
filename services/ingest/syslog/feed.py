"""From the sockets to the log: what came is held until the log has it, and what holds too much stops the reading.

One queue for all transports, bounded by its bytes. A stream's reader waits for room, so its sender's window closes and
the sender keeps what it has; a datagram finds no room and is dropped, and counted. Syslog has no acknowledgement: what
is held here when the process is killed is lost, at most QUEUE_BYTES. And no second reading: an observation without an
id of its own gets a number of this process.
"""

import asyncio
import itertools
import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

import structlog
from prometheus_client import Counter, Gauge

from services.ingest import contents, pushed
from services.ingest.intake import Intake, Origin, Taken
from services.ingest.pushed import Intakes
from services.ingest.syslog import message as messages
from services.ingest.syslog.framing import Frame
from services.ingest.syslog.lines import Reader
from services.ingest.syslog.message import Message
from services.ingest.syslog.routes import Route, chosen
from services.kit.errors import Conflict, Misconfigured, NotFound
from services.kit.loop import PASSING

log = structlog.get_logger(__name__)
QUEUE_BYTES = 32 << 20
AT_ONCE = 5_000
TOGETHER_SECONDS = 0.05
"""How long what came first waits for more: an append a message would be slow for everybody."""
PAUSE_SECONDS = 1.0
TOLD_SECONDS = 60.0
RECEIVED = Counter("penumbra_syslog_messages", "Syslog messages that came, by transport.", ["transport"])
DROPPED = Counter("penumbra_syslog_dropped", "Syslog messages that were not taken, by why.", ["why"])
HELD = Gauge("penumbra_syslog_held_bytes", "Bytes of syslog messages that wait for the log.")


class Came(NamedTuple):
    """A frame, and the address it came from."""

    frame: Frame
    address: str


@dataclass
class Queue:
    """What came and is not on the log yet, bounded by its bytes."""

    largest: int = QUEUE_BYTES
    _held: deque[Came] = field(default_factory=deque)
    _bytes: int = 0
    _came: asyncio.Event = field(default_factory=asyncio.Event)
    _room: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, came: Came) -> bool:
        """Takes one in; False where there is no room."""
        if self._bytes >= self.largest:
            return False
        self.add(came)
        return True

    def add(self, *came: Came) -> None:
        """Takes some in, whether there is room or not."""
        self._held += came
        self._bytes += sum(len(one.frame.data) for one in came)
        self._came.set()

    async def put(self, came: Came) -> None:
        """Takes one in, waiting for room."""
        while not self.offer(came):
            self._room.clear()
            await self._room.wait()

    async def some(self, limit: int) -> list[Came]:
        """The first ones, in order; waits for the first, and a moment for more."""
        await self._came.wait()
        if len(self._held) < limit:
            await asyncio.sleep(TOGETHER_SECONDS)
        return [self._held.popleft() for _ in range(min(limit, len(self._held)))]

    def done(self, taken: Sequence[Came]) -> None:
        """What was given is on the log: its room is free again."""
        self._bytes -= sum(len(one.frame.data) for one in taken)
        HELD.set(self._bytes)
        self._room.set()
        if not self._held:
            self._came.clear()

    def __len__(self) -> int:
        return len(self._held)


class Feed:
    """Takes messages from the queue to the log, in order, source by source."""

    def __init__(self, intakes: Intakes, routes: Sequence[Route], queue: Queue) -> None:
        self._intakes, self._routes, self._queue = intakes, routes, queue
        self._process = secrets.token_hex(6)
        self._readers: dict[str, tuple[Origin, Reader, Intake]] = {}
        self._told: dict[str, float] = {}
        self._runs = itertools.count(1)

    async def work(self, stop: asyncio.Event) -> None:
        """Until `stop`, and then until the queue is empty."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set() or len(self._queue):
                some = asyncio.create_task(self._queue.some(AT_ONCE))
                await asyncio.wait({some, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not some.done() and not len(self._queue):
                    some.cancel()
                    break
                await self._take(await some)
        finally:
            stopping.cancel()

    async def _take(self, came: Sequence[Came]) -> None:
        sorted_out = await self._intakes.read(partial(_sorted, came, self._routes))
        for name, given in sorted_out.items():
            if name is None:
                self._dropped("no route", len(given))
            else:
                await self._source(name, given)
        self._queue.done(came)

    async def _source(self, name: str, given: Sequence[tuple[Message, str | None]]) -> None:
        """Messages of one source to the log; tried again for as long as it takes."""
        found = await self._reader(name)
        if found is None:
            self._dropped(f"source {name} takes none", len(given))
            return
        origin, reader, intake = found
        now = self._intakes.runtime.clock.now()
        taken = await self._intakes.read(lambda: intake.take(reader.records(given), now))
        await self._append(taken)
        self._intakes.count(origin.instance, taken)

    async def _append(self, taken: Taken) -> None:
        while True:
            try:
                return await pushed.append(self._intakes.runtime, taken)
            except PASSING as trouble:
                self._tell("the log takes nothing; syslog senders wait", why=type(trouble).__name__)
                await asyncio.sleep(getattr(trouble, "retry_after", None) or PAUSE_SECONDS)

    async def _reader(self, name: str) -> tuple[Origin, Reader, Intake] | None:
        """How a source's messages are read, made anew where its settings changed; None where it takes none now."""
        while True:
            try:
                origin = await self._intakes.origin(name)
                break
            except (NotFound, Conflict, Misconfigured) as refused:
                self._tell("syslog messages are dropped", source=name, why=str(refused))
                return None
            except PASSING as trouble:
                self._tell("the database is away; syslog senders wait", why=type(trouble).__name__)
                await asyncio.sleep(PAUSE_SECONDS)
        known = self._readers.get(name)
        if known is None or known[0] is not origin:
            own = replace(origin, connector=contents.named(origin.connector, f"{self._process}.{next(self._runs)}"))
            kept = known[1] if known is not None and known[1].connector is origin.connector else None
            known = origin, kept or Reader(origin.connector), Intake(own, self._intakes.runtime.keys)
            self._readers[name] = known
        return known

    def _dropped(self, why: str, count: int) -> None:
        DROPPED.labels(why).inc(count)
        self._tell("syslog messages are dropped", why=why)

    def _tell(self, event: str, **facts: str) -> None:
        """Logs it, once a minute."""
        now, key = asyncio.get_running_loop().time(), event + facts.get("why", "")
        if now - self._told.get(key, -TOLD_SECONDS) >= TOLD_SECONDS:
            self._told = {each: at for each, at in self._told.items() if now - at < TOLD_SECONDS} | {key: now}
            log.warning(event, **facts)


def _sorted(
    came: Sequence[Came], routes: Sequence[Route]
) -> dict[str | None, list[tuple[Message, str | None]]]:  # fmt: skip
    """Messages by their source, each with its frame's fault; under None those that no route fits."""
    found: dict[str | None, list[tuple[Message, str | None]]] = {}
    remembered: dict[tuple[str, str, str], str | None] = {}
    for one in came:
        message = messages.read(one.frame.data)
        key = message.app, message.host, one.address
        if key not in remembered:
            remembered[key] = chosen(routes, message, one.address)
        found.setdefault(remembered[key], []).append((message, one.frame.fault))
    return found
