"""Back-fills: days read anew under a new generation, which replaces what was known of (source, day) when it is done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.errors import Misconfigured, NotFound

WAITING, DONE, DROPPED = "waiting", "done", "dropped"
_REQUEST = text("""
    insert into control.backfill (instance, generation, from_at, to_at)
    select :instance, coalesce(max(generation), 0) + 1, cast(:from_at as timestamptz), cast(:to_at as timestamptz)
    from control.backfill where instance = :instance
    returning generation""")
_LIST = text("""
    select generation, from_at, to_at, state from control.backfill where instance = :instance order by generation""")
_MARK = text("""
    update control.backfill set state = cast(:state as text), done_at = now()
    where instance = :instance and generation = :generation and state = 'waiting'""")


@dataclass(frozen=True, kw_only=True)
class Backfill:
    """One request: whole days in UTC, `from_at` included, `to_at` not."""

    generation: int
    from_at: datetime
    to_at: datetime
    state: str

    def days(self) -> Iterable[date]:
        """The days it covers."""
        day = self.from_at.date()
        while day < self.to_at.date():
            yield day
            day += timedelta(days=1)


async def request(connection: AsyncConnection, name: str, from_at: datetime, to_at: datetime) -> int:
    """Asks for days to be read anew and returns the generation they get; both times must be midnights in UTC.

    Raises Misconfigured for a part of a day (it would replace a whole day by a part), NotFound for no such source.
    """
    midnights = all(at.utcoffset() == timedelta(0) and (at - _midnight(at)) == timedelta(0) for at in (from_at, to_at))
    if not midnights or to_at <= from_at:
        raise Misconfigured("--from, --to: give whole days in UTC, the first before the last")
    locked = text("select id from control.source_instance where id = :name or name = :name for update")
    row = (await connection.execute(locked, {"name": name})).first()
    if row is None:
        raise NotFound(f"there is no source {name!r}; `penumbra source list` names them")
    given = {"instance": row.id, "from_at": from_at, "to_at": to_at}
    return int((await connection.execute(_REQUEST, given)).scalar_one())


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


async def of(connection: AsyncConnection, instance: str) -> list[Backfill]:
    """All of an instance, oldest first."""
    rows = (await connection.execute(_LIST, {"instance": instance})).all()
    return [Backfill(**row._mapping) for row in rows]  # noqa: SLF001 - a row as a mapping


async def mark(connection: AsyncConnection, instance: str, generation: int, state: str) -> None:
    """Sets a waiting back-fill done or dropped."""
    await connection.execute(_MARK, {"instance": instance, "generation": generation, "state": state})


async def put_off(connection: AsyncConnection, instance: str, generation: int, until: datetime) -> None:
    """Lets a back-fill that failed wait before it is tried again."""
    statement = text("""
        update control.backfill set next_try_at = :until
        where instance = :instance and generation = :generation""")
    await connection.execute(statement, {"instance": instance, "generation": generation, "until": until})


def generations(backfills: Iterable[Backfill]) -> Mapping[date, int]:
    """The generation each day's events carry: that of the newest back-fill over it, done or going on; others carry 0.

    An event of such a day that arrives late through the ordinary pull carries the new generation too, so that the swap
    does not lose it.
    """
    found: dict[date, int] = {}
    for one in sorted(backfills, key=lambda one: one.generation):
        if one.state != DROPPED:
            found.update(dict.fromkeys(one.days(), one.generation))
    return found


async def current(connection: AsyncConnection, instance: str) -> Mapping[date, int]:
    """The generation that counts for each day: that of the newest back-fill that is done; days without one count 0."""
    return generations(one for one in await of(connection, instance) if one.state == DONE)
