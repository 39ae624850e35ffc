"""EventLog: the append-only log between the services. Two implementations (`kafka`, `postgres`), one behaviour suite.

Promises of both: records of one key keep their order; `append` returns only when the log holds the records; a fetched
batch carries the position it began at and the one to save after it; nothing is dropped but by the topic's retention.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

import msgspec


class Record(msgspec.Struct, frozen=True, gc=False):
    """What is appended. `value` None is a tombstone on a compacted topic. `headers` only on `alert.v1`."""

    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class Received(msgspec.Struct, frozen=True, gc=False):
    """What is fetched; `at_ms` is when the log took it, in milliseconds since the epoch.

    A struct the garbage collector does not look at: with tens of thousands alive at once it took a third of the time.
    """

    offset: int
    key: bytes
    value: bytes | None
    at_ms: int


class Batch(NamedTuple):
    """Records of one partition, in order. `start` is the consumer's position before it, `end` the position after it.

    Offsets may have gaps, so save `start → end`, never offsets of records.
    """

    topic: str
    partition: int
    start: int
    end: int
    records: Sequence[Received]


class Lag(NamedTuple):
    """How far a consumer is behind: the next offset of the log, its own position, and the oldest unread's time (ms)."""

    end: int
    position: int
    oldest_ms: int | None


Positions = Callable[[str, Sequence[int]], Awaitable[Mapping[int, int | None]]]
"""Reads saved positions: (topic, partitions) → next offset of each, None where none was saved (then: beginning)."""


class Subscription(Protocol):
    """One consumer's share of one topic's partitions.

    `fetch` returns at most `limit` records over all its partitions, waiting up to `timeout` seconds for the first.
    Before the first batch of a partition newly its own, it reads that partition's position through `Positions` and
    seeks there. Raises LogTruncated where a position lies outside the log.
    """

    async def fetch(self, limit: int, timeout: float) -> Sequence[Batch]: ...  # noqa: ASYNC109 - waits, not a deadline
    async def commit(self, batches: Sequence[Batch]) -> None:
        """Saves the batches' ends as the group's positions in the log; raises StalePosition where no longer its own."""

    async def rewind(self, partition: int) -> None:
        """Reads the partition's position again and seeks there; batches fetched before are to be dropped."""

    async def lag(self) -> Mapping[int, Lag]:
        """Lag of each partition it holds."""


class EventLog(Protocol):
    """The log. Topic names are logical; the implementation adds the deployment's prefix."""

    async def ensure(self, topics: Mapping[str, float | None], partitions: int) -> None:
        """Makes missing topics; values are retention in seconds, None for a compacted one."""

    async def append(self, topic: str, records: Sequence[Record]) -> None:
        """Returns when all are held durably; raises Misconfigured for a missing topic or a record too large."""

    def subscribe(
        self, topic: str, group: str, positions: Positions | None = None
    ) -> AbstractAsyncContextManager[Subscription]:
        """Joins `group`. With `positions` the caller keeps them elsewhere; without, the log keeps the group's."""

    async def ready(self) -> str | None:
        """None where fit, else why not."""

    async def close(self) -> None: ...
