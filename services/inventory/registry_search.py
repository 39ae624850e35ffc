"""Looking through the registry: entries by words, approval, end and owner, each with how it stands today."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Standing
from schemas.registry import Approval, EntryKind, RegistryEntry
from services.inventory import registry
from services.inventory.domain.policy import Policy
from services.inventory.domain.reconcile import expired, review_ran_out
from services.kit.keys import Keys

Order = Literal["id", "lapses"]
AT_A_TIME = 500

WHERE = """
    removed_at is null
    and (cast(:approval as text) is null or coalesce(entry ->> 'approval', 'approved') = :approval)
    and (cast(:kind as text) is null or coalesce(entry ->> 'kind', 'tool') = :kind)
    and (cast(:words as text) is null or id ilike :words or entry ->> 'name' ilike :words
        or entry ->> 'owner' ilike :words or (entry -> 'tools')::text ilike :words)
    and (cast(:lapsed as date) is null or lapses_on < :lapsed)
    and (cast(:from as date) is null or lapses_on between :from and :until)
    and (cast(:ownerless as boolean) is not true or entry ->> 'owner' is null)"""
COLUMNS = "cast(entry as text) as entry, revision, changed_by, changed_at, lapses_on"
BY_ID = text(f"""
    select {COLUMNS} from inventory.registry_entry where {WHERE}
    and (cast(:after as text) is null or id > :after) order by id limit :limit""")
ONE = text(f"select {COLUMNS} from inventory.registry_entry where removed_at is null and id = :id")
BY_END = text(f"""
    select {COLUMNS} from inventory.registry_entry where {WHERE}
    and (cast(:after as text) is null or (lapses_on, id) > (cast(:day as date), :after))
    order by lapses_on, id limit :limit""")
COUNT = text(f"select count(*) from inventory.registry_entry where {WHERE}")
FURTHER = text("""
    select distinct jsonb_object_keys(entry -> 'extra') as name from inventory.registry_entry
    where removed_at is null and entry ? 'extra' order by name""")
IN_USE = text("""
    select tool as name, people, last_seen from inventory.tool_figures where unit is null and tool = any(:names)
    union all
    select id, 0, last_seen from inventory.solution where deleted_at is null and id = any(:names)""")

_decode = msgspec.json.Decoder(RegistryEntry).decode


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: `words` anywhere in id, name, owner or tools; `within` days from today until they lapse."""

    words: str | None = None
    approval: Approval | None = None
    kind: EntryKind | None = None
    within: int | None = None
    lapsed: bool = False
    ownerless: bool = False


class Entry(RegistryEntry, frozen=True, kw_only=True, omit_defaults=False):
    """An entry with how it stands by itself today, and what of it is in use. `lapses_on` is its last day.

    `people` is the largest number of people one of its tools has; 0 and no `last_seen`: nothing of it was seen.
    """

    revision: int
    changed_by: str
    changed_at: datetime
    standing: str
    owner_left: bool
    lapses_on: date | None = None
    people: int = 0
    last_seen: datetime | None = None


class Reader:
    """Reads the registry as of `now` over a connection; `policy` has the numbers."""

    def __init__(self, connection: AsyncConnection, keys: Keys, now: datetime, policy: Policy) -> None:
        self.connection = connection
        self._keys = keys
        self._now = now
        self._policy = policy

    async def page(self, asked: Asked, limit: int, after: str | None = None) -> list[Entry]:
        """Entries by id."""
        return await self._told(BY_ID, {**self._given(asked), "limit": limit, "after": after})

    async def by_end(self, asked: Asked, limit: int, after: tuple[date, str] | None = None) -> list[Entry]:
        """Entries by the day they lapse; those that never do come in no such list."""
        day, name = after or (None, None)
        return await self._told(BY_END, {**self._given(asked), "limit": limit, "day": day, "after": name})

    async def one(self, name: str) -> Entry | None:
        """One entry; None where there is none."""
        return next(iter(await self._told(ONE, {"id": name})), None)

    async def count(self, asked: Asked) -> int:
        """How many there are."""
        return int((await self.connection.execute(COUNT, self._given(asked))).scalar_one())

    async def further(self) -> list[str]:
        """The columns nobody knows that some entry has."""
        return list((await self.connection.execute(FURTHER)).scalars())

    async def every(self, asked: Asked) -> AsyncIterator[Entry]:
        """All of them by id, some at a time."""
        after: str | None = None
        while some := await self.page(asked, AT_A_TIME, after):
            for each in some:
                yield each
            after = some[-1].id

    def _given(self, asked: Asked) -> dict[str, Any]:
        today = self._now.date()
        escaped = (asked.words or "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return {
            "approval": asked.approval, "kind": asked.kind, "words": f"%{escaped}%" if asked.words else None,
            "lapsed": today if asked.lapsed else None, "from": None if asked.within is None else today,
            "until": today + timedelta(days=asked.within or 0), "ownerless": asked.ownerless,
        }  # fmt: skip

    async def _told(self, query: Any, given: Mapping[str, Any]) -> list[Entry]:
        rows = (await self.connection.execute(query, given)).all()
        read = [(_decode(row.entry), row) for row in rows]
        owners = {entry.owner for entry, _ in read if entry.owner}
        left = await registry.owners_left(self.connection, owners, self._keys, self._now)
        names = sorted({name for entry, _ in read for name in (*entry.tools, *entry.solution_ids)})
        used = {row.name: row for row in await self.connection.execute(IN_USE, {"names": names})}
        return [self._entry(entry, row, left, used) for entry, row in read]

    def _entry(self, entry: RegistryEntry, row: Row[Any], left: Collection[str], used: Mapping[str, Row[Any]]) -> Entry:
        seen = [used[name] for name in (*entry.tools, *entry.solution_ids) if name in used]
        return Entry(
            **msgspec.structs.asdict(entry), revision=row.revision, changed_by=row.changed_by,
            changed_at=row.changed_at, lapses_on=row.lapses_on, owner_left=entry.owner in left,
            standing=standing(entry, self._now.date(), left, self._policy).value,
            people=max((each.people for each in seen), default=0),
            last_seen=max((each.last_seen for each in seen), default=None),
        )  # fmt: skip


def standing(entry: RegistryEntry, today: date, left: Collection[str], policy: Policy) -> Standing:
    """How an entry stands by itself, whatever is in use: in the order usage is held against it. Pure."""
    if entry.approval is Approval.PROHIBITED:
        return Standing.PROHIBITED
    if expired(entry, today) is not None:
        return Standing.EXPIRED
    if entry.approval is Approval.TOLERATED:
        return Standing.TOLERATED
    if entry.approval is Approval.UNDER_REVIEW:
        return Standing.UNREGISTERED if review_ran_out(entry, today, policy) else Standing.UNDER_REVIEW
    return Standing.OWNERLESS if not entry.owner or entry.owner in left else Standing.REGISTERED


def following(found: Sequence[Entry], limit: int) -> Entry | None:
    """The last entry of a page where more follow it."""
    return found[limit - 1] if len(found) > limit else None
