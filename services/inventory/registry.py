"""The registry in the database: entries with their history, whose owners have left, and what usage it is held to."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.registry import RegistryEntry
from services.inventory import grains, registry_store
from services.inventory.domain.policy import DEFAULT, Policy
from services.inventory.domain.reconcile import Held, Seen, reconcile
from services.inventory.registry_store import Author
from services.kit.access import audit
from services.kit.access.audit import Act
from services.kit.errors import NotFound
from services.kit.keys import Keys

ALL = text("select cast(entry as text) from inventory.registry_entry where removed_at is null order by id")
ABOUT = text("""
    select cast(entry as text) from inventory.registry_entry
    where removed_at is null and (entry -> 'tools' ?| :names or entry -> 'solution_ids' ?| :names) order by id""")
PAGE = text("""
    select cast(entry as text) from inventory.registry_entry
    where removed_at is null and (cast(:after as text) is null or id > :after) order by id limit :limit""")
PUT = text(f"""
    insert into inventory.registry_entry as held (id, entry, changed_by, changed_at, lapses_on)
    select new.id, new.entry, :author, :now, {registry_store.LAPSES}
    from (select cast(:id as text) as id, cast(:entry as jsonb) as entry) as new
    {registry_store.REPLACE}
    returning revision""")
REMOVE = text("""
    update inventory.registry_entry set removed_at = :now, revision = revision + 1, changed_by = :author,
        changed_at = :now
    where id = :id and removed_at is null
    returning revision, cast(entry as text) as entry""")
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


async def about(connection: AsyncConnection, names: Collection[str]) -> list[RegistryEntry]:
    """The entries that name one of these tools or solutions, by id."""
    rows = await connection.execute(ABOUT, {"names": sorted(names)})
    return [_decode(row) for row in rows.scalars()]


async def opened(
    connection: AsyncConnection, keys: Keys, now: datetime, policy: Policy = DEFAULT,
    names: Collection[str] | None = None,
) -> Register:  # fmt: skip
    """Reads the registry with what its standings depend on; with `names` only what is about these."""
    known = await entries(connection) if names is None else await about(connection, names)
    left = await owners_left(connection, {entry.owner for entry in known if entry.owner}, keys, now)
    healthy = set((await connection.execute(HEALTHY)).scalars())
    return Register(known, left, healthy, now.date(), policy)


async def put(connection: AsyncConnection, given: Sequence[RegistryEntry], author: str, now: datetime) -> int:
    """Adds or replaces entries with their history and trace, marks their grains, and returns how many changed.

    A submission that does not say when it was made was made when it first came: its review clock runs from there.
    """
    return await registry_store.put(connection, given, Author(author, now))


async def remove(connection: AsyncConnection, name: str, author: str, now: datetime) -> None:
    """Removes an entry; its history stays. Raises NotFound."""
    row = {"id": name, "author": author, "now": now}
    removed = (await connection.execute(REMOVE, row)).one_or_none()
    if removed is None:
        raise NotFound(f"the registry has no entry {name}")
    await connection.execute(REMEMBER, {**row, "revision": removed.revision, "entry": None})
    await audit.record(connection, Act(now, author, "registry.remove", f"registry:{name}"))
    gone = _decode(removed.entry)
    await registry_store.mark(connection, {*gone.tools, *gone.solution_ids}, now)


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
