"""What a behaviour is tried on: the same handful of actions on a real Kafka and on a real PostgreSQL."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.structs import TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit.clock import ManualClock
from services.kit.eventlog import Batch, EventLog, Received, Record, Subscription
from services.kit.eventlog.kafka import KafkaLog
from services.kit.eventlog.postgres import PostgresLog
from services.kit.settings import Settings

TOPIC = "penumbra.test.v1"
PARTITIONS = 4
SESSION_SECONDS = 2.0
CONSUMER = Path(__file__).parent / "consumer.py"


class Stage:
    """One kind of log with one fresh topic."""

    log: EventLog

    def open(self, **options: Any) -> EventLog:
        """Another log object on the same log, as another process would have."""
        raise NotImplementedError

    async def truncate(self) -> None:
        """Drops all the topic holds, read or not."""
        raise NotImplementedError

    def address(self) -> dict[str, Any]:
        """What a consumer in another process needs."""
        raise NotImplementedError

    @contextlib.asynccontextmanager
    async def consumer(self, group: str, mode: str) -> AsyncIterator["Child"]:
        """A consumer in a process of its own; killed at the end."""
        about = json.dumps({**self.address(), "topic": TOPIC, "group": group, "mode": mode, "seconds": SESSION_SECONDS})
        process = await asyncio.create_subprocess_exec(
            sys.executable, CONSUMER, about, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        try:
            yield Child(process)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.communicate()


class Child:
    """A consumer process: one JSON line for each thing it did."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        said = await asyncio.wait_for(self.process.stdout.readline(), 30)
        assert said, "the consumer process ended"
        return dict(json.loads(said))

    async def values(self) -> list[bytes]:
        """The values of the next batch it committed."""
        return [value.encode() for value in (await self.line())["values"]]

    async def rest(self) -> AsyncIterator[list[bytes]]:
        """What it had committed and said before it was killed."""
        await self.process.wait()
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if line.endswith(b"\n"):
                yield [value.encode() for value in json.loads(line)["values"]]

    def tell(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n".encode())


class KafkaStage(Stage):
    def __init__(self, servers: str, prefix: str, **settings: Any) -> None:
        self.servers = servers
        self.settings = Settings(topic_prefix=prefix, log_url=f"kafka://{servers}", _env_file=None, **settings)
        self.log = self.open()

    def open(self, **options: Any) -> KafkaLog:
        return KafkaLog(self.servers, self.settings, **{"session_seconds": SESSION_SECONDS, **options})

    @contextlib.asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        client = AIOKafkaAdminClient(bootstrap_servers=self.servers)
        await client.start()
        try:
            yield client
        finally:
            await client.close()

    async def make(self, topic: str, **configs: str) -> None:
        """A topic an operator made, with configurations of his own."""
        dotted = {name.replace("_", "."): value for name, value in configs.items()}
        async with self.admin() as client:
            await client.create_topics([NewTopic(self.settings.topic_prefix + topic, 1, 1, None, dotted)])

    async def truncate(self) -> None:
        name = self.settings.topic_prefix + TOPIC
        all_there_is = RecordsToDelete(before_offset=-1)
        async with self.admin() as client:
            await client.delete_records({TopicPartition(name, p): all_there_is for p in range(PARTITIONS)})

    def address(self) -> dict[str, Any]:
        return {"servers": self.servers, "prefix": self.settings.topic_prefix}


class PostgresStage(Stage):
    def __init__(self, engine: AsyncEngine, url: str) -> None:
        self.engine, self.url = engine, url
        self.clock = ManualClock(datetime.now(UTC))
        self.log: PostgresLog = self.open()

    def open(self, **options: Any) -> PostgresLog:
        given = {"lease_seconds": SESSION_SECONDS, "clock": self.clock, **options}
        return PostgresLog(self.engine, **given)

    async def truncate(self) -> None:
        self.clock.advance(timedelta(days=1))
        await self.log.tidy(self.clock.now())
        await self.log.drop(TOPIC, self.clock.now().date())

    async def cut(self) -> int:
        """Ends every other connection to the database, as a restart does."""
        async with self.engine.connect() as connection:
            ended = await connection.execute(
                text("""select count(pg_terminate_backend(pid)) from pg_stat_activity
                        where datname = current_database() and pid <> pg_backend_pid()""")
            )
            return int(ended.scalar_one())

    def address(self) -> dict[str, Any]:
        return {"database": self.url, "prefix": ""}


def numbered(count: int, keys: int = 50, size: int = 0, start: int = 0) -> list[Record]:
    """Records whose value says which one of its key it is: key `k3`, values `k3:0`, `k3:1` …"""
    return [
        Record(b"k%d" % (n % keys), b"k%d:%d" % (n % keys, n // keys) + b" " * size)
        for n in range(start, start + count)
    ]


def by_key(records: Sequence[Received]) -> dict[bytes, list[int]]:
    """Key → the numbers of its records, in the order they came."""
    found: dict[bytes, list[int]] = {}
    for record in records:
        assert record.value is not None
        found.setdefault(record.key, []).append(int(record.value.split(b":")[1]))
    return found


async def read(subscription: Subscription, count: int, *, commit: bool = False, seconds: float = 30) -> list[Batch]:
    """Batches with at least `count` records altogether."""
    batches: list[Batch] = []
    async with asyncio.timeout(seconds):
        while sum(len(batch.records) for batch in batches) < count:
            new = await subscription.fetch(5000, 0.5)
            batches += new
            if commit and new:
                await subscription.commit(new)
    return batches


async def quiet(subscription: Subscription, seconds: float = 1.0) -> Sequence[Batch]:
    """What still comes within `seconds`."""
    return await subscription.fetch(5000, seconds)


def flat(batches: Sequence[Batch]) -> list[Received]:
    """All records of the batches."""
    return [record for batch in batches for record in batch.records]


def values(batches: Sequence[Batch]) -> set[bytes | None]:
    """The values of all records of the batches."""
    return {record.value for record in flat(batches)}
