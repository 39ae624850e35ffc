"""An invented company of a given number of cells, filled through the inventory's own use cases, for `pages.py`.

Each person uses three of sixty tools on each of three days; three of four are linked to people of thirty units, every
fiftieth of whom has left. Every hundredth person owns a flow, and the registry speaks of a good half of the tools.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from schemas.observation import ClassLabel, Identifier, Kind, Solution
from schemas.person import ProtectedPerson
from schemas.registry import Approval, EntryKind, RegistryEntry
from schemas.usage import Label, Usage, Verdict
from services.inventory import people, registry
from services.inventory.estate import PostgresEstate
from services.inventory.judging import Judge
from services.inventory.record import save
from services.inventory.seen import Partitions
from services.kit.control import runs, sources
from services.kit.control.rows import Counts
from services.kit.runtime import Runtime
from services.labelling.products import Tool
from tests.bench.measure import say

TOOLS = {f"vendor{n}.tool": Tool(f"vendor{n}.tool", f"Tool {n}", f"Vendor {n} Ltd", "assistant") for n in range(60)}
HABITS, DAYS, UNITS, BATCH = 3, 3, 30, 20_000
INSTANCES = (("proxy-1", "squid"), ("proxy-2", "squid"), ("okta", "okta"))
CLASSES = ((), (), (ClassLabel("pii", 0.9, "rule card"),), (ClassLabel("source_code", 0.8, "rule code"),))


async def fill(runtime: Runtime, cells: int, entries: int) -> PostgresEstate:
    """Fills an empty database and returns the estate over it."""
    size = -(-cells // (HABITS * DAYS))
    logins = [f"{number:032x}" for number in range(size)]
    await _sources(runtime)
    await Partitions(runtime.engine).ensure({_day(runtime, n).date() for n in range(DAYS)})
    usages = list(_usages(runtime, logins))
    for start in range(0, len(usages), BATCH):
        async with runtime.engine.begin() as connection:
            await save(connection, usages[start : start + BATCH], runtime.clock.now())
    say(f"{len(usages):,} usages recorded")
    async with runtime.engine.begin() as connection:
        known = people.change(_people(runtime, logins))
        await people.save(connection, known, runtime.keys, runtime.clock.now())
    async with runtime.engine.begin() as connection:
        await registry.put(connection, list(_entries(runtime, entries)), "bench", runtime.clock.now())
    judge, judged = Judge(runtime, TOOLS), 0
    while done := await judge.once():
        judged += done
    say(f"{judged:,} grains judged")
    async with runtime.engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(text("vacuum analyze"))
    return PostgresEstate(runtime, TOOLS)


def _day(runtime: Runtime, number: int) -> Any:
    return runtime.clock.now() - timedelta(days=number, minutes=5)


def _usages(runtime: Runtime, logins: Sequence[str]) -> Iterator[Usage]:
    chance = random.Random(7)
    for number, login in enumerate(logins):
        habits = chance.sample(range(len(TOOLS)), HABITS)
        for day in range(DAYS):
            for place, tool in enumerate(habits):
                yield _usage(runtime, f"{number}.{day}.{place}", login, tool, day, number)
        if number % 100 == 0:
            flow = Solution(id=f"power_automate_flow:{number:08x}", type="power_automate_flow", name=f"Flow {number}")
            yield _usage(runtime, f"flow.{number}", login, habits[0], 0, number, flow)


def _usage(
    runtime: Runtime, name: str, login: str, tool: int, day: int, number: int, solution: Solution | None = None
) -> Usage:
    instance, source = INSTANCES[number % 3]
    at = _day(runtime, day) - timedelta(minutes=number % 600)
    return Usage(
        id=f"{source}:{name}", source=source, instance=instance, kind=Kind.BUILD if solution else Kind.WEB, at=at,
        arrived_at=at + timedelta(seconds=30), label=_label(tool), identifiers=(Identifier("login", "k1", login),),
        classes=CLASSES[number % 4], bytes_out=number % 9000, bytes_in=number % 70_000, catalog="1", solution=solution,
    )  # fmt: skip


def _label(tool: int) -> Label:
    host = f"tool{tool}.example"
    return Label(
        key=f"host:{host}", verdict=Verdict.AI, tool=f"vendor{tool}.tool", confidence=1.0, basis=(f"host {host}",)
    )


def _people(runtime: Runtime, logins: Sequence[str]) -> Iterator[ProtectedPerson]:
    now = runtime.clock.now()
    for number, login in enumerate(logins):
        if number % 4:
            left = now.date() - timedelta(days=number % 60 + 1) if number % 50 == 1 else None
            owner = runtime.keys.identifier("email", _email(number))
            yield ProtectedPerson(
                person=f"p{number:031x}", unit=f"Unit {number % UNITS:02}", active=left is None, left_on=left,
                sealed="x", source="directory", instance="directory", observed_at=now,
                identifiers=(Identifier("login", "k1", login), owner),
            )  # fmt: skip


def _email(number: int) -> str:
    return f"person{number}@example.com"


def _entries(runtime: Runtime, count: int) -> Iterator[RegistryEntry]:
    today, approvals = runtime.clock.now().date(), tuple(Approval)
    for number in range(count):
        flow = number % 5 == 4
        yield RegistryEntry(
            id=f"R{number:06}", name=f"Entry {number}", kind=EntryKind.SOLUTION if flow else EntryKind.TOOL,
            tools=() if flow else (f"vendor{number}.tool",), owner=_email(number * 3) if number % 7 else None,
            solution_ids=(f"power_automate_flow:{number * 100:08x}",) if flow else (),
            units=() if number % 3 else tuple(f"Unit {n:02}" for n in range(20)), approval=approvals[number % 4],
            registered_at=today - timedelta(days=number % 300), certified_at=today - timedelta(days=number % 400),
            expires_at=today + timedelta(days=number % 200 - 20), purpose=f"Purpose {number}",
        )  # fmt: skip


async def _sources(runtime: Runtime) -> None:
    now = runtime.clock.now()
    outcomes: Mapping[str, str] = {"okta": "failing"}
    for name, connector in INSTANCES:
        async with runtime.engine.begin() as connection:
            made = await sources.add(connection, connector=connector, name=name, config={})
            run = await runs.start(connection, made, 0, now - timedelta(minutes=3))
            await runs.end(
                connection, run, made, at=now, outcome=outcomes.get(name, "healthy"), message=None,
                counts=Counts(records=1000, observed=1000), last_event_at=now - timedelta(minutes=4),
            )  # fmt: skip
            await connection.execute(
                text("""insert into inventory.source_type (instance, source, state, changed_at)
                values (:instance, :source, :state, :now) on conflict (instance) do nothing"""),
                {"instance": name, "source": connector, "state": outcomes.get(name, "healthy"), "now": now},
            )
