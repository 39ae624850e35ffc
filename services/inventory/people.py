"""Links identifiers to people: `person.v1` becomes person and identity rows, and every grain that this moves is dirty.

Cells are never touched: who did it, and in which unit, is a join at read time. Identifiers add up over the
directories that name a person; of two people who were given the same one, the later observed has it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.person import ProtectedPerson
from schemas.topics import PERSON
from services.inventory import grains, registry
from services.inventory.reading import LONGEST, Fault, Reading
from services.inventory.record import GROUP, log_name
from services.inventory.stage import stage
from services.kit import faults, positions
from services.kit.eventlog import Batch, Received
from services.kit.keys import Keys
from services.kit.loop import Consumer, Handled
from services.kit.runtime import Runtime

PEOPLE_CHANGED = text("""
    select new.person from staged_person as new left join inventory.person as held on held.person = new.person
    where held.person is null or (held.observed_at <= new.observed_at
        and (coalesce(new.unit, held.unit), new.active, new.left_on)
            is distinct from (held.unit, held.active, held.left_on))""")
LINKS_CHANGED = text("""
    select new.identifier from staged_identity as new
    left join inventory.identity as held on held.identifier = new.identifier
    where held.identifier is null
        or (held.person <> new.person and (held.linked_at, held.person) < (new.linked_at, new.person))""")
SAVE_PEOPLE = text("""
    insert into inventory.person as held select * from staged_person order by person
    on conflict (person) do update set unit = coalesce(excluded.unit, held.unit), active = excluded.active,
        left_on = excluded.left_on, sealed = excluded.sealed, source = excluded.source,
        observed_at = excluded.observed_at
    where held.observed_at <= excluded.observed_at""")
SAVE_LINKS = text("""
    insert into inventory.identity as held select * from staged_identity order by identifier
    on conflict (identifier) do update set person = excluded.person, linked_at = excluded.linked_at
    where (held.linked_at, held.person) < (excluded.linked_at, excluded.person)""")
LINKS_OF = text("select identifier from inventory.identity where person = any(:people)")
ERASE_LINKS = text("delete from inventory.identity where person = any(:people)")
ERASE_PEOPLE = text("delete from inventory.person where person = any(:people)")


class Erased(NamedTuple):
    """A tombstone: this person is to be forgotten."""

    person: str


@dataclass
class Change:
    """What a batch comes to. `links` are (person, observed) by identifier."""

    erased: set[str] = field(default_factory=set)
    people: dict[str, ProtectedPerson] = field(default_factory=dict)
    links: dict[str, tuple[datetime, str]] = field(default_factory=dict)


def consumer(runtime: Runtime) -> Consumer:
    """The loop over `person.v1`."""
    log = log_name(runtime.settings)
    reading: Reading[ProtectedPerson | Erased] = Reading(runtime, PERSON, _person)

    async def handle(batch: Batch) -> Handled:
        records = await reading.read(batch)
        async with runtime.engine.begin() as connection:
            await positions.save(connection, GROUP, log, batch)
            await save(connection, change(records), runtime.keys, runtime.clock.now())
            faults.point("inventory.people_written")
        return Handled(len(records), len(batch.records) - len(records))

    return Consumer(
        name="inventory people", topic=PERSON.name, group=GROUP, handle=handle, clock=runtime.clock,
        positions=positions.reader(runtime.engine, GROUP, log), commit=False, limit=5000,
    )  # fmt: skip


def change(records: Iterable[ProtectedPerson | Erased]) -> Change:
    """Folds records in the order of the log: an erasure takes what came before it, the latest observation holds."""
    found = Change()
    for record in records:
        if isinstance(record, Erased):
            found.erased.add(record.person)
            found.people.pop(record.person, None)
            found.links = {name: link for name, link in found.links.items() if link[1] != record.person}
            continue
        held = found.people.get(record.person)
        if held is None or held.observed_at <= record.observed_at:
            unit = record.unit or (held.unit if held is not None else None)
            found.people[record.person] = msgspec.structs.replace(record, unit=unit)
        for each in record.identifiers:
            link, name = (record.observed_at, record.person), f"{each.kind}:{each.hmac}"
            found.links[name] = max(link, found.links.get(name, link))
    return found


async def save(connection: AsyncConnection, found: Change, keys: Keys, now: datetime) -> None:
    """Writes a change and marks the grains it moves: under their units before and after, and where an owner left."""
    await grains.relinking(connection)
    await stage(connection, "person", [_row(each) for each in found.people.values()])
    await stage(connection, "identity", [(name, who, at) for name, (at, who) in found.links.items()])
    people = {*found.erased, *(await connection.execute(PEOPLE_CHANGED)).scalars()}
    erased = {"people": sorted(found.erased)}
    actors = set((await connection.execute(LINKS_CHANGED)).scalars())
    actors.update((await connection.execute(LINKS_OF, erased)).scalars())
    before = await grains.of_people(connection, people) | await grains.of_actors(connection, actors)
    gone = await registry.all_owners_left(connection, keys, now)
    await connection.execute(ERASE_LINKS, erased)
    await connection.execute(ERASE_PEOPLE, erased)
    await connection.execute(SAVE_PEOPLE)
    await connection.execute(SAVE_LINKS)
    after = await grains.of_people(connection, people) | await grains.of_actors(connection, actors)
    ownerless = await registry.owned(connection, gone ^ await registry.all_owners_left(connection, keys, now))
    await grains.mark(connection, before | after | ownerless, now)


def _row(person: ProtectedPerson) -> tuple[object, ...]:
    return (
        person.person, person.unit, person.active, person.left_on, person.sealed, person.source, person.observed_at,
    )  # fmt: skip


def _person(record: Received) -> ProtectedPerson | Erased | Fault:
    if record.value is None:
        return Erased(record.key.decode())
    person = _decode(record.value)
    if person.observed_at.tzinfo is None:
        return Fault("a time without its offset")
    texts = (person.person, person.unit or "", *(f"{each.kind}:{each.hmac}" for each in person.identifiers))
    if max(map(len, texts)) > LONGEST:
        return Fault(f"a name longer than {LONGEST} characters")
    return msgspec.structs.replace(person, observed_at=person.observed_at.astimezone(UTC))


_decode = msgspec.json.Decoder(ProtectedPerson).decode
