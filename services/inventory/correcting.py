"""Correcting labels: what an analyst says of a match key, in the table every reading joins cells with.

A correction changes no cell: all stored cells of its key show it with the transaction, new events as soon as the
classifiers have heard it (`publishing.py`). What the catalog says of a corrected key is kept in `label_told`, and
stands again when the last correction of the key is taken back.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.usage import Verdict
from services.inventory import grains
from services.inventory.domain.corrections import Correcting, Correction, basis, in_force
from services.kit.access import audit
from services.kit.access.audit import Act
from services.kit.errors import Conflict, NotFound

COLUMNS = "number, key, verdict, tool, reason, author, at, decision, undone_at, undone_by"
MAKE = text("""
    insert into inventory.correction (key, verdict, tool, reason, author, at)
    select key, :verdict, cast(:tool as text), :reason, :author, :at
    from unnest(cast(:keys as text[])) as asked (key) order by key returning number""")
TAKE_BACK = text("""
    update inventory.correction set undone_at = :at, undone_by = :author
    where number = any(:numbers) and undone_at is null returning key""")
CAME_WITH = text("update inventory.correction set decision = :decision where number = any(:numbers)")
OF_KEYS = text(f"select {COLUMNS} from inventory.correction where key = any(:keys)")
OF_DECISIONS = text("""
    select number from inventory.correction where decision = any(:decisions) and undone_at is null order by number""")
ONE = text(f"select {COLUMNS} from inventory.correction where number = :number")
PAGE = text(f"""
    select {COLUMNS} from inventory.correction
    where (cast(:before as bigint) is null or number < :before)
      and (cast(:undone as boolean) is null or (undone_at is not null) = :undone)
      and (cast(:keys as text[]) is null or key = any(:keys))
    order by number desc limit :limit""")
KEEP = text("""
    insert into inventory.label_told select * from inventory.label
    where key = any(:keys) and author is null order by key on conflict (key) do nothing""")
SAY = text("""
    insert into inventory.label (key, verdict, tool, confidence, basis, catalog, author, reason, changed_at)
    values (:key, :verdict, :tool, 1.0, array[:basis], '', :author, :reason, :at)
    on conflict (key) do update set verdict = excluded.verdict, tool = excluded.tool, confidence = 1.0,
        basis = excluded.basis, author = excluded.author, reason = excluded.reason, changed_at = excluded.changed_at""")
FORGET = text("delete from inventory.label where key = any(:keys) and author is not null")
AGAIN = text("""
    with told as (delete from inventory.label_told where key = any(:keys) returning *)
    insert into inventory.label select * from told order by key""")
TELL = text("""
    insert into inventory.label_outbox (key, change)
    select key, nextval('inventory.label_change') from unnest(cast(:keys as text[])) as asked (key) order by key
    on conflict (key) do update set change = excluded.change""")


async def correct(
    connection: AsyncConnection, said: Correcting, *, author: str, reason: str, now: datetime
) -> tuple[list[int], set[str]]:
    """Writes down what is said of the keys; returns the corrections' numbers and the grains it moves.

    Marking these is the caller's. `said` is checked already. Takes the fence: call it before anything else is locked.
    """
    await grains.relinking(connection)
    keys = sorted(said.keys)
    before = await _concerned(connection, keys)
    given = {"keys": keys, "verdict": said.verdict.value, "tool": said.tool, "reason": reason, "author": author}
    made = sorted((await connection.execute(MAKE, {**given, "at": now})).scalars())
    await _settle(connection, keys)
    about = {"keys": keys, "verdict": said.verdict.value, "tool": said.tool, "reason": reason}
    await audit.record(connection, Act(now, author, "label.correct", f"label:{keys[0]}", about))
    return made, before | await _concerned(connection, keys)


async def take_back(connection: AsyncConnection, numbers: Collection[int], author: str, now: datetime) -> set[str]:
    """Takes corrections back and returns the grains it moves. Takes the fence, as `correct` does.

    Raises NotFound, or Conflict where one was taken back already; then nothing is.
    """
    await grains.relinking(connection)
    told = [await one(connection, number) for number in sorted(numbers)]
    for each in told:
        if each.undone_at is not None:
            raise Conflict(f"correction {each.number} was taken back by {each.undone_by} at {each.undone_at:%H:%M}")
    keys = sorted({each.key for each in told})
    before = await _concerned(connection, keys)
    await connection.execute(TAKE_BACK, {"numbers": sorted(numbers), "author": author, "at": now})
    await _settle(connection, keys)
    about = {"keys": keys, "corrections": sorted(numbers)}
    await audit.record(connection, Act(now, author, "label.take_back", f"label:{keys[0]}", about))
    return before | await _concerned(connection, keys)


async def came_with(connection: AsyncConnection, numbers: Collection[int], decision: int) -> None:
    """Notes that corrections came with a decision, so that undoing it takes them back."""
    await connection.execute(CAME_WITH, {"numbers": sorted(numbers), "decision": decision})


async def of_decisions(connection: AsyncConnection, decisions: Collection[int]) -> list[int]:
    """The corrections that came with these decisions and still stand."""
    return list((await connection.execute(OF_DECISIONS, {"decisions": sorted(decisions)})).scalars())


async def one(connection: AsyncConnection, number: int) -> Correction:
    """One correction; raises NotFound."""
    row = (await connection.execute(ONE, {"number": number})).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no correction {number}")
    return _read(row)


async def page(
    connection: AsyncConnection, limit: int, before: int | None = None, *, undone: bool | None = None,
    keys: Collection[str] | None = None,
) -> list[Correction]:  # fmt: skip
    """Corrections below a number, newest first; only those taken back or not, only of some keys, where asked."""
    given = {"limit": limit, "before": before, "undone": undone, "keys": sorted(keys) if keys is not None else None}
    return [_read(row) for row in (await connection.execute(PAGE, given)).mappings()]


async def holding(connection: AsyncConnection, keys: Collection[str]) -> dict[str, Correction]:
    """The correction in force of each of these keys that has one."""
    rows = (await connection.execute(OF_KEYS, {"keys": sorted(keys)})).mappings()
    return in_force(_read(row) for row in rows)


async def _concerned(connection: AsyncConnection, keys: Sequence[str]) -> set[str]:
    return await grains.of_keys(connection, keys) | await grains.of_uses(connection, keys)


async def _settle(connection: AsyncConnection, keys: Sequence[str]) -> None:
    """Puts what holds of the keys into the label table, and the keys on the list of what classifiers are told."""
    held = await holding(connection, keys)
    await connection.execute(KEEP, {"keys": sorted(held)})
    if held:
        await connection.execute(SAY, [_row(held[key]) for key in sorted(held)])
    free = sorted(set(keys) - held.keys())
    await connection.execute(FORGET, {"keys": free})
    await connection.execute(AGAIN, {"keys": free})
    await connection.execute(TELL, {"keys": sorted(keys)})


def _row(correction: Correction) -> dict[str, object]:
    return {
        "key": correction.key, "verdict": correction.verdict.value, "tool": correction.tool,
        "basis": basis(correction), "author": correction.author, "reason": correction.reason, "at": correction.at,
    }  # fmt: skip


def _read(row: RowMapping) -> Correction:
    return Correction(**{**row, "verdict": Verdict(row["verdict"])})
