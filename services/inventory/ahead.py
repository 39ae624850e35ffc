"""Reading ahead: the batch to be saved next is read and folded while the database works on the one before."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from services.kit.eventlog import Batch

T = TypeVar("T")


class Ahead(Generic[T]):
    """Gives what `read` makes of a batch, one batch ahead of what is asked for; `read` must change nothing."""

    def __init__(self, read: Callable[[Batch], Awaitable[T]]) -> None:
        self._read = read
        self._coming: deque[Batch] = deque()
        self._batch: Batch | None = None
        self._reading: asyncio.Task[T] | None = None

    def expect(self, batches: Sequence[Batch]) -> None:
        """The batches that will be asked for after those expected before, in order; any may be left out."""
        self._coming.extend(batches)
        if self._reading is None:
            self._begin()

    async def get(self, batch: Batch) -> T:
        """What is made of it; the one that follows is begun."""
        if self._reading is not None and self._batch is batch:
            made = await self._reading
        else:
            self._drop()
            made = await self._read(batch)
        if any(each is batch for each in self._coming):
            while self._coming.popleft() is not batch:
                pass
        self._begin()
        return made

    def _begin(self) -> None:
        self._drop()
        self._batch = self._coming[0] if self._coming else None
        self._reading = None if self._batch is None else asyncio.create_task(self._made(self._batch))

    async def _made(self, batch: Batch) -> T:
        return await self._read(batch)

    def _drop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._reading = None
