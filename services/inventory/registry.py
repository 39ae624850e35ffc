"""The registry in the database: entries with their history, whose owners have left, and what usage it is held to."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.registry import Approval, RegistryEntry
from services.inventory import grains
from services.inventory.domain.policy import DEFAULT, Policy
from services.inventory.domain.reconcile import Held, Seen, reconcile
from services.kit.access import audit
from services.kit.access.audit import Act
from services.kit.errors import NotFound
from services.kit.keys import Keys

ALL = text("select cast(entry as text) from inventory.registry_entry where removed_at is null order by id")
PAGE = text("""
    select cast(entry as text) from inventory.registry_entry
    where removed_at is null and (cast(:after as text) is null or id > :after) order by id limit :limit""")
PUT = text("""
    insert into inventory.registry_entry as held (id, entry, changed_by, changed_at)
    values (:id, cast(:entry as jsonb), :author, :now)
    on conflict (id) do update set entry = excluded.entry, revision = held.revision + 1, removed_at = null,
        changed_by = excluded.changed_by, changed_at = excluded.changed_at
    where held.entry is distinct from excluded.entry or held.removed_at is not null
    returning revision""")
SUBMITTED = text("""
    select id, entry ->> 'registered_at' as day from inventory.registry_entry
    where id = any(:ids) and removed_at is null and entry ->> 'approval' = 'under_review'""")
REMOVE = text("""
    update inventory.registry_entry set removed_at = :now, revision = revision + 1, changed_by = :author,
        changed_at = :now
    where id = :id and removed_at is null returning revision""")
REMEMBER = text("""
    insert into inventory.registry_history (id, revision, entry, changed_by, changed_at)
    values (:id, :revision, cast(:entry as jsonb), :author, :now)""")
LEFT = text("""
    select i.identifier from inventory.identity as i join inventory.person as p on p.person = i.person
    where i.identifier = any(:some)
      and case when p.left_on is null then not p.active else p.left_on < :today end""")
HEALTHY = text("""
    select source from inventory.source_type group by source having bool_and(state = 'healthy')""")

_decode = msgspec.json.Decoder(RegistryEntry).decode


async def entries(connection: AsyncConnection) -> list[RegistryEntry]:
    """All that are not removed, by id."""
    return [_decode(row) for row in (await connection.execute(ALL)).scalars()]


async def page(connection: AsyncConnection, limit: int, after: str | None) -> list[RegistryEntry]:
    """A page of them, by id."""
    return [_decode(row) for row in (await connection.execute(PAGE, {"limit": limit, "after": after})).scalars()]


class Register:
    """The registry as it stands in one transaction, ready to hold usage against; `policy` has the numbers.

    `left` are owners who left, `healthy` the source types all of whose instances are.
    """

    def __init__(
        self, entries: Sequence[RegistryEntry], left: Collection[str], healthy: Collection[str], today: date,
        policy: Policy,
    ) -> None:  # fmt: skip
        self._about: dict[str, list[RegistryEntry]] = defaultdict(list)
        for entry in entries:
            for name in {*entry.tools, *entry.solution_ids}:
                self._about[name].append(entry)
        self._left, self._healthy, self._today, self._policy = left, healthy, today, policy

    def held(self, seen: Seen, sources: Collection[str]) -> Held:
        """The standing of what was seen by these source types; nothing is dormant while one of them is not healthy."""
        about = self._about.get(seen.solution or seen.tool or "", ())
        return reconcile(
            seen, about, today=self._today, owners_left=self._left, policy=self._policy,
            healthy=all(source in self._healthy for source in sources),
        )  # fmt: skip


async def opened(connection: AsyncConnection, keys: Keys, now: datetime, policy: Policy = DEFAULT) -> Register:
    """Reads the registry with what its standings depend on."""
    known = await entries(connection)
    left = await owners_left(connection, {entry.owner for entry in known if entry.owner}, keys, now)
    healthy = set((await connection.execute(HEALTHY)).scalars())
    return Register(known, left, healthy, now.date(), policy)


async def put(connection: AsyncConnection, given: Sequence[RegistryEntry], author: str, now: datetime) -> int:
    """Adds or replaces entries with their history and trace, marks every grain, and returns how many changed.

    A submission that does not say when it was made was made when it first came: its review clock runs from there.
    """
    changed = 0
    for entry in sorted(await _dated(connection, given, now), key=lambda each: each.id):
        row = {"id": entry.id, "entry": msgspec.json.encode(entry).decode(), "author": author, "now": now}
        revision = (await connection.execute(PUT, row)).scalar_one_or_none()
        if revision is not None:
            changed += 1
            await connection.execute(REMEMBER, {**row, "revision": revision})
    if changed:
        about = f"registry:{given[0].id}" if len(given) == 1 else "registry"
        await audit.record(connection, Act(now, author, "registry.put", about, {"changed": changed}))
        await grains.mark_all(connection, now)
    return changed


async def remove(connection: AsyncConnection, name: str, author: str, now: datetime) -> None:
    """Removes an entry; its history stays. Raises NotFound."""
    row = {"id": name, "author": author, "now": now}
    revision = (await connection.execute(REMOVE, row)).scalar_one_or_none()
    if revision is None:
        raise NotFound(f"the registry has no entry {name}")
    await connection.execute(REMEMBER, {**row, "revision": revision, "entry": None})
    await audit.record(connection, Act(now, author, "registry.remove", f"registry:{name}"))
    await grains.mark_all(connection, now)


async def _dated(connection: AsyncConnection, given: Sequence[RegistryEntry], now: datetime) -> list[RegistryEntry]:
    open_ended = [e.id for e in given if e.approval is Approval.UNDER_REVIEW and e.registered_at is None]
    if not open_ended:
        return list(given)
    rows = (await connection.execute(SUBMITTED, {"ids": open_ended})).all()
    first: Mapping[str, str] = {row.id: row.day for row in rows if row.day is not None}
    days = {name: date.fromisoformat(first[name]) if name in first else now.date() for name in open_ended}
    return [msgspec.structs.replace(e, registered_at=days[e.id]) if e.id in days else e for e in given]


async def owners_left(connection: AsyncConnection, owners: Collection[str], keys: Keys, now: datetime) -> set[str]:
    """Those of the owners (e-mail addresses) whom the directory says have left."""
    spelled: dict[str, set[str]] = defaultdict(set)
    for owner in owners:
        spelled[f"email:{keys.identifier('email', owner.strip().lower()).hmac}"].add(owner)
    given = {"some": sorted(spelled), "today": now.date()}
    return {owner for found in (await connection.execute(LEFT, given)).scalars() for owner in spelled[found]}


async def all_owners_left(connection: AsyncConnection, keys: Keys, now: datetime) -> set[str]:
    """The owners of entries who have left."""
    return await owners_left(connection, {e.owner for e in await entries(connection) if e.owner}, keys, now)


async def owned(connection: AsyncConnection, owners: Collection[str]) -> set[str]:
    """The grains of all that these owners' entries are about."""
    theirs = [entry for entry in await entries(connection) if entry.owner in owners] if owners else []
    tools = {name for entry in theirs for name in entry.tools}
    solutions = {f"solution:{name}" for entry in theirs for name in entry.solution_ids}
    return solutions | await grains.of_tools(connection, tools)
