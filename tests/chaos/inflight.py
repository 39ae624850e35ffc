"""What is on its way: measured just before a kill, to prove that there was work, and until there is none."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.topics import OBSERVATION, PERSON, USAGE
from services.ingest import files
from services.inventory.record import log_name
from services.kit.eventlog.kafka_client import AIOKafkaAdminClient, AIOKafkaConsumer, TopicPartition, errors
from services.kit.runtime import Runtime

AWAY = (DBAPIError, OSError, TimeoutError, errors.KafkaError)
"""What a look raises while a server is away."""
LOOK_SECONDS = 10.0
ROWS = text("""
    select (select count(*) from inventory.dirty_grain) as dirty,
        (select count(*) from inventory.outbox where relayed_at is null) as outbox,
        (select count(*) from inventory.delivery where state = 'waiting') as deliveries""")
PULLED = text("""
    select coalesce(min(extract(epoch from coalesce(last_success_at, to_timestamp(0)))), 0)
    from control.source_instance where folder is null""")
WATCHED = text("select id, folder, pattern from control.source_instance where folder is not null")
READ = text("select file, position, stamp from control.file_position where instance = :instance")
ENDS = text("select topic, partition, next from log.head where topic = any(:topics)")
COMMITTED = text("select topic, partition, next from log.position where topic = any(:topics) and grp = 'classifier'")
SAVED = text("""
    select cast(:prefix as text) || topic as topic, partition, next from control.position
    where log = :log and grp = 'inventory'""")
Places = Mapping[tuple[str, int], int]
"""(topic, partition) → offset."""


class InFlight(NamedTuple):
    """Bytes of files not read, records not taken by their reader, and what the inventory has still to do."""

    file_bytes: int
    people: int
    observations: int
    usages: int
    dirty: int
    outbox: int
    deliveries: int

    def __str__(self) -> str:
        return " ".join(f"{name} {count}" for name, count in self._asdict().items() if count) or "nothing"


class Watch:
    """Measures one deployment and changes nothing. `pulled_at` is since when all that is pulled was read (epoch s)."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime, self._prefix = runtime, runtime.settings.topic_prefix
        self._topics = [self._prefix + topic.name for topic in (PERSON, OBSERVATION, USAGE)]
        self._client: Any = None
        self._admin: Any = None
        self.pulled_at = 0.0

    async def look(self) -> InFlight:
        """The figures now, the sources first: what moves on meanwhile is counted twice and never overlooked."""
        try:
            async with asyncio.timeout(LOOK_SECONDS), self._runtime.engine.connect() as connection:
                return await self._look(connection)
        except AWAY:
            await self.close()
            raise

    async def patiently(self) -> InFlight:
        """The same, waiting while a server is away."""
        while True:
            with contextlib.suppress(*AWAY):
                return await self.look()
            await asyncio.sleep(0.2)

    async def close(self) -> None:
        """Ends its connections; they open again when they are needed."""
        client, admin, self._client, self._admin = self._client, self._admin, None, None
        for end in [each for each in (client and client.stop, admin and admin.close) if each is not None]:
            with contextlib.suppress(*AWAY):
                await end()

    async def _look(self, connection: AsyncConnection) -> InFlight:
        pulled_at = float((await connection.execute(PULLED)).scalar_one())
        unread = await self._unread_bytes(connection)
        given = {"prefix": self._prefix, "log": log_name(self._runtime.settings)}
        saved, committed = await _places(connection, SAVED, **given), await self._committed(connection)
        people, observations, usages = self._topics
        left = {topic: await self._ends(connection, topic) for topic in self._topics}
        rows = (await connection.execute(ROWS)).one()
        self.pulled_at = pulled_at
        return InFlight(
            unread, _behind(left[people], saved), _behind(left[observations], committed), _behind(left[usages], saved),
            rows.dirty, rows.outbox, rows.deliveries,
        )  # fmt: skip

    async def _unread_bytes(self, connection: AsyncConnection) -> int:
        """Bytes of watched files behind their saved positions; one that was delivered again counts one."""
        unread = 0
        for row in (await connection.execute(WATCHED)).all():
            read = {each.file: each for each in await connection.execute(READ, {"instance": row.id})}
            for found in files.look(row.folder, row.pattern):
                known = read.get(found.file)
                if found.size and (known is None or known.stamp != found.stamp):
                    unread += max(1, found.size - (known.position if known is not None else 0))
        return unread

    async def _ends(self, connection: AsyncConnection, topic: str) -> Places:
        if self._runtime.settings.log_url == "postgres":
            return await _places(connection, ENDS, topics=[topic])
        if self._client is None:
            self._client = AIOKafkaConsumer(bootstrap_servers=self._servers)
            await self._client.start()
        places = [TopicPartition(topic, number) for number in range(self._runtime.settings.partitions)]
        return {(at.topic, at.partition): end for at, end in (await self._client.end_offsets(places)).items()}

    async def _committed(self, connection: AsyncConnection) -> Places:
        if self._runtime.settings.log_url == "postgres":
            return await _places(connection, COMMITTED, topics=self._topics)
        if self._admin is None:
            self._admin = AIOKafkaAdminClient(bootstrap_servers=self._servers)
            await self._admin.start()
        found = await self._admin.list_consumer_group_offsets(f"{self._prefix}classifier")
        return {(at.topic, at.partition): max(0, one.offset) for at, one in found.items()}

    @property
    def _servers(self) -> str:
        return self._runtime.settings.log_url.partition("://")[2]


async def _places(connection: AsyncConnection, statement: TextClause, **given: object) -> Places:
    return {(row.topic, row.partition): row.next for row in await connection.execute(statement, given)}


def _behind(ends: Places, reached: Places) -> int:
    return sum(end - reached.get(place, 0) for place, end in ends.items())
