"""The classifier from Kafka to usages against a bare `getmany` and decode of the same topic, each a process of its own.

Each reader is timed from its first batch to its last, so that joining the group counts for neither. Both use uvloop,
the same fetch sizes and the same struct.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import aiokafka
import msgspec
import uvloop
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local_kafka import LocalKafka
from schemas.observation import ProtectedObservation
from schemas.topics import OBSERVATION, USAGE
from services.classifier.consume import VERDICTS, Classifier
from services.classifier.decide import Decider
from services.kit import keys
from services.kit.clock import SystemClock
from services.kit.deadletters import retentions
from services.kit.eventlog import Record
from services.kit.eventlog.kafka import FETCH_BYTES, KafkaLog
from services.kit.garbage import collect_seldom
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from services.labelling.catalog import open_catalog
from tests.bench import firehose
from tests.bench.measure import peak_mb, say, timed

RECORDS = 600_000
TURNS = 3
FILL = 10_000
AT_ONCE = 20_000


def run(records: int = RECORDS, turns: int = TURNS) -> dict[str, Any]:
    """Records a second of both, their ratio (medians of turns in alternation), and the classifier's peak memory."""
    return asyncio.run(_run(records, turns))


async def _run(records: int, turns: int) -> dict[str, Any]:
    broker = LocalKafka()
    await broker.start()
    try:
        size = await _fill(broker.servers, records)
        told: dict[str, list[dict[str, float]]] = {"bare": [], "classifier": []}
        for turn in range(turns):
            for name, found in told.items():
                command = [sys.executable, "-m", __name__, name, broker.servers, str(records), f"{name}-{turn}"]
                found.append(json.loads((await asyncio.to_thread(timed, command)).output))
                say(f"turn {turn + 1} of {turns}: {name} {found[-1]['per_second']:,.0f} records/s")
    finally:
        await broker.stop()
    rate = {name: statistics.median(one["per_second"] for one in found) for name, found in told.items()}
    ratios = [
        ours["per_second"] / bare["per_second"] for bare, ours in zip(told["bare"], told["classifier"], strict=True)
    ]
    return {
        "ratio": round(statistics.median(ratios), 3), "ratios": [round(each, 3) for each in ratios],
        "per_second": round(rate["classifier"]), "bare_per_second": round(rate["bare"]),
        "peak_mb": round(max(one["peak_mb"] for one in told["classifier"])), "records": records,
        "bytes_per_record": round(size / records), "usages": round(told["classifier"][0]["usages"]),
    }  # fmt: skip


def _log(servers: str) -> KafkaLog:
    return KafkaLog(servers, Settings(_env_file=None, data=Path(tempfile.gettempdir())))  # type: ignore[call-arg]


async def _fill(servers: str, count: int) -> int:
    """Puts the records on the topic; how many bytes."""
    log, size = _log(servers), 0
    await log.ensure(retentions(), 4)
    held: list[Record] = []
    for number, (key, value) in enumerate(firehose.observations(count), 1):
        size += len(value)
        held.append(Record(key, value))
        if len(held) == FILL or number == count:
            await log.append(OBSERVATION.name, held)
            held = []
        if number % 200_000 == 0:
            say(f"{number:,} of {count:,} records on the topic")
    await log.close()
    return size


async def _bare(servers: str, count: int, group: str) -> dict[str, float]:
    decode = msgspec.json.Decoder(ProtectedObservation).decode
    consumer = aiokafka.AIOKafkaConsumer(
        OBSERVATION.name, bootstrap_servers=servers, group_id=group, auto_offset_reset="earliest",
        enable_auto_commit=False, max_partition_fetch_bytes=FETCH_BYTES, fetch_max_bytes=4 * FETCH_BYTES,
    )  # fmt: skip
    await consumer.start()
    first = done = 0
    began = 0.0
    while done < count:
        found = await consumer.getmany(timeout_ms=500, max_records=AT_ONCE)
        for records in found.values():
            for record in records:
                decode(record.value)
            done += len(records)
        if done and not first:
            first, began = done, time.perf_counter()
    taken = time.perf_counter() - began
    await consumer.stop()
    return {"per_second": (count - first) / taken, "peak_mb": peak_mb()}


async def _classifier(servers: str, count: int, group: str) -> dict[str, float]:
    collect_seldom()
    log, stop = _log(servers), asyncio.Event()
    settings = Settings(_env_file=None, data=Path(tempfile.gettempdir()))  # type: ignore[call-arg]
    # No position is kept in the database: the group's are the log's.
    runtime = Runtime(settings, cast("AsyncEngine", None), log, keys.make(), SystemClock())
    classifier = Classifier(runtime, Decider(open_catalog()))
    classifier.consumer.group = group
    before = await _ends(servers)
    loops = [asyncio.create_task(loop(stop)) for loop in (classifier.labels, classifier.observations)]
    first = 0
    began = 0.0
    while (done := _done()) < count:
        if done and not first:
            first, began = done, time.perf_counter()
        await asyncio.sleep(0.005)
    taken = time.perf_counter() - began
    stop.set()
    await asyncio.gather(*loops)
    await log.close()
    return {
        "per_second": (count - first) / taken, "peak_mb": peak_mb(), "usages": await _ends(servers) - before,
    }  # fmt: skip


def _done() -> int:
    return int(sum(sample.value for sample in next(iter(VERDICTS.collect())).samples if sample.name.endswith("_total")))


async def _ends(servers: str) -> int:
    """How many usages the topic holds."""
    consumer = aiokafka.AIOKafkaConsumer(bootstrap_servers=servers)
    await consumer.start()
    places = [aiokafka.TopicPartition(USAGE.name, number) for number in range(4)]
    ends = await consumer.end_offsets(places)
    await consumer.stop()
    return sum(ends.values())


READERS: dict[str, Callable[[str, int, str], Awaitable[dict[str, float]]]] = {"bare": _bare, "classifier": _classifier}


async def _read(name: str, servers: str, count: str, group: str) -> None:
    sys.stdout.write(json.dumps(await READERS[name](servers, int(count), group)) + os.linesep)


if __name__ == "__main__":
    uvloop.run(_read(*sys.argv[1:]))
