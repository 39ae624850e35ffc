"""Reading ahead: the batch to be saved next is read and folded while the database works on the one before."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from typing import Generic, TypeVar

from services.kit.eventlog import Batch

T = TypeVar("T")


class Ahead(Generic[T]):
    """Gives what `read` makes of a batch, one batch ahead of what is asked for; `read` must change nothing."""

    def __init__(self, read: Callable[[Batch], Awaitable[T]]) -> None:
        self._read = read
        self._following: dict[tuple[int, int], Batch] = {}
        self._batch: Batch | None = None
        self._reading: asyncio.Task[T] | None = None

    def expect(self, batches: Sequence[Batch]) -> None:
        """The batches that will be asked for, in order; what was expected before is not any more."""
        self._drop()
        self._following = {_place(batch): following for batch, following in pairwise(batches)}

    async def get(self, batch: Batch) -> T:
        """What is made of it; the one that follows is begun."""
        if self._reading is not None and self._batch is batch:
            made = await self._reading
        else:
            self._drop()
            made = await self._read(batch)
        self._batch = self._following.pop(_place(batch), None)
        self._reading = None if self._batch is None else asyncio.create_task(self._begin(self._batch))
        return made

    async def _begin(self, batch: Batch) -> T:
        return await self._read(batch)

    def _drop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._reading = None


def _place(batch: Batch) -> tuple[int, int]:
    return batch.partition, batch.start
