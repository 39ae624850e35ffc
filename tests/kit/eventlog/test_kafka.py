"""What only Kafka has: a broker that goes away, TLS and SASL, limits an operator set, compaction by the broker."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.local_kafka import LocalKafka, Secured
from services.kit.errors import Misconfigured, Transient
from services.kit.eventlog import Batch, EventLog, Record
from services.kit.eventlog.kafka import BATCH_BYTES
from services.kit.eventlog.kafka_options import options
from services.kit.settings import Settings
from tests.brokers import QUICK_JAVA
from tests.kit.eventlog import certificates
from tests.kit.eventlog.stages import PARTITIONS, TOPIC, KafkaStage, by_key, flat, numbered, quiet, read

pytestmark = pytest.mark.xdist_group("private broker")  # one worker starts it, once
PASSWORD = "an-example-password"


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> certificates.Files:
    return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
async def private(files) -> AsyncIterator[LocalKafka]:
    """A broker of this module's own, to restart; with a second listener that wants TLS and SASL."""
    secured = Secured(users={"penumbra": PASSWORD}, keystore=files.server, truststore=files.ca)
    broker = LocalKafka(secured=secured, java_options=QUICK_JAVA)
    await broker.start()
    yield broker
    await broker.stop()


async def test_a_broker_restarted_in_the_middle_loses_and_doubles_nothing(private) -> None:
    stage = KafkaStage(private.servers, "restart.")
    await stage.log.ensure({TOPIC: 3600.0}, PARTITIONS)
    received: list[Batch] = []
    written = asyncio.Event()

    async def write() -> None:
        for start in range(0, 6000, 100):
            await stage.log.append(TOPIC, numbered(100, start=start, size=200))
            await asyncio.sleep(0.01)
        written.set()

    async def follow() -> None:
        async with stage.log.subscribe(TOPIC, "g") as subscription:
            while sum(len(batch.records) for batch in received) < 6000:
                with contextlib.suppress(Transient):
                    received.extend(await subscription.fetch(500, 0.5))
            received.extend(await quiet(subscription))

    async with asyncio.timeout(90), asyncio.TaskGroup() as group:
        group.create_task(write())
        group.create_task(follow())
        await asyncio.sleep(0.3)
        assert not written.is_set()
        await private.restart(kill=True)
        assert not written.is_set(), "the broker went away while appends were going on"
    assert by_key(flat(received)) == {b"k%d" % key: list(range(120)) for key in range(50)}
    await stage.log.close()


async def test_appends_wait_and_memory_stays_bounded_while_the_broker_is_away(private) -> None:
    stage = KafkaStage(private.servers, "pressure.")
    await stage.log.ensure({TOPIC: 3600.0}, PARTITIONS)
    await stage.log.append(TOPIC, numbered(1))
    await private.kill()
    waiting = [asyncio.create_task(stage.log.append(TOPIC, numbered(4000, size=1000, start=n))) for n in range(8)]
    await asyncio.sleep(2)
    assert not any(task.done() for task in waiting)
    lines = stage.log._producer._message_accumulator._batches.values()
    assert sum(batch._builder.size() for line in lines for batch in line) <= 2 * PARTITIONS * BATCH_BYTES
    assert "does not answer" in (await stage.log.ready() or "")
    await private.start()
    async with asyncio.timeout(60):
        await asyncio.gather(*waiting)
    assert await stage.log.ready() is None
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        assert len(flat(await read(subscription, 32_001))) == 32_001
    await stage.log.close()


def secured_stage(private: LocalKafka, files: certificates.Files, **changed) -> KafkaStage:
    given = {
        "kafka_security_protocol": "SASL_SSL", "kafka_sasl_mechanism": "PLAIN", "kafka_sasl_username": "penumbra",
        "kafka_sasl_password": SecretStr(PASSWORD), "kafka_ca_file": files.ca, "kafka_cert_file": files.client,
        "kafka_key_file": files.client,
    }  # fmt: skip
    return KafkaStage(private.secured_servers, "secured.", **{**given, **changed})


async def test_tls_with_a_client_certificate_and_sasl_reach_the_broker(private, files) -> None:
    stage = secured_stage(private, files)
    await stage.log.ensure({TOPIC: 3600.0}, PARTITIONS)
    await stage.log.append(TOPIC, numbered(100))
    async with stage.log.subscribe(TOPIC, "g") as subscription:
        assert len(flat(await read(subscription, 100, commit=True))) == 100
    await stage.log.close()


async def refusal(log: EventLog) -> str:
    try:
        await log.append(TOPIC, numbered(1))
    except (Misconfigured, Transient) as fault:
        return str(fault)
    finally:
        await log.close()
    pytest.fail("the broker let us in")


@pytest.mark.parametrize(
    "changed",
    [
        {"kafka_sasl_password": SecretStr("wrong")},
        {"kafka_cert_file": None, "kafka_key_file": None},
        {"kafka_security_protocol": "PLAINTEXT"},
        {"kafka_ca_file": None},
    ],
    ids=["wrong password", "no client certificate", "no TLS", "unknown CA"],
)
async def test_who_may_not_in_is_told_so(private, files, changed) -> None:
    said = await refusal(secured_stage(private, files, **changed).log)
    assert PASSWORD not in said
    assert "Kafka" in said or "KAFKA" in said


