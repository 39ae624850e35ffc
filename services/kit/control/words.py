"""The words a source has for what it tells: how often each came, since when, and of whom first (by pseudonym).

A word first seen after an instance has settled is new vocabulary: a vendor that switches something on shows it first
as a name nobody has seen.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

SETTLING = timedelta(days=7)
"""How long an instance's first words are only getting to know it."""
MOST = 5_000
"""Words kept of an instance; a source whose words never end is not asked for more."""
_COUNT = text("""
    insert into control.word as held
        (instance, word, first_seen_at, last_seen_at, observed, ignored, rejected, actors)
    select :instance, :word, :now, :now, :observed, :ignored, :rejected, cast(:actors as text[])
    where exists (select from control.word where instance = :instance and word = :word)
       or (select count(*) from control.word where instance = :instance) < :most
    on conflict (instance, word) do update set
        last_seen_at = greatest(held.last_seen_at, excluded.last_seen_at),
        observed = held.observed + excluded.observed, ignored = held.ignored + excluded.ignored,
        rejected = held.rejected + excluded.rejected,
        actors = case when cardinality(held.actors) >= :room then held.actors
            else (select array(
                select actor from unnest(held.actors || excluded.actors) with ordinality as each (actor, place)
                group by actor order by min(place) limit :room)) end""")
_SETTLED = """
    select instance, min(first_seen_at) + cast(:settling as interval) as at from control.word group by instance"""
_NEW = text(f"""
    select w.* from control.word w join ({_SETTLED}) as settled using (instance)
    where w.instance = :instance and w.first_seen_at > settled.at order by w.first_seen_at desc, w.word limit :limit""")
_OF = text("select * from control.word where instance = :instance order by word")
_SPEAKING = text(f"""
    select distinct w.instance from control.word w join ({_SETTLED}) as settled using (instance)
    where w.first_seen_at > settled.at and w.first_seen_at > :since order by w.instance""")
_NUMBERS = text(f"""
    select w.instance, count(*) as words,
        count(*) filter (where w.first_seen_at > settled.at and w.first_seen_at > :since) as fresh
    from control.word w join ({_SETTLED}) as settled using (instance) group by w.instance""")


class Counted(Protocol):
    """A word's counts by what became of its records, and of whom it told."""

    observed: int
    ignored: int
    rejected: int
    actors: list[str]


class WordRow(NamedTuple):
    """A word of an instance. `actors` are pseudonyms of the first it told of; none where its records are ignored."""

    instance: str
    word: str
    first_seen_at: datetime
    last_seen_at: datetime
    observed: int
    ignored: int
    rejected: int
    actors: tuple[str, ...]


async def count(connection: AsyncConnection, instance: str, words: Mapping[str, Counted], now: datetime) -> None:
    """Adds to what is known of these words; in sorted order, so that two who count never wait crosswise."""
    if words:
        await connection.execute(_COUNT, [
            {
                "instance": instance, "word": word, "now": now, "observed": each.observed, "ignored": each.ignored,
                "rejected": each.rejected, "actors": each.actors, "most": MOST, "room": 5,
            }
            for word, each in sorted(words.items())
        ])  # fmt: skip


async def fresh(connection: AsyncConnection, instance: str, limit: int = 50) -> list[WordRow]:
    """New vocabulary of an instance, newest first."""
    given = {"instance": instance, "settling": SETTLING, "limit": limit}
    return [_row(row._mapping) for row in await connection.execute(_NEW, given)]  # noqa: SLF001 - a row as a mapping


async def of(connection: AsyncConnection, instance: str) -> list[WordRow]:
    """Every word of an instance."""
    found = await connection.execute(_OF, {"instance": instance})
    return [_row(row._mapping) for row in found]  # noqa: SLF001 - a row as a mapping


async def speaking(connection: AsyncConnection, since: datetime) -> list[str]:
    """The instances with new vocabulary that was first seen after a moment."""
    found = await connection.execute(_SPEAKING, {"settling": SETTLING, "since": since})
    return [str(instance) for instance in found.scalars()]


async def numbers(connection: AsyncConnection, since: datetime) -> dict[str, tuple[int, int]]:
    """How many words each instance has, and how many of them are new since a moment."""
    found = await connection.execute(_NUMBERS, {"settling": SETTLING, "since": since})
    return {row.instance: (row.words, row.fresh) for row in found}


def _row(fields: Any) -> WordRow:
    given = {name: fields[name] for name in WordRow._fields}
    return WordRow(**{**given, "actors": tuple(fields["actors"])})
