"""How many usages a second one inventory records: read, seen ids, cells, grains and the position in one transaction.

On an embedded PostgreSQL with its default durability. The usage is an invented day at 60 tools, each person at three:
of 2,000 people, where a batch has some three records for each cell, and of 20,000, where nearly each has its own.
"""

import asyncio
import itertools
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import msgspec
from sqlalchemy import text

from schemas.observation import ClassLabel, Identifier, Kind
from schemas.topics import USAGE
from schemas.usage import Label, Usage, Verdict
from services.inventory.record import Recorder
from services.kit import keys
from services.kit.clock import ManualClock
from services.kit.db import connect
from services.kit.eventlog import Batch, EventLog, Received
from services.kit.migrate import migrate
from services.kit.postgres import EmbeddedPostgres
from services.kit.runtime import Runtime
from services.kit.settings import Settings

BATCH = 20_000
BATCHES = 12
WARM = 2
TOOLS, HABITS = 60, 3
NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


def run() -> dict[str, float | int]:
    """Records a second, and the share of this process's own CPU time, for both companies; how many cells came of it."""
    busy, scattered = asyncio.run(_run(2_000)), asyncio.run(_run(20_000))
    return busy | {f"scattered_{name}": value for name, value in scattered.items()}


async def _run(people: int) -> dict[str, float | int]:
    with tempfile.TemporaryDirectory(prefix="pnb-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder))
        await server.start()
        try:
            return await _measure(server, Path(folder), people)
        finally:
            await server.stop()


async def _measure(server: EmbeddedPostgres, folder: Path, people: int) -> dict[str, float | int]:
    engine = connect(server.url())
    await migrate(engine)
    settings = Settings(_env_file=None, data=folder)  # type: ignore[call-arg] # pydantic-settings takes it
    # No record is faulty, so nothing is ever appended to the log.
    runtime = Runtime(settings, engine, cast("EventLog", None), keys.make(), ManualClock(NOON))
    recorder, taken, own = Recorder(runtime), [], 0.0
    for place, batch in enumerate(_batches(people)):
        began, worked = time.perf_counter(), time.process_time()
        await recorder.handle(batch)
        if place >= WARM:
            taken.append(time.perf_counter() - began)
            own += time.process_time() - worked
    async with engine.connect() as connection:
        counted, cells = (await connection.execute(text("select sum(count), count(*) from inventory.cell"))).one()
    await engine.dispose()
    if int(counted) != BATCH * BATCHES:
        raise RuntimeError(f"{counted} counted of {BATCH * BATCHES}")
    return {
        "records_per_second": round(BATCH * len(taken) / sum(taken)), "fastest": round(BATCH / min(taken)),
        "slowest": round(BATCH / max(taken)), "own_cpu": round(own / sum(taken), 2),
        "records": BATCH * len(taken), "cells": int(cells),
    }  # fmt: skip


def _batches(people: int) -> Iterator[Batch]:
    usages = _usages(random.Random(7), people)
    for place in range(BATCHES):
        start = place * BATCH
        values = [msgspec.json.encode(each) for each in itertools.islice(usages, BATCH)]
        records = [Received(start + at, b"k", value, 0) for at, value in enumerate(values)]
        yield Batch(USAGE.name, 0, start, start + BATCH, records)


def _usages(chance: random.Random, size: int) -> Iterator[Usage]:
    people = [Identifier("login", "k1", f"{chance.getrandbits(128):032x}") for _ in range(size)]
    labels = [_label(number) for number in range(TOOLS)]
    habits: Sequence[list[Label]] = [chance.sample(labels, HABITS) for _ in people]
    classes = ((), (), (ClassLabel("pii", 0.9, "rule card"),), (ClassLabel("source_code", 0.8, "rule code"),))
    for number in itertools.count():
        who = chance.randrange(size)
        at = NOON - timedelta(seconds=chance.randrange(8 * 3600))
        yield Usage(
            id=f"squid:{chance.getrandbits(128):032x}", source="squid", instance="proxy-1", kind=Kind.WEB, at=at,
            arrived_at=at + timedelta(seconds=30), label=chance.choice(habits[who]), identifiers=(people[who],),
            classes=classes[number % 4], bytes_out=number % 9000, bytes_in=number % 70_000, catalog="2026.11",
        )  # fmt: skip


def _label(number: int) -> Label:
    host = f"tool{number}.example"
    return Label(
        key=f"host:{host}", verdict=Verdict.AI, tool=f"vendor{number}.tool", confidence=1.0, basis=(f"host {host}",)
    )


if __name__ == "__main__":
    print(json.dumps(run()))  # noqa: T201 - the result is data for whoever called
