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
        if fault is None:
            await self.settle()
        elif self._last is not None:
            last, self._last = self._last, None
            last.cancel()
            await asyncio.wait({last})

    async def settle(self) -> None:
        """Waits for the last, whose exception it raises."""
        last, self._last = self._last, None
        if last is not None:
            await last

    async def begin(self, work: Callable[[], Awaitable[None]]) -> None:
        """Waits for the one before, whose exception it raises, and begins `work`."""
        await self.settle()
        self._last = asyncio.create_task(_done(work))


async def _done(work: Callable[[], Awaitable[None]]) -> None:
    await work()
