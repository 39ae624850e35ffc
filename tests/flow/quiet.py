"""Whether anything is left to do: asked from the sources down to the webhooks, so that one quiet look is enough."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import text

from schemas.topics import OBSERVATION, PERSON, SOURCE, USAGE
from services.inventory.record import log_name
from services.kit.eventlog.kafka_client import AIOKafkaConsumer, TopicPartition
from services.kit.runtime import Runtime

READERS = (
    (PERSON.name, "inventory"),
    (OBSERVATION.name, "classifier"),
    (USAGE.name, "inventory"),
    (SOURCE.name, "inventory"),
)
SOURCES = text("select id, folder, pattern, last_success_at, paused from control.source_instance")
FILES = text("select path, stamp from control.file_position where instance = :instance")
ENDS = text("select partition, next from log.head where topic = :topic")
COMMITTED = text("select partition, next from log.position where topic = :topic and grp = :grp")
SAVED = text("select partition, next from control.position where log = :log and topic = :topic and grp = :grp")
LEFT = {
    "dirty grains": text("select count(*) from inventory.dirty_grain"),
    "outbox": text("select count(*) from inventory.outbox where relayed_at is null"),
    "deliveries": text("select count(*) from inventory.delivery where state = 'waiting'"),
}


class Quiet:
    """Looks at one deployment's database, log and folders; changes nothing."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def wait(self, seconds: float) -> None:
        """Returns when nothing is left; fails with what is left when the time is over."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while left := await self.left():
            assert loop.time() < end, f"still to do after {seconds} s: {left}"
            await asyncio.sleep(0.1)

    async def left(self) -> Mapping[str, int]:
        """The first step of the way that has something to do, and how much; empty where none has."""
        for step, count in (("unread sources", self.unread_sources), *self._readers(), *self._rows()):
            if found := await count():
                return {step: found}
        return {}

    async def unread_sources(self) -> int:
        """Files not read to their end, and pulled sources without a run that succeeded."""
        found = 0
        async with self._runtime.engine.connect() as connection:
            for row in (await connection.execute(SOURCES)).all():
                if row.folder is None:
                    found += row.last_success_at is None
                    continue
                read = {each.path: each.stamp for each in await connection.execute(FILES, {"instance": row.id})}
                found += _unread(Path(row.folder), row.pattern, read)
        return found

    async def unread(self, topic: str, group: str) -> int:
        """Records of a topic that a group has not saved."""
        ends = await self._ends(topic)
        saved = await (self._committed(topic) if group == "classifier" else self._saved(topic))
        return sum(end - saved.get(partition, 0) for partition, end in ends.items())

    def _readers(self):
        return [(f"{group} of {topic}", lambda t=topic, g=group: self.unread(t, g)) for topic, group in READERS]

    def _rows(self):
        return [(name, lambda s=statement: self._count(s)) for name, statement in LEFT.items()]

    async def _count(self, statement) -> int:
        async with self._runtime.engine.connect() as connection:
            return int((await connection.execute(statement)).scalar_one())

    async def _ends(self, topic: str) -> dict[int, int]:
        name = self._runtime.settings.topic_prefix + topic
        if self._runtime.settings.log_url == "postgres":
            return await self._rows_of(ENDS, topic=name)
        async with _client(self._runtime) as client:
            places = [TopicPartition(name, each) for each in range(self._runtime.settings.partitions)]
            return {place.partition: end for place, end in (await client.end_offsets(places)).items()}

    async def _committed(self, topic: str) -> dict[int, int]:
        name = self._runtime.settings.topic_prefix + topic
        if self._runtime.settings.log_url == "postgres":
            return await self._rows_of(COMMITTED, topic=name, grp="classifier")
        async with _client(self._runtime, self._runtime.settings.topic_prefix + "classifier") as client:
            places = [TopicPartition(name, each) for each in range(self._runtime.settings.partitions)]
            return {place.partition: await client.committed(place) or 0 for place in places}

    async def _saved(self, topic: str) -> dict[int, int]:
        return await self._rows_of(SAVED, log=log_name(self._runtime.settings), topic=topic, grp="inventory")

    async def _rows_of(self, statement, **given: str) -> dict[int, int]:
        async with self._runtime.engine.connect() as connection:
            return {row.partition: row.next for row in await connection.execute(statement, given)}


def _unread(folder: Path, pattern: str, read: Mapping[str, str]) -> int:
    return sum(path.stat().st_size > 0 and not read.get(str(path)) for path in folder.glob(pattern))


def _client(runtime: Runtime, group: str | None = None) -> AIOKafkaConsumer:
    servers = runtime.settings.log_url.partition("://")[2]
    return AIOKafkaConsumer(bootstrap_servers=servers, group_id=group, enable_auto_commit=False)
