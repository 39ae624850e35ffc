"""Fills a database through the inventory's own use cases: usage, a registry, sources, and the judge's alerts."""

from collections.abc import Iterator
from datetime import date, timedelta

from schemas.observation import ClassLabel, Identifier, Kind, Solution
from schemas.registry import Approval, RegistryEntry
from schemas.usage import Label, Usage, Verdict
from services.inventory import registry
from services.inventory.estate import PostgresEstate
from services.inventory.judging import Judge
from services.inventory.record import save
from services.inventory.seen import Partitions
from services.kit.control import runs, sources
from services.kit.control.rows import Counts
from services.kit.runtime import Runtime
from services.labelling.products import Tool

TOOLS = {
    f"example.{name.lower().replace(' ', '-')}": Tool(
        f"example.{name.lower().replace(' ', '-')}", name, f"{name.split()[0]} Ltd", "assistant"
    )
    for name in ("Aria", "Bellow", "Cinder Notes", "Dapple", "Ember Code", "Fathom Office", "Gull Translate")
}
USED = {
    # tool: unit → people
    "example.aria": {"Research & Development": 3},
    "example.bellow": {"Sales": 14, "Engineering": 30, "Finance": 9, "Legal": 8},
    "example.cinder-notes": {"Product": 12},
    "example.dapple": {"Legal": 2, "Marketing": 22},
    "example.ember-code": {"Engineering": 41},
    "example.fathom-office": {"Sales": 44, "Finance": 20, "Legal": 24},
    "example.gull-translate": {"Marketing": 5},
}
SOURCES = {
    "okta": ("okta", "failing", "the credential is not accepted; renew it"),
    "proxy-hq": ("squid", "healthy", None),
}
OWNER = "owner@example.com"


def entries(today: date) -> list[RegistryEntry]:
    """A registry that is right about some tools and wrong about others."""
    ago = today - timedelta(days=100)

    def entry(number: int, tool: str, **more: object) -> RegistryEntry:
        given = {"owner": OWNER, "registered_at": ago, "certified_at": ago, **more}
        return RegistryEntry(id=f"R{number}", name=tool, tools=(f"example.{tool}",), **given)

    return [
        entry(1, "aria", approval=Approval.PROHIBITED),
        entry(2, "dapple", units=("Marketing",)),
        entry(3, "ember-code", owner=None),
        entry(4, "fathom-office"),
        entry(5, "gull-translate", expires_at=today - timedelta(days=4)),
    ]


def usages(runtime: Runtime) -> Iterator[Usage]:
    """Every person uses each of their unit's tools a few times through the proxy; some were seen by sign-in too."""
    now, number = runtime.clock.now(), 0
    for tool, units in USED.items():
        for unit, people in units.items():
            for person in range(people):
                for source, times in (("squid", 3), ("okta", person % 5 == 0)):
                    for _ in range(int(times)):
                        number += 1
                        at = now - timedelta(days=number % 20, minutes=number % 700 + 1)
                        classes = (ClassLabel("confidential", 0.9, "label"),) if number % 7 == 0 else ()
                        yield Usage(
                            id=f"{source}:{number}", source=source, instance=f"{source}-hq", kind=Kind.WEB, at=at,
                            arrived_at=now, unit=unit, bytes_out=21_000 + number, classes=classes, catalog="1",
                            identifiers=(Identifier("login", "k1", f"{hash_of(unit, person):032x}"),),
                            label=Label(
                                key=f"host:{tool.removeprefix('example.')}.example.com", verdict=Verdict.AI, tool=tool,
                                confidence=1.0, basis=(f"host {tool.removeprefix('example.')}.example.com (suffix)",),
                            ),
                        )  # fmt: skip
    flow = Solution(id="power_automate_flow:6c9c", type="power_automate_flow", name="Invoice intake")
    yield Usage(
        id="m365:1", source="m365_management", instance="m365", kind=Kind.BUILD, at=now - timedelta(hours=2),
        arrived_at=now, unit="Finance", solution=flow, catalog="1",
        identifiers=(Identifier("login", "k1", f"{hash_of('Finance', 0):032x}"),),
        label=Label(key="event:m365/createflow", verdict=Verdict.AI, tool="example.fathom-office", confidence=1.0),
    )  # fmt: skip


def hash_of(unit: str, person: int) -> int:
    """A number of a person's own."""
    return int.from_bytes(unit.encode()[:6], "big") * 1000 + person


async def fill(runtime: Runtime) -> PostgresEstate:
    """Fills the database and returns the estate over it."""
    now, seen = runtime.clock.now(), list(usages(runtime))
    await Partitions(runtime.engine).ensure({usage.at.date() for usage in seen})
    async with runtime.engine.begin() as connection:
        await save(connection, seen, now)
        await registry.put(connection, entries(now.date()), "registry import", now)
        for name, (connector, outcome, message) in SOURCES.items():
            made = await sources.add(connection, connector=connector, name=name, config={})
            counts = Counts(records=1200, observed=1100, ignored={"static file": 97}, rejected=3)
            run = await runs.start(connection, made, 0, now - timedelta(minutes=3))
            await runs.end(
                connection, run, made, at=now, outcome=outcome, counts=counts, message=message,
                last_event_at=now - timedelta(minutes=4),
            )  # fmt: skip
    await judge(runtime)
    return PostgresEstate(runtime, TOOLS)


async def judge(runtime: Runtime) -> None:
    """Judges all that is dirty."""
    while await Judge(runtime, TOOLS).once():
        pass