def test_settings_become_the_clients_options(files) -> None:
    settings = Settings(
        kafka_security_protocol="SASL_SSL", kafka_sasl_mechanism="SCRAM-SHA-512", kafka_sasl_username="u",
        kafka_sasl_password=SecretStr("p"), kafka_ca_file=files.ca, kafka_client_id="one", _env_file=None,
    )  # fmt: skip
    given = options("a:1, b:2", settings)
    context = given.pop("ssl_context")
    assert context.check_hostname
    assert [dict(part[0] for part in ca["subject"])["commonName"] for ca in context.get_ca_certs()] == [
        "Penumbra Test CA"
    ]
    assert given == {
        "bootstrap_servers": ["a:1", "b:2"], "client_id": "one", "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": "u", "sasl_plain_password": "p",
    }  # fmt: skip


def test_every_fault_of_the_settings_is_named_at_once(tmp_path: Path) -> None:
    settings = Settings(kafka_security_protocol="SASL_SSL", kafka_ca_file=tmp_path / "absent.pem", _env_file=None)
    with pytest.raises(Misconfigured) as fault:
        options("", settings)
    assert [text.split(":")[0].split(",")[0] for text in fault.value.faults] == [
        "PENUMBRA_LOG_URL", "PENUMBRA_KAFKA_SASL_USERNAME", "PENUMBRA_KAFKA_SASL_PASSWORD", "PENUMBRA_KAFKA_CA_FILE",
    ]  # fmt: skip


async def test_a_limit_the_operator_set_is_named_and_the_next_append_goes_on(kafka_stage) -> None:
    await kafka_stage.make("penumbra.narrow.v1", max_message_bytes="10000", compression_type="producer")
    incompressible = bytes(range(256)) * 4
    with pytest.raises(Misconfigured, match=r"penumbra\.narrow\.v1.*50000 bytes.*max\.message\.bytes"):
        await kafka_stage.log.append("penumbra.narrow.v1", [Record(b"k", os.urandom(50_000))])
    await kafka_stage.log.append("penumbra.narrow.v1", [Record(b"k", incompressible)])
    async with kafka_stage.log.subscribe("penumbra.narrow.v1", "g") as subscription:
        assert [record.value for record in flat(await read(subscription, 1))] == [incompressible]


async def test_gaps_that_compaction_leaves_are_spanned(kafka_stage) -> None:
    quick = {"segment_ms": "100", "min_cleanable_dirty_ratio": "0.01", "min_compaction_lag_ms": "0"}
    await kafka_stage.make("penumbra.kept.v1", cleanup_policy="compact", **quick)
    for n in range(30):
        await kafka_stage.log.append("penumbra.kept.v1", [Record(b"same", b"%d" % n)])
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    await kafka_stage.log.append("penumbra.kept.v1", [Record(b"other", b"last")])
    async with asyncio.timeout(30):
        attempt = 0
        while True:
            attempt += 1
            async with kafka_stage.log.subscribe("penumbra.kept.v1", f"g{attempt}") as subscription:
                batches = list(await subscription.fetch(3, 5))
                while flat(batches)[-1].value != b"last":
                    batches += await subscription.fetch(3, 5)
            if len(flat(batches)) < 31:
                break
            await kafka_stage.log.append("penumbra.kept.v1", [Record(b"other", b"last")])
            await asyncio.sleep(0.3)
    assert [batch.start for batch in batches] == [0, *(batch.end for batch in batches[:-1])]


async def test_topics_get_their_retention_and_the_logs_own_time(kafka_stage) -> None:
    from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

    await kafka_stage.log.ensure({"penumbra.kept.v1": None}, 1)
    async with kafka_stage.admin() as admin:
        found = {}
        for topic in (TOPIC, "penumbra.kept.v1"):
            resource = ConfigResource(ConfigResourceType.TOPIC, kafka_stage.settings.topic_prefix + topic)
            [answer] = await admin.describe_configs([resource])
            found[topic] = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    assert found[TOPIC]["retention.ms"] == "3600000"
    assert found[TOPIC]["cleanup.policy"] == "delete"
    assert found["penumbra.kept.v1"]["cleanup.policy"] == "compact"
    assert {config["message.timestamp.type"] for config in found.values()} == {"LogAppendTime"}


async def test_more_replicas_than_brokers_is_named_with_its_setting(kafka) -> None:
    stage = KafkaStage(kafka.servers, kafka.prefix(), kafka_replication=3)
    with pytest.raises(Misconfigured, match=r"penumbra\.test\.v1.*PENUMBRA_KAFKA_REPLICATION"):
        await stage.log.ensure({TOPIC: 3600.0}, 1)
    await stage.log.close()


async def test_brokers_that_are_not_there_are_a_passing_trouble() -> None:
    stage = KafkaStage("127.0.0.1:1", "t.")
    assert "does not answer" in (await stage.log.ready() or "")
    with pytest.raises(Transient):
        await stage.log.append(TOPIC, numbered(1))
    await stage.log.close()
