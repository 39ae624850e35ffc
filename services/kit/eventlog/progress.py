"""Where one consumer stands in each partition it holds; pure bookkeeping, the same for both logs."""

from collections.abc import Mapping, Sequence

from services.kit.errors import LogTruncated, StalePosition
from services.kit.eventlog import Batch, Received


class Progress:
    """Positions of the partitions a consumer holds: what it has fetched up to, and what was saved.

    Batches must be committed as they were fetched, one after the other: a batch that does not begin where the last
    saved one ended was fetched before a rewind or a hand-over.
    """

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._fetched: dict[int, int] = {}
        self._saved: dict[int, int] = {}
        self._taken_ms: dict[int, int] = {}
        self._ahead: dict[int, int] = {}

    def __contains__(self, partition: int) -> bool:
        return partition in self._fetched

    @property
    def fetched(self) -> Mapping[int, int]:
        """Partition → the offset to read next: after the last fetched batch, and after a gap behind that."""
        return {**self._fetched, **self._ahead}

    def last_ms(self, partition: int) -> int | None:
        """When the log took the last record fetched here, in ms; None before the first."""
        return self._taken_ms.get(partition)

    def place(self, partition: int, position: int) -> None:
        """Begins a partition at a position."""
        self._fetched[partition] = self._saved[partition] = position
        self._ahead.pop(partition, None)

    def drop(self, partition: int) -> None:
        """Forgets a partition: batches fetched before can't be committed any more."""
        self._fetched.pop(partition, None)
        self._saved.pop(partition, None)
        self._taken_ms.pop(partition, None)
        self._ahead.pop(partition, None)

    def drop_all(self) -> None:
        """Forgets every partition."""
        for partition in list(self._fetched):
            self.drop(partition)

    def skip(self, partition: int, to: int) -> None:
        """Moves beyond a gap; the next batch will span it."""
        self._ahead[partition] = to

    def batch(self, partition: int, end: int, records: Sequence[Received]) -> Batch:
        """The batch from where it stood to `end`, and moves on."""
        start, self._fetched[partition] = self._fetched[partition], end
        self._ahead.pop(partition, None)
        if records:
            self._taken_ms[partition] = records[-1].at_ms
        return Batch(self._topic, partition, start, end, records)

    def ends(self, batches: Sequence[Batch]) -> dict[int, int]:
        """Partition → position to save; raises StalePosition where a batch does not follow what was saved."""
        ends: dict[int, int] = {}
        for batch in batches:
            saved = ends.get(batch.partition, self._saved.get(batch.partition))
            if saved is None:
                raise StalePosition(f"{self._topic}/{batch.partition} is another consumer's now; batch dropped")
            if saved != batch.start:
                raise StalePosition(
                    f"{self._topic}/{batch.partition} stands at {saved}, the batch began at {batch.start}"
                )
            ends[batch.partition] = batch.end
        return ends

    def saved(self, ends: Mapping[int, int]) -> None:
        """Notes what was saved."""
        self._saved.update(ends)


def placed(topic: str, partition: int, position: int | None, first: int, end: int) -> int:
    """Where to begin: the saved position, or `first` where none was. Raises LogTruncated outside `first`…`end`."""
    if position is None:
        return first
    if not first <= position <= end:
        side = "records before it were dropped unread" if position < first else "the log ends before it"
        raise LogTruncated(
            f"{topic}/{partition}: position {position} is outside the log, which holds {first} to {end}: {side}. "
            "Find out what was lost, then save a position inside the log and start again"
        )
    return position
