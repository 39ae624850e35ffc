"""Leases: who may pull an instance now. The token counts the holders, so that a stale one's save can be refused.

Leases run on the database's clock: the holders may be machines whose clocks differ, and a driven clock must not end
them. Due times are compared with the caller's clock, which tests and the simulator drive.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.errors import StalePosition


class Lease(NamedTuple):
    """The right to pull `instance`; `token` is larger than that of every holder before.

    `generation` 0 is the ordinary pull; each back-fill has a lease of its own, so that it does not hold up the other.
    """

    instance: str
    owner: str
    token: int
    generation: int = 0


_CLAIM = text("""
    with due as (
        select s.id from control.source_instance s
        left join control.lease l on l.instance = s.id and l.generation = 0
        where not s.paused and s.next_run_at <= :now and s.connector = any(:connectors)
          and (l.until is null or l.until < now()) and s.id <> all(:running)
        order by s.next_run_at limit :limit
        for update of s skip locked
    )
    insert into control.lease as held (instance, generation, owner, until, token)
    select id, 0, :owner, now() + make_interval(secs => :seconds), 1 from due
    on conflict (instance, generation) do update
        set owner = excluded.owner, until = excluded.until, token = held.token + 1 where held.until < now()
    returning instance, generation, token""")
_CLAIM_BACKFILL = text("""
    with due as (
        select b.instance, b.generation from control.backfill b join control.source_instance s on s.id = b.instance
        left join control.lease l on l.instance = b.instance and l.generation = b.generation
        where b.state = 'waiting' and b.next_try_at <= :now and not s.paused and s.connector = any(:connectors)
          and (l.until is null or l.until < now()) and b.instance || ' ' || b.generation <> all(:running)
        order by b.next_try_at, b.generation limit 1
        for update of b skip locked
    )
    insert into control.lease as held (instance, generation, owner, until, token)
    select instance, generation, :owner, now() + make_interval(secs => :seconds), 1 from due
    on conflict (instance, generation) do update
        set owner = excluded.owner, until = excluded.until, token = held.token + 1 where held.until < now()
    returning instance, generation, token""")
_TAKE = text("""
    insert into control.lease as held (instance, generation, owner, until, token)
    values (:instance, 0, :owner, now() + make_interval(secs => :seconds), 1)
    on conflict (instance, generation) do update
        set owner = excluded.owner, until = excluded.until, token = held.token + 1 where held.until < now()
    returning instance, generation, token""")
_RENEW = text("""
    update control.lease set until = now() + make_interval(secs => :seconds)
    where instance = :instance and generation = :generation and token = :token and until > '-infinity'""")
_RELEASE = text("""
    update control.lease set until = '-infinity'
    where instance = :instance and generation = :generation and token = :token""")
_CHECK = text("""
    select 1 from control.lease
    where instance = :instance and generation = :generation and token = :token and until > '-infinity' for share""")


async def claim(
    connection: AsyncConnection, *, owner: str, now: datetime, connectors: Sequence[str], seconds: float,
    limit: int = 1, running: Iterable[Lease] = (),
) -> list[Lease]:  # fmt: skip
    """Takes the instances longest due of the given connectors that nobody holds; several callers never get the same.

    `running` are those the caller reads already: it does not take them from itself where it was late to renew.
    """
    ours = [lease.instance for lease in running if lease.generation == 0]
    given = {"owner": owner, "now": now, "connectors": list(connectors), "seconds": seconds, "running": ours}
    rows = (await connection.execute(_CLAIM, {**given, "limit": limit})).all()
    return [Lease(row.instance, owner, row.token) for row in rows]


async def claim_backfill(
    connection: AsyncConnection, *, owner: str, now: datetime, connectors: Sequence[str], seconds: float,
    running: Iterable[Lease] = (),
) -> Lease | None:  # fmt: skip
    """Takes a waiting back-fill that nobody holds; the ordinary pull of the same instance goes on beside it."""
    ours = [f"{lease.instance} {lease.generation}" for lease in running]
    given = {"owner": owner, "now": now, "connectors": list(connectors), "seconds": seconds, "running": ours}
    row = (await connection.execute(_CLAIM_BACKFILL, given)).first()
    return Lease(row.instance, owner, row.token, row.generation) if row is not None else None


async def take(connection: AsyncConnection, instance: str, *, owner: str, seconds: float) -> Lease | None:
    """Takes one instance whether due or not; None where another holds it."""
    row = (await connection.execute(_TAKE, {"instance": instance, "owner": owner, "seconds": seconds})).first()
    return Lease(row.instance, owner, row.token) if row is not None else None


async def renew(connection: AsyncConnection, lease: Lease, seconds: float) -> None:
    """Holds on; raises StalePosition where the lease is another's or was given back.

    One that ran out and that nobody took is held still: the token, which grows with every holder, is what fences.
    """
    if (await connection.execute(_RENEW, {**lease._asdict(), "seconds": seconds})).rowcount != 1:
        raise StalePosition(_STALE.format(lease.instance))


async def release(connection: AsyncConnection, lease: Lease) -> None:
    """Gives it back; nothing happens where it is another's by now. The token stays, so that it only ever grows."""
    await connection.execute(_RELEASE, lease._asdict())


async def check(connection: AsyncConnection, lease: Lease) -> None:
    """Raises StalePosition unless the lease is held; it stays so until the transaction ends."""
    if (await connection.execute(_CHECK, lease._asdict())).first() is None:
        raise StalePosition(_STALE.format(lease.instance))


_STALE = (
    "source {}: another process reads it now (or it was removed), because this one was too late to renew its lease; "
    "what was saved counts, and the other goes on from there. If this recurs, give the machine more processor time, "
    "or this process fewer sources"
)
