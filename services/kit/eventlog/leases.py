"""How members of a group share a topic's partitions in PostgreSQL: leases with a generation, renewed while alive.

Each member says now and then that it lives, takes its fair share of what is free or expired, and gives back what is
beyond its share. A lease's generation grows with each new holder, so that what an earlier one saves is refused.
"""

import asyncio
import secrets
from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

ALIVE = text("""
    insert into log.member (topic, grp, member, until) values (:topic, :grp, :member, now() + :seconds * interval '1 s')
    on conflict (topic, grp, member) do update set until = excluded.until""")
FORGET = text("delete from log.member where topic = :topic and grp = :grp and until < now() - interval '1 minute'")
MEMBERS = text("select member from log.member where topic = :topic and grp = :grp and until > now() order by member")
MAKE = text("""
    insert into log.lease (topic, grp, partition)
    select :topic, :grp, generate_series(0, :partitions - 1) on conflict do nothing""")
RENEW = text("""
    update log.lease set until = now() + :seconds * interval '1 s'
    where topic = :topic and grp = :grp and member = :member and until > now() returning partition, generation""")
TAKE = text("""
    update log.lease l set member = :member, generation = l.generation + 1, until = now() + :seconds * interval '1 s'
    from (
        select partition from log.lease
        where topic = :topic and grp = :grp and (member is null or until <= now())
        order by partition limit :wanted for update skip locked) free
    where l.topic = :topic and l.grp = :grp and l.partition = free.partition
    returning l.partition, l.generation""")
GIVE = text("""
    update log.lease set member = null, until = '-infinity'
    where topic = :topic and grp = :grp and member = :member and partition = any(:some)""")
LEAVE = text("delete from log.member where topic = :topic and grp = :grp and member = :member")
PIN = text("""
    insert into log.position (topic, grp, partition, next)
    select topic, :grp, partition, first from log.head where topic = :topic on conflict do nothing""")
NOTE = text("""
    update log.position p set next = w.next, kept = true
    from unnest(cast(:partitions as integer[]), cast(:positions as bigint[])) as w (partition, next)
    where p.topic = :topic and p.grp = :grp and p.partition = w.partition""")
UNPIN = text("""
    delete from log.position p where topic = :topic and grp = :grp
      and not exists (select from log.position k where k.topic = p.topic and k.grp = p.grp and k.kept)
      and not exists (select from log.member m where m.topic = p.topic and m.grp = p.grp and m.until > now())""")
UNMAKE = text("""
    delete from log.lease l where topic = :topic and grp = :grp
      and not exists (select from log.position p where p.topic = l.topic and p.grp = l.grp)""")


class Leases:
    """The leases of one member of `group` on `topic`; `seconds` is how long one holds without renewal."""

    def __init__(self, engine: AsyncEngine, topic: str, group: str, partitions: int, *, seconds: float) -> None:
        self.group, self.topic = group, topic
        self.member = secrets.token_hex(8)
        self.seconds = seconds
        self._engine = engine
        self._partitions = partitions
        self._given = {"topic": topic, "grp": group, "member": self.member, "seconds": seconds}
        self._held: dict[int, int] = {}
        self._renewed = float("-inf")
        self._renewing = asyncio.Lock()

    async def held(self) -> Mapping[int, int]:
        """Partition → generation of each lease it holds; renewed here only where nobody did in time."""
        if asyncio.get_running_loop().time() - self._renewed >= self.seconds:
            await self.renew()
        return self._held

    async def renew(self) -> None:
        """Says that it lives, and takes or gives back partitions until it has its fair share."""
        async with self._renewing:
            began = asyncio.get_running_loop().time()
            first = began - self._renewed >= self.seconds
            async with self._engine.begin() as connection:
                if first:
                    await connection.execute(MAKE, {**self._given, "partitions": self._partitions})
                    await connection.execute(PIN, self._given)
                self._held = await self._shared(connection)
            self._renewed = began

    async def note(self, positions: Mapping[int, int | None]) -> None:
        """Notes positions that are kept elsewhere, so that nothing unread is dropped."""
        known = {partition: position for partition, position in positions.items() if position is not None}
        if known:
            async with self._engine.begin() as connection:
                given = {"partitions": list(known), "positions": list(known.values())}
                await connection.execute(NOTE, {**self._given, **given})

    async def leave(self) -> None:
        """Gives all back at once; a group that never saved a position is forgotten with its last member."""
        self._held = {}
        async with self._engine.begin() as connection:
            await connection.execute(GIVE, {**self._given, "some": list(range(self._partitions))})
            for statement in (LEAVE, UNPIN, UNMAKE):
                await connection.execute(statement, self._given)

    async def _shared(self, connection: AsyncConnection) -> dict[int, int]:
        await connection.execute(ALIVE, self._given)
        await connection.execute(FORGET, self._given)
        members = [str(row[0]) for row in (await connection.execute(MEMBERS, self._given)).all()]
        share = _share(self._partitions, len(members), members.index(self.member))
        rows = (await connection.execute(RENEW, self._given)).all()
        held = {int(row[0]): int(row[1]) for row in rows}
        beyond = sorted(held)[share:]
        if beyond:
            await connection.execute(GIVE, {**self._given, "some": beyond})
        if len(held) < share:
            taken = (await connection.execute(TAKE, {**self._given, "wanted": share - len(held)})).all()
            held.update({int(row[0]): int(row[1]) for row in taken})
        return {partition: generation for partition, generation in held.items() if partition not in beyond}


def _share(partitions: int, members: int, place: int) -> int:
    """How many partitions the member at `place` of `members` holds: as even as it goes."""
    return partitions // members + (place < partitions % members)
