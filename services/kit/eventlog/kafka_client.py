"""aiokafka behind one door: the only file that imports it, its errors in the kit's words, and how a batch is sent."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition, errors
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.partitioner import murmur2

from services.kit.errors import LogTruncated, Misconfigured, StalePosition, Transient
from services.kit.eventlog import Record

__all__ = [
    "AIOKafkaAdminClient", "AIOKafkaConsumer", "AIOKafkaProducer", "ConsumerRebalanceListener", "NewTopic",
    "RecordsToDelete", "TopicPartition", "check_made", "deliver", "errors", "murmur2", "started", "told",
]  # fmt: skip
logger = structlog.get_logger(__name__)
EXISTS, NOT_CONTROLLER = 36, 41
"""Error codes: https://kafka.apache.org/protocol#protocol_error_codes"""
NONE: list[tuple[str, bytes]] = []
REFUSED = (
    errors.AuthenticationFailedError,
    errors.SaslAuthenticationFailed,
    errors.TopicAuthorizationFailedError,
    errors.GroupAuthorizationFailedError,
    errors.ClusterAuthorizationFailedError,
    errors.UnsupportedSaslMechanismError,
)


async def deliver(producer: AIOKafkaProducer, name: str, partition: int, records: Sequence[Record]) -> None:
    """Sends one partition's records in order; at most one full batch waits behind the one in flight."""
    waiting: list[asyncio.Future[Any]] = []
    batch = producer.create_batch()
    append = batch.append
    for record in records:
        key, value, headers = record.key, record.value, list(record.headers) if record.headers else NONE
        if append(key=key, value=value, timestamp=None, headers=headers) is None:
            waiting.append(await _enqueue(producer, batch, name, partition))
            batch = producer.create_batch()
            append = batch.append
            append(key=key, value=value, timestamp=None, headers=headers)
    waiting.append(await _enqueue(producer, batch, name, partition))
    for result in await asyncio.gather(*waiting, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result


async def _enqueue(producer: AIOKafkaProducer, batch: Any, name: str, partition: int) -> asyncio.Future[Any]:
    """Puts the batch in line; the line is full while the brokers are away, then this waits on."""
    while True:
        try:
            delivery: asyncio.Future[Any] = await producer.send_batch(batch, name, partition=partition)
        except errors.KafkaTimeoutError:
            logger.warning("Kafka has not taken a batch for long; waiting on", topic=name, partition=partition)
        else:
            return delivery


async def started(start: Callable[[], Awaitable[object]], stop: Callable[[], Awaitable[object]]) -> None:
    """Starts a client; stops it again where that fails, since it would complain of being left open."""
    try:
        await start()
    except BaseException:
        await stop()
        raise


def check_made(results: Iterable[Sequence[Any]]) -> None:
    """Raises for topics that could not be made: (topic, error code, message) each."""
    faults = [(topic, code, said) for topic, code, said in results if code not in (0, EXISTS)]
    if any(code == NOT_CONTROLLER for _, code, _ in faults):
        raise Transient("Kafka is electing a controller", retry_after=1)
    if faults:
        ask = "check PENUMBRA_KAFKA_REPLICATION and the user's rights, or create it with Kafka's own tool"
        raise Misconfigured(
            *(f"topic {t}: {errors.for_code(code).__name__} {said or ''}; {ask}" for t, code, said in faults)
        )


@contextlib.contextmanager
def told(doing: str) -> Iterator[None]:
    """Says Kafka's errors in the kit's words."""
    try:
        yield
    except (errors.CommitFailedError, errors.IllegalStateError) as error:
        raise StalePosition(f"{doing}: the partition is another consumer's now") from error
    except errors.OffsetOutOfRangeError as error:
        raise LogTruncated(f"{doing}: {error}: records were dropped before they were read") from error
    except errors.NoOffsetForPartitionError as error:
        raise Transient(f"{doing}: the client looked before we had sought", retry_after=0) from error
    except REFUSED as error:
        raise Misconfigured(
            f"PENUMBRA_KAFKA_*: {doing}: {type(error).__name__} {error}; check user, rights and TLS"
        ) from error
    except (errors.KafkaError, OSError) as error:
        raise Transient(f"{doing}: {type(error).__name__} {error}") from error
