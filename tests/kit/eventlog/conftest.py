"""Every behaviour is tried on both logs: `stage` is a fresh topic on the run's Kafka, then one in a fresh database."""

from collections.abc import AsyncIterator

import pytest

from tests.brokers import kafka  # noqa: F401 - the run's broker, found by name
from tests.kit.eventlog.stages import PARTITIONS, TOPIC, KafkaStage, PostgresStage, Stage


@pytest.fixture(params=["kafka", "postgres"])
def stage(request: pytest.FixtureRequest) -> Stage:
    return request.getfixturevalue(f"{request.param}_stage")


@pytest.fixture
async def kafka_stage(kafka) -> AsyncIterator[KafkaStage]:  # noqa: F811 - the fixture imported above
    made = KafkaStage(kafka.servers, kafka.prefix())
    await made.log.ensure({TOPIC: 3600.0}, PARTITIONS)
    yield made
    await made.log.close()


@pytest.fixture
async def postgres_stage(engine, database_url) -> AsyncIterator[PostgresStage]:
    made = PostgresStage(engine, database_url)
    await made.log.ensure({TOPIC: 3600.0}, PARTITIONS)
    yield made
    await made.log.close()
