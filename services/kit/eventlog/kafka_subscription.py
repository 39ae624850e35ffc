"""One consumer of a Kafka topic: positions read and sought by `fetch` itself, batches with a start and an end.

The rebalance listener only notes and pauses: the client neither reports its errors nor orders it before fetching.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import starmap
from operator import attrgetter
from typing import Any

from services.kit.errors import StalePosition
from services.kit.eventlog import Batch, Lag, Positions, Received
from services.kit.eventlog.kafka_client import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition, told
from services.kit.eventlog.progress import Progress, placed

SLACK_SECONDS = 2.0
_fields = attrgetter("offset", "key", "value", "timestamp")


class KafkaSubscription(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """One member's share of a topic. `_fresh` are partitions that are its own but not yet sought in."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str, name: str, positions: Positions | None) -> None:
        self._consumer = consumer
        self._topic, self._name = topic, name
        self._positions = positions or self._committed
        self._progress = Progress(topic)
        self._fresh: set[int] = set()
        self._assigned = asyncio.Event()
        self._rebalances = 0

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002 - the client's signature
        """Everything is let go of: the client rebalances eagerly."""
        self._assigned.clear()
        self._rebalances += 1
        self._fresh.clear()
        self._progress.drop_all()

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Pauses what is new until `fetch` has sought in it."""
        mine = list(assigned)
        self._consumer.pause(*mine)
        self._fresh = {each.partition for each in mine}
        self._assigned.set()

    async def fetch(self, limit: int, timeout: float) -> Sequence[Batch]:  # noqa: ASYNC109 - how long to wait for the first
        """At most `limit` records over its partitions; none where the group is rebalancing for all of `timeout`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout
        try:
            async with asyncio.timeout(timeout + SLACK_SECONDS):
                await self._assigned.wait()
                if self._fresh:
                    await self._seek()
                left = max(0, int((until - loop.time()) * 1000))
                with told(f"reading {self._name}"):
                    found = await self._consumer.getmany(timeout_ms=left, max_records=limit)
        except TimeoutError:
            return ()
        return [await self._batch(at, records) for at, records in found.items() if at.partition in self._progress]

    async def commit(self, batches: Sequence[Batch]) -> None:
        """Saves the ends as the group's; raises StalePosition where the partition has changed hands since."""
        ends = self._progress.ends(batches)
        try:
            with told(f"saving positions of {self._name}"):
                await self._consumer.commit({TopicPartition(self._name, p): end for p, end in ends.items()})
        except StalePosition:
            self._progress.drop_all()
            raise
        self._progress.saved(ends)

    async def rewind(self, partition: int) -> None:
        """The next fetch reads the position again."""
        if partition in self._progress:
            self._progress.drop(partition)
            self._consumer.pause(TopicPartition(self._name, partition))
            self._fresh.add(partition)

    async def lag(self) -> Mapping[int, Lag]:
        """Lag by what was fetched; `oldest_ms` is None until a first batch or where nothing is unread."""
        places = {TopicPartition(self._name, p): (p, at) for p, at in self._progress.fetched.items()}
        if not places:
            return {}
        with told(f"measuring {self._name}"):
            ends = await self._consumer.end_offsets(list(places))
            asked = {tp: (self._progress.last_ms(p) or -1) + 1 for tp, (p, at) in places.items() if at < ends[tp]}
            unread = await self._consumer.offsets_for_times(asked) if asked else {}
        return {
            p: Lag(ends[tp], at, self._oldest(p, unread.get(tp), unread=tp in asked)) for tp, (p, at) in places.items()
        }

    def _oldest(self, partition: int, after: Any, *, unread: bool) -> int | None:
        """When the log took the first unread record: `after` is the first one later than the last that was fetched,
        unless the log took others in that very millisecond.
        """
        if not unread:
            return None
        last = self._progress.last_ms(partition)
        stands = self._progress.fetched[partition]
        return after.timestamp if after is not None and after.offset <= stands else last

    async def _seek(self) -> None:
        """Reads the saved positions of what is fresh and seeks there; gives up where a rebalance came in between."""
        began, partitions = self._rebalances, sorted(self._fresh)
        places = {partition: TopicPartition(self._name, partition) for partition in partitions}
        saved = await self._positions(self._topic, partitions)
        with told(f"seeking in {self._name}"):
            first = await self._consumer.beginning_offsets(list(places.values()))
            end = await self._consumer.end_offsets(list(places.values()))
        if began != self._rebalances:
            return
        for partition, at in places.items():
            position = placed(self._topic, partition, saved.get(partition), first[at], end[at])
            self._consumer.seek(at, position)
            self._consumer.resume(at)
            self._progress.place(partition, position)
            self._fresh.discard(partition)

    async def _batch(self, at: TopicPartition, records: Sequence[Any]) -> Batch:
        """`end` is the client's position, which is beyond gaps that compaction left."""
        end = await self._consumer.position(at)
        return self._progress.batch(at.partition, end, list(starmap(Received, map(_fields, records))))

    async def _committed(self, _topic: str, partitions: Sequence[int]) -> Mapping[int, int | None]:
        with told(f"reading positions of {self._name}"):
            return {p: await self._consumer.committed(TopicPartition(self._name, p)) for p in partitions}
