"""People who left and what is still in their name: solutions they own, registry entries that name them as owner."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.keys import Keys

OVERDUE = timedelta(days=30)
"""From this age on, what a leaver owns is flagged for decommission (reference standards §5.2, ownerless)."""
GONE = "case when person.left_on is null then not person.active else person.left_on < :today end"
SOLUTIONS = text(f"""
    select person.person, person.unit, person.left_on, solution.id, coalesce(solution.name, solution.id) as name
    from inventory.solution
    join inventory.identity on identity.identifier = solution.owner
    join inventory.person on person.person = identity.person
    where solution.deleted_at is null and {GONE} order by solution.id""")
PEOPLE = text(f"""
    select identity.identifier, person.person, person.unit, person.left_on from inventory.identity
    join inventory.person on person.person = identity.person
    where identity.identifier = any(:identifiers) and {GONE}""")
ENTRIES = text("""
    select id, entry ->> 'name' as name, lower(trim(entry ->> 'owner')) as owner from inventory.registry_entry
    where removed_at is null and entry ? 'owner' order by id""")


class Owned(NamedTuple):
    """One thing in a leaver's name; `kind` is solution or entry."""

    kind: str
    id: str
    name: str


class Leaver(NamedTuple):
    """A person who left, by pseudonym, and what they still own. `days` since they left: None where no day is known.

    `overdue` from 30 days on. `named` is the address that registry entries give, if any does.
    """

    person: str
    named: str | None
    unit: str | None
    left_on: date | None
    days: int | None
    overdue: bool
    owned: tuple[Owned, ...]


async def leavers(connection: AsyncConnection, keys: Keys, now: datetime) -> list[Leaver]:
    """Everybody who left and still owns something, the longest gone first, those of no known day last."""
    owned: dict[str, list[Owned]] = defaultdict(list)
    known: dict[str, Row[Any]] = {}
    for row in await connection.execute(SOLUTIONS, {"today": now.date()}):
        known[row.person] = row
        owned[row.person].append(Owned("solution", row.id, row.name))
    entries = (await connection.execute(ENTRIES)).all()
    named = await _named(connection, keys, {row.owner for row in entries}, now)
    addresses: dict[str, str] = {}
    for row in entries:
        if (person := named.get(row.owner)) is None:
            continue
        known[person.person], addresses[person.person] = person, row.owner
        owned[person.person].append(Owned("entry", row.id, row.name))
    found = [_leaver(known[who], addresses.get(who), tuple(things), now) for who, things in owned.items()]
    return sorted(found, key=lambda each: (each.left_on is None, each.left_on or date.max, each.person))


async def _named(
    connection: AsyncConnection, keys: Keys, owners: Collection[str], now: datetime
) -> Mapping[str, Row[Any]]:  # fmt: skip
    """The leavers among the owners that entries name, by address."""
    spelled = {f"email:{keys.identifier('email', owner).hmac}": owner for owner in owners}
    rows = await connection.execute(PEOPLE, {"identifiers": sorted(spelled), "today": now.date()})
    return {spelled[row.identifier]: row for row in rows}


def _leaver(row: Row[Any], address: str | None, owned: tuple[Owned, ...], now: datetime) -> Leaver:
    gone = age(row.left_on, now)
    return Leaver(
        row.person, address, row.unit, row.left_on, None if gone is None else gone.days,
        gone is not None and gone >= OVERDUE, owned,
    )  # fmt: skip


def age(left_on: date | None, now: datetime) -> timedelta | None:
    """How long somebody has been gone, from the beginning of the day they left, in UTC. Pure."""
    return None if left_on is None else now - datetime.combine(left_on, time(), UTC)
