"""How many usages a second one inventory records: read, seen ids, cells, grains and the position in one transaction.

One consumer loop over four partitions and an embedded PostgreSQL with its default durability, beside a bare baseline of
the same run: the driver's COPY of the same ids (into a table with a key) and of the same cells (into one without), and
a commit. The usage is an invented day at 60 tools, each person at three: of 2,000 people, where a batch has some three
records for each cell, and of 20,000, where nearly each has its own.
"""

import asyncio
import contextlib
import itertools
import json
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Self, cast
from uuid import UUID

import msgspec
import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.observation import ClassLabel, Identifier, Kind
from schemas.topics import USAGE
from schemas.usage import Label, Usage, Verdict
from services.inventory.fold import Folded, fold
from services.inventory.record import consumer
from services.inventory.seen import identity
from services.kit import keys
from services.kit.clock import ManualClock
from services.kit.db import connect
from services.kit.eventlog import Batch, EventLog, Lag, Received
from services.kit.garbage import collect_seldom
from services.kit.loop import Handle, Handled
from services.kit.migrate import migrate
from services.kit.postgres import EmbeddedPostgres
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from tests.bench.measure import say

BATCH = 20_000
BATCHES = 20
AT_A_TIME = WARM = 4
TOOLS, HABITS = 60, 3
NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)


def run(batches: int = BATCHES, size: int = BATCH) -> dict[str, Any]:
    """Records a second of both companies, of their baselines, and their ratios; how many cells came of it."""
    collect_seldom()
    busy, scattered = uvloop.run(_run(2_000, batches, size)), uvloop.run(_run(20_000, batches, size))
    return busy | {f"scattered_{name}": value for name, value in scattered.items()}


async def _run(people: int, batches: int, size: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="pnb-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder))
        await server.start()
        try:
            found = await _measure(server, Path(folder), people, batches, size)
        finally:
            await server.stop()
    say(f"{people:,} people: {found['per_second']:,} records/s, bare {found['bare_per_second']:,}")
    return found


async def _measure(server: EmbeddedPostgres, folder: Path, people: int, batches: int, size: int) -> dict[str, Any]:
    engine = connect(server.url())
    await migrate(engine)
    settings = Settings(_env_file=None, data=folder)  # type: ignore[call-arg] # pydantic-settings takes it
    given = list(_batches(people, batches, size))
    log, timed = Given(given), Timed(size)
    # No record is faulty, so nothing is ever appended to the log.
    runtime = Runtime(settings, engine, cast("EventLog", log), keys.make(), ManualClock(NOON))
    loop = consumer(runtime)
    loop.handle = timed.of(loop.handle)
    await loop.run(cast("EventLog", log), log.done)
    async with engine.connect() as connection:
        counted, cells = (await connection.execute(text("select sum(count), count(*) from inventory.cell"))).one()
    if int(counted) != size * batches:
        raise RuntimeError(f"{counted} counted of {size * batches}")
    bare = [size / await _bare(engine, batch) for batch in given[WARM:]]
    await engine.dispose()
    rate, bare_rate = timed.rate(), statistics.harmonic_mean(bare)
    return {
        "per_second": round(rate), "bare_per_second": round(bare_rate), "ratio": round(rate / bare_rate, 2),
        "fastest": round(timed.rates()[-1]), "slowest": round(timed.rates()[0]), "own_cpu": round(timed.own(), 2),
        "records": size * (batches - WARM), "batch": size, "cells": int(cells),
    }  # fmt: skip


class Timed:
    """Notes when each batch was saved and what the process had worked by then; the first `WARM` don't count."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._saved: list[tuple[float, float]] = []

    def of(self, handle: Handle) -> Handle:
        """The handler, timed."""

        async def handled(batch: Batch) -> Handled:
            done = await handle(batch)
            self._saved.append((time.perf_counter(), time.process_time()))
            return done

        return handled

    def rate(self) -> float:
        """Records a second over all batches."""
        (began, _), (ended, _) = self._saved[WARM - 1], self._saved[-1]
        return self._size * (len(self._saved) - WARM) / (ended - began)

    def rates(self) -> list[float]:
        """Of each batch, the slowest first."""
        return sorted(self._size / (after - before) for (before, _), (after, _) in pairwise(self._saved[WARM - 1 :]))

    def own(self) -> float:
        """The share of one processor this process used."""
        (began, before), (ended, after) = self._saved[WARM - 1], self._saved[-1]
        return (after - before) / (ended - began)


class Given:
    """A log of four partitions, fetched from a batch of each at a time."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        self._left = list(batches)
        self.done = asyncio.Event()

    @contextlib.asynccontextmanager
    async def subscribe(self, *_: object) -> AsyncIterator[Self]:
        """Itself."""
        yield self

    async def fetch(self, *_: object) -> Sequence[Batch]:
        """The next of each."""
        found, self._left = self._left[:AT_A_TIME], self._left[AT_A_TIME:]
        if not found:
            self.done.set()
        return found

    async def lag(self) -> Mapping[int, Lag]:
        """None."""
        return {}


TABLES = (
    "create schema if not exists bare", "create table if not exists bare.id (id uuid primary key)",
    "create table if not exists bare.cell (like inventory.cell)",
)  # fmt: skip


async def _bare(engine: AsyncEngine, batch: Batch) -> float:
    """Seconds of copying the rows a batch comes to, made beforehand."""
    usages = [msgspec.json.decode(record.value or b"", type=Usage) for record in batch.records]
    day, names = date.fromordinal, [(UUID(bytes=identity(usage)),) for usage in usages]
    rows = [
        (day(arrived), instance, generation, who, key, action, day(event_day), *cell[:5], [*cell[5]])
        for (arrived, instance, generation, action, event_day), of in fold(usages, Folded()).cells.items()
        for (who, key), cell in of.items()
    ]
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        if driver is None:
            raise RuntimeError("no connection")
        for table in TABLES:
            await driver.execute(table)
        began = time.perf_counter()
        async with driver.transaction():
            await driver.copy_records_to_table("id", schema_name="bare", records=names)
            await driver.copy_records_to_table("cell", schema_name="bare", records=rows)
        return time.perf_counter() - began


def _batches(people: int, count: int, size: int) -> Iterator[Batch]:
    usages = _usages(random.Random(7), people)
    for place in range(count):
        partition, start = place % AT_A_TIME, place // AT_A_TIME * size
        values = [msgspec.json.encode(each) for each in itertools.islice(usages, size)]
        records = [Received(start + at, b"k", value, 0) for at, value in enumerate(values)]
        yield Batch(USAGE.name, partition, start, start + size, records)


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
