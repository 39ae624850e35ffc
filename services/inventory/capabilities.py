"""New AI capabilities: families of new names in the log of a product that the registry approves.

What ingest counts of a source's names (schema `control`) is judged here as usage is: a family is a grain, and its
alert shows the raw names and, by pseudonym, the first people they told of. A product is approved where an approved
entry names a tool of its vendor, or one that this source has told of.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Standing
from schemas.registry import RegistryEntry
from services.inventory import operating
from services.inventory.domain.policy import Policy
from services.inventory.domain.vocabulary import Family, families
from services.inventory.titles import capability_title
from services.kit.control import words
from services.kit.control.words import WordRow
from services.labelling.products import Tool, tool

SHOWN = 20
APPROVED = text("""
    select cast(entry as text) from inventory.registry_entry
    where removed_at is null and coalesce(entry ->> 'approval', 'approved') = 'approved'
      and coalesce(lapses_on >= :today, true) order by id""")
TOLD = text("""
    select distinct coalesce(l.tool, l.key) from inventory.label as l
    where coalesce(l.tool, l.key) = any(:tools)
      and exists (select from inventory.cell where cell.key = l.key and cell.instance = :instance)""")
SOURCE = text("select connector, name from control.source_instance where id = :instance")
PEOPLE = text("""
    select a.actor, coalesce(i.person, a.actor) as person
    from unnest(cast(:actors as text[])) as a (actor) left join inventory.identity as i on i.identifier = a.actor""")
_decode = msgspec.json.Decoder(RegistryEntry).decode


class Told(NamedTuple):
    """What the alert of a family shows, and when its newest name was first seen."""

    shown: Mapping[str, object]
    grown_at: datetime


class Capability(NamedTuple):
    """A family in a source, and the tool by which its product is approved. `words` are oldest first."""

    instance: str
    family: Family
    words: Sequence[WordRow]
    approved: str


def grain(instance: str, stem: str) -> str:
    """The grain of a family."""
    return f"capability:{instance}/{stem}"


async def news(connection: AsyncConnection, policy: Policy, now: datetime, since: datetime | None) -> list[str]:
    """The grains of families with a name first seen after `since` (None: of all that are new)."""
    oldest = now - timedelta(days=policy.capability_days)
    found: list[str] = []
    for instance in await words.speaking(connection, since or oldest):
        found += [
            grain(instance, family.stem)
            for family, rows in await _families(connection, instance, policy, oldest)
            if since is None or max(row.first_seen_at for row in rows) > since
        ]
    return found


async def look(
    connection: AsyncConnection, subjects: Collection[str], tools: Mapping[str, Tool], policy: Policy, now: datetime
) -> dict[str, Told]:
    """What the alert of each of these families in an approved product shows, by grain; others are left out."""
    stems: dict[str, set[str]] = {}
    for subject in subjects:
        instance, _, stem = subject.partition("/")
        stems.setdefault(instance, set()).add(stem)
    found = {}
    for instance, wanted in stems.items():
        for each in await _approved(connection, instance, wanted, tools, policy, now):
            shown = await _shown(connection, each, tools)
            found[grain(instance, each.family.stem)] = Told(shown, each.words[-1].first_seen_at)
    return found


async def _families(
    connection: AsyncConnection, instance: str, policy: Policy, oldest: datetime
) -> list[tuple[Family, list[WordRow]]]:
    rows = await words.of(connection, instance)
    settled = min((row.first_seen_at for row in rows), default=oldest) + words.SETTLING
    new = {row.word: row for row in rows if row.first_seen_at > max(settled, oldest)}
    return [
        (family, sorted((new[name] for name in family.names), key=lambda row: (row.first_seen_at, row.word)))
        for family in families(new, (row.word for row in rows if row.word not in new), policy)
    ]


async def _approved(
    connection: AsyncConnection, instance: str, stems: Collection[str], tools: Mapping[str, Tool], policy: Policy,
    now: datetime,
) -> list[Capability]:  # fmt: skip
    """Those of the families whose product an entry approves."""
    oldest = now - timedelta(days=policy.capability_days)
    found = [each for each in await _families(connection, instance, policy, oldest) if each[0].stem in stems]
    approved = await _product(connection, instance, tools, now) if found else None
    if approved is None:
        return []
    return [Capability(instance, family, rows, approved) for family, rows in found]


async def _product(
    connection: AsyncConnection, instance: str, tools: Mapping[str, Tool], now: datetime
) -> str | None:  # fmt: skip
    """An approved tool of the vendor whose log this is, or one that the source has told of; the first by name."""
    source = (await connection.execute(SOURCE, {"instance": instance})).one_or_none()
    entries = [_decode(row) for row in (await connection.execute(APPROVED, {"today": now.date()})).scalars()]
    named = sorted({name for entry in entries for name in entry.tools})
    if source is None or not named:
        return None
    known = operating.connectors().get(source.connector)
    title = f" {known.title if known is not None else source.connector} ".casefold()
    own = [name for name in named if f" {tool(tools, name).vendor.casefold()} " in title]
    told = (await connection.execute(TOLD, {"tools": named, "instance": instance})).scalars() if not own else ()
    return next(iter([*own, *sorted(told)]), None)


async def _shown(connection: AsyncConnection, each: Capability, tools: Mapping[str, Tool]) -> dict[str, object]:
    product, people = tool(tools, each.approved), await _first_people(connection, each.words)
    count = len(each.words)
    more = (f"and {count - SHOWN} more names",) if count > SHOWN else ()
    first = (f"first told of: {', '.join(people)}",) if people else ("nobody it told of is known yet",)
    return {
        "kind": "capability", "title": capability_title(product.name, each.instance, each.family.stem, count),
        "severity": "medium" if each.family.ai else "low", "tool": product.id, "tool_name": product.name,
        "vendor": product.vendor, "people": len(people), "first_seen": each.words[0].first_seen_at,
        "last_seen": max(row.last_seen_at for row in each.words),
        "basis": (*map(_said, each.words[:SHOWN]), *more, *first),
    }  # fmt: skip


def _said(row: WordRow) -> str:
    """A name as its source wrote it, since when, and what became of its records; no counts: those would be news."""
    became = [name for name in ("observed", "ignored", "rejected") if getattr(row, name)]
    return f"{row.word}: first seen {row.first_seen_at:%Y-%m-%d}, {' and '.join(became)}"


async def _first_people(connection: AsyncConnection, rows: Sequence[WordRow]) -> list[str]:
    """The pseudonyms of the first people these names told of, in order of the names, each once."""
    actors = list(dict.fromkeys(actor for row in rows for actor in row.actors))
    found = {row.actor: str(row.person) for row in await connection.execute(PEOPLE, {"actors": actors})}
    return list(dict.fromkeys(found[actor] for actor in actors))[:SHOWN]


STANDING = Standing.UNREGISTERED
"""A new capability is use nobody registered, though its product is."""
