"""Wakes readers when something was appended: LISTEN/NOTIFY. It only shortens the poll; a missed one loses nothing."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit.errors import heed_cancellation
from services.kit.eventlog.postgres_session import TROUBLES

CHANNEL = "penumbra_log"
RECONNECT_SECONDS = 1.0


class Wakeups:
    """One listening connection for all readers of a process, open while there is one."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._readers: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._count = 0
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def of(self, topic: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever `topic` has got records."""
        event = asyncio.Event()
        self._readers[topic].add(event)
        self._count += 1
        if self._task is None:
            self._task = asyncio.create_task(self._listen())
        try:
            yield event
        finally:
            self._readers[topic].discard(event)
            self._count -= 1
            if self._count == 0:
                task, self._task = self._task, None
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    def wake(self, topic: str) -> None:
        """Sets the events of a topic's readers."""
        for event in self._readers.get(topic, ()):
            event.set()

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(*TROUBLES):
                await self._listen_once()
            heed_cancellation()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        """Listens until the connection ends."""
        ended = asyncio.Event()

        def told(_connection: object, _pid: int, _channel: str, topic: object) -> None:
            self.wake(str(topic))

        def gone(_connection: object) -> None:
            ended.set()

        async with self._engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            raw.add_termination_listener(gone)
            await raw.add_listener(CHANNEL, told)
            try:
                await ended.wait()
            finally:
                raw.remove_termination_listener(gone)
                if raw.is_closed():
                    await connection.invalidate()
                else:
                    await raw.remove_listener(CHANNEL, told)
