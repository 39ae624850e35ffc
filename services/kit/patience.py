"""How long a connection may take to say what it wants, and how many there may be: slow ones must not crowd others out.

uvicorn bounds how long a connection may be idle between requests, and nothing before its first one or while a head
trickles in.
"""

import asyncio
import sys
from typing import Any

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

log = structlog.get_logger(__name__)
HEAD_SECONDS = 10.0
"""How long the head of a request may take, from the connection or its first byte on."""
MOST = 2_000
TOLD_SECONDS = 60.0


def most() -> int:
    """How many connections a process has at most: half of the files it may open, the others being its own."""
    if sys.platform == "win32":
        return MOST
    import resource  # noqa: PLC0415 - Windows has none

    return min(MOST, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)


class Patient(H11Protocol):
    """A connection that is closed where no whole head comes in time, or where there are too many already."""

    _told = -TOLD_SECONDS

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begins to wait for a request."""
        super().connection_made(transport)
        if len(self.connections) > most():
            self._tell()
            transport.abort()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """Goes on waiting until there is a request in hand."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._served()
        elif self._waiting is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no longer."""
        self._served()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _served(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _tell(self) -> None:
        now = self.loop.time()
        if now - Patient._told >= TOLD_SECONDS:
            Patient._told = now
            log.warning("too many connections; new ones are closed", most=most())
