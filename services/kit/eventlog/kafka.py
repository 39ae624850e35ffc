"""The log on Apache Kafka. Batches both ways (`send_batch`, `getmany`); a record's partition comes from Kafka's own
default, murmur2 of the key, so that any other producer agrees.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from services.kit.errors import PenumbraError
from services.kit.eventlog import Positions, Record, Subscription
from services.kit.eventlog.faults import LARGEST, check_sizes, missing, too_large
from services.kit.eventlog.kafka_client import (
    AIOKafkaAdminClient,
    AIOKafkaConsumer,
    AIOKafkaProducer,
    NewTopic,
    check_made,
    deliver,
    errors,
    murmur2,
    started,
    told,
)
from services.kit.eventlog.kafka_options import options
from services.kit.eventlog.kafka_subscription import KafkaSubscription
from services.kit.settings import Settings

BATCH_BYTES = 512 * 1024
FETCH_BYTES = 4 * 1024 * 1024
KEYS_REMEMBERED = 200_000
READY_SECONDS = 5.0
MAKING_SECONDS = 15.0
GRACE_SECONDS = 0.5
UNKNOWN_TOPIC = 3
"""Error code: https://kafka.apache.org/protocol#protocol_error_codes"""


class KafkaLog:
    """The log on the brokers of `servers` (`host:port,…`), connected at first use.

    `session_seconds` is how long a consumer may be silent before its partitions go to others; `largest` bounds a
    record. One append is one batch in flight for each partition; callers wait, so memory stays bounded.
    """

    def __init__(
        self, servers: str, settings: Settings, *, session_seconds: float = 10.0, largest: int = LARGEST
    ) -> None:
        self._options = options(servers, settings)
        self._prefix = settings.topic_prefix
        self._replication = settings.kafka_replication
        self._session_ms = int(session_seconds * 1000)
        self._largest = largest
        self._known: set[str] = set()
        self._places: dict[bytes, int] = {}
        self._producer: Any = None
        self._admin: Any = None
        self._opening = asyncio.Lock()

    async def ensure(self, topics: Mapping[str, float | None], partitions: int) -> None:
        """Makes missing topics; those that exist stay as their operator set them. Raises Misconfigured, Transient."""
        named = {self._prefix + name: seconds for name, seconds in topics.items()}
        with told("making topics"):
            wanted = await self._absent(named)
            if wanted:
                admin = await self._administration()
                made = [NewTopic(n, partitions, self._replication, None, self._configs(named[n])) for n in wanted]
                check_made((await admin.create_topics(made)).topic_errors)
            await self._appear(wanted)

    async def append(self, topic: str, records: Sequence[Record]) -> None:
        """Returns when all replicas in sync hold the records; waits, in order, for as long as the brokers are away."""
        if not records:
            return
        name = self._prefix + topic
        check_sizes(name, records, self._largest)
        await self._check_exists(name)
        producer = await self._producing()
        try:
            with told(f"appending to {name}"):
                count = len(await producer.partitions_for(name))
                shares = self._shares(records, count).items()
                results = await asyncio.gather(
                    *(deliver(producer, name, partition, share) for partition, share in shares),
                    return_exceptions=True,
                )
                for failed in filter(None, results):
                    raise failed
        except PenumbraError as error:
            await self._discard(producer)
            if isinstance(error.__cause__, errors.MessageSizeTooLargeError):
                largest = max(len(record.value or b"") for record in records)
                raise too_large(name, largest, "(broker's limit, max.message.bytes)") from None
            raise

    @asynccontextmanager
    async def subscribe(
        self, topic: str, group: str, positions: Positions | None = None
    ) -> AsyncIterator[Subscription]:
        """Joins the consumer group; leaves it at the end. Raises Misconfigured for a missing topic, Transient."""
        name = self._prefix + topic
        await self._check_exists(name)
        consumer = AIOKafkaConsumer(
            **self._options,
            group_id=self._prefix + group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_bytes=4 * FETCH_BYTES,
            max_partition_fetch_bytes=FETCH_BYTES,
            session_timeout_ms=self._session_ms,
            heartbeat_interval_ms=self._session_ms // 4,
        )
        subscription = KafkaSubscription(consumer, topic, name, positions)
        consumer.subscribe([name], listener=subscription)
        try:
            with told(f"joining group {group}"):
                await consumer.start()
            yield subscription
        finally:
            await consumer.stop()

    async def ready(self) -> str | None:
        """None where the brokers answer and hold the topics used so far, else why not."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                absent = await self._absent(self._known) if self._known else await self._describe([])
        except (PenumbraError, errors.KafkaError, OSError, TimeoutError) as error:
            return f"event log: Kafka does not answer ({type(error).__name__})"
        return f"event log: topic {absent[0]} is gone" if absent else None

    async def close(self) -> None:
        """Ends the connections; what append returned for is on the log already."""
        producer, self._producer = self._producer, None
        admin, self._admin = self._admin, None
        if producer is not None:
            await producer.stop()
        if admin is not None:
            await admin.close()

    async def _appear(self, names: Sequence[str]) -> None:
        """Waits until new topics have leaders."""
        async with asyncio.timeout(MAKING_SECONDS):
            while names and await self._absent(names):  # noqa: ASYNC110 - the broker tells nobody
                await asyncio.sleep(0.05)

    def _configs(self, seconds: float | None) -> dict[str, str]:
        kept = {"cleanup.policy": "compact"} if seconds is None else {"retention.ms": str(int(seconds * 1000))}
        room = str(self._largest + BATCH_BYTES)
        return {**kept, "message.timestamp.type": "LogAppendTime", "max.message.bytes": room}

    def _shares(self, records: Sequence[Record], count: int) -> Mapping[int, list[Record]]:
        """Records by partition. The hash is Python, so those of keys seen lately are remembered."""
        places = self._places
        if len(places) > KEYS_REMEMBERED:
            places.clear()
        shares: dict[int, list[Record]] = defaultdict(list)
        for record in records:
            key = record.key
            place = places.get(key)
            if place is None:
                place = places[key] = murmur2(key) & 0x7FFFFFFF
            shares[place % count].append(record)
        return shares

    async def _check_exists(self, name: str) -> None:
        if name in self._known:
            return
        with told(f"looking for topic {name}"):
            if await self._unknown(name):
                await asyncio.sleep(GRACE_SECONDS)  # one made this moment is not known to every broker yet
                if await self._unknown(name):
                    raise missing(name)
        self._known.add(name)

    async def _unknown(self, name: str) -> bool:
        return any(found["error_code"] == UNKNOWN_TOPIC for found in await self._describe([name]))

    async def _absent(self, names: Iterable[str]) -> list[str]:
        """Which of the topics do not exist or have no leader yet."""
        return [found["topic"] for found in await self._describe(list(names)) if found["error_code"]]

    async def _describe(self, names: list[str]) -> list[Any]:
        admin = await self._administration()
        found: list[Any] = await admin.describe_topics(names)
        return found

    async def _administration(self) -> AIOKafkaAdminClient:
        async with self._opening:
            if self._admin is None:
                admin = AIOKafkaAdminClient(**self._options)
                await started(admin.start, admin.close)
                self._admin = admin
            return self._admin

    async def _producing(self) -> AIOKafkaProducer:
        async with self._opening:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self._options,
                    enable_idempotence=True,
                    acks="all",
                    # The client's lz4 is that of level 9 and takes ten times as long as snappy for a tenth less.
                    compression_type="snappy",
                    max_batch_size=BATCH_BYTES,
                    max_request_size=self._largest + BATCH_BYTES,
                )
                with told("connecting"):
                    await started(producer.start, producer.stop)
                self._producer = producer
            return self._producer

    async def _discard(self, producer: AIOKafkaProducer) -> None:
        """Lets go of a producer after a failure: its sequence has a gap, which the broker would refuse for good."""
        if self._producer is not producer:
            return
        self._producer = None
        with contextlib.suppress(errors.KafkaError):
            await producer.stop()
