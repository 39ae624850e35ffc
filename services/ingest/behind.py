"""One step behind: while a block is being saved, the next one is read. Saving stays in order, one at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self


class Behind:
    """Begins what it is given once the thing before is done; leaving waits for the last, or cancels it."""

    def __init__(self) -> None:
        self._last: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._last is None:
            return
        if fault is not None:
            self._last.cancel()
            await asyncio.wait({self._last})
        else:
            await self._last

    async def begin(self, work: Callable[[], Awaitable[None]]) -> None:
        """Waits for the one before, whose exception it raises, and begins `work`."""
        if self._last is not None:
            await self._last
        self._last = asyncio.create_task(_done(work))


async def _done(work: Callable[[], Awaitable[None]]) -> None:
    await work()
