"""Importing a registry file of any size: read row by row into a draft, told before it is taken, taken whole.

A draft lies in the database until it is taken, dropped or a day old, so that what is taken is what was told.
"""

import asyncio
import itertools
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import IO, Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.registry_csv import RowFault, rows
from schemas.registry import RegistryEntry
from services.inventory import registry_store
from services.inventory.registry_ids import taken
from services.inventory.registry_store import Author
from services.inventory.stage import copy, make
from services.kit.errors import Misconfigured, NotFound

KEPT = timedelta(days=1)
AT_A_TIME = 2_000
MOST_ROWS = 1_000_000
LISTED = 10_000
"""Faults a report lists; a file with more is no registry, and its report says how many there are."""
LONGEST_ID = 200

MAKE = text("insert into inventory.import_draft (id, name, author, created_at) values (:id, :name, :author, :at)")
FORGET = text("delete from inventory.import_draft where created_at < :before")
DROP = text("delete from inventory.import_draft where id = :id returning id")
HELD = text("select id, name, author, created_at from inventory.import_draft where id = :id for update")
COUNT = text("""
    select count(*) filter (where held.id is null or held.removed_at is not null) as added,
        count(*) filter (where held.removed_at is null and held.entry <> given.entry) as changed,
        count(*) filter (where held.removed_at is null and held.entry = given.entry) as same
    from inventory.import_row as given left join inventory.registry_entry as held on held.id = given.id
    where given.draft = :id""")
REJECTED = text("select count(*) from inventory.import_fault where draft = :id")
FAULTS = text("""
    select line, field, message from inventory.import_fault where draft = :id order by line limit :limit""")
STAGE = text("""
    insert into staged_registry_entry (id, entry, revision, changed_by, changed_at)
    select id, entry, 1, :author, :at from inventory.import_row where draft = :id""")


class Draft(NamedTuple):
    """What taking a draft would do: entries that are new, changed and the same, and rows that can't be read."""

    id: str
    name: str
    added: int
    changed: int
    same: int
    rejected: int
    faults: tuple[RowFault, ...]

    @property
    def readable(self) -> int:
        """The entries it holds."""
        return self.added + self.changed + self.same


async def read(connection: AsyncConnection, file: IO[bytes], name: str, by: Author) -> str:
    """Reads a CSV file (.gz, .zst and .bz2 too) into a new draft and returns its id.

    Raises Misconfigured for one that is not UTF-8 or has too many rows.
    """
    draft = "imp_" + secrets.token_hex(8)
    await connection.execute(FORGET, {"before": by.at - KEPT})
    await connection.execute(MAKE, {"id": draft, "name": name[:200], "author": by.name, "at": by.at})
    found = rows(file)
    for count in itertools.count(1):
        # Reading is all computing: in a thread of its own, other requests are answered meanwhile.
        entries, faults = await asyncio.to_thread(_some, found, draft)
        if entries:
            await copy(connection, "import_row", entries)
        if faults:
            await copy(connection, "import_fault", faults)
        if len(entries) + len(faults) < AT_A_TIME:
            return draft
        if count * AT_A_TIME >= MOST_ROWS:
            raise Misconfigured(f"{name}: more than {MOST_ROWS:,} rows; import it in parts")
    raise AssertionError


def _some(found: Iterator[tuple[int, RegistryEntry | RowFault]], draft: str) -> tuple[list[Any], list[Any]]:
    """The next rows, as they are stored."""
    entries, faults = [], []
    for line, each in itertools.islice(found, AT_A_TIME):
        if isinstance(each, RowFault):
            faults.append((draft, each.line, each.column, each.message))
        elif len(each.id) > LONGEST_ID:
            faults.append((draft, line, "id", f"longer than {LONGEST_ID} characters"))
        elif (why := taken(each.id)) is not None:
            faults.append((draft, line, "id", why))
        else:
            entries.append((draft, line, each.id, registry_store.encoded(each)))
    return entries, faults


async def told(connection: AsyncConnection, draft: str, limit: int = LISTED) -> Draft:
    """What is in a draft; raises NotFound."""
    held = (await connection.execute(HELD, {"id": draft})).one_or_none()
    if held is None:
        raise NotFound("this import was taken or dropped, or is more than a day old; upload the file again")
    counts = (await connection.execute(COUNT, {"id": draft})).one()
    rejected = (await connection.execute(REJECTED, {"id": draft})).scalar_one()
    faults = (await connection.execute(FAULTS, {"id": draft, "limit": limit})).all()
    return Draft(
        held.id, held.name, counts.added, counts.changed, counts.same, rejected, tuple(RowFault(*row) for row in faults)
    )


async def take(connection: AsyncConnection, draft: str, by: Author) -> int:
    """Puts a draft's entries into the registry, and it is no more; returns how many were new or changed."""
    await make(connection, "registry_entry")
    await connection.execute(STAGE, {"id": draft, "author": by.name, "at": by.at})
    changed = await registry_store.merge(connection, by)
    await drop(connection, draft)
    return changed


async def drop(connection: AsyncConnection, draft: str) -> None:
    """Forgets a draft; raises NotFound."""
    if (await connection.execute(DROP, {"id": draft})).scalar_one_or_none() is None:
        raise NotFound("this import was taken or dropped, or is more than a day old")
