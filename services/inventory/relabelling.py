"""Relabelling: at the start with another catalog or other models, every stored key is labelled anew by its key.

Keys no traffic comes for any more would keep their old label. What an analyst decided stays; beneath it the catalog's
word is brought up to date, for the day it is taken back. What a record told (its path, user agent, publisher) is not
lowered by the key alone. Each chunk is one transaction with how far it came, so a start after a death goes on there,
and any number of inventories may start together. The audit trail has what changed.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.usage import Label, Verdict
from services.inventory import grains
from services.inventory.fold import RANK
from services.kit.access import audit
from services.kit.access.audit import Act
from services.kit.runtime import Runtime, Stop
from services.labelling.by_key import label_of_key, told_by_record
from services.labelling.index import CatalogIndex
from services.labelling.tail import tail

log = structlog.get_logger(__name__)
LOCK = 0x52454C42
CHUNK = 5_000
MOST_TOLD = 200
"""Sorts of change that one entry of the audit trail names, most cells first; the rest are summed up."""

ALONE = text("select pg_advisory_xact_lock(:key)")
STATE = text("select version, former, reached from inventory.labelled_with")
BEGIN = text("""
    insert into inventory.labelled_with (version, former, reached, changed_at) values (:version, :former, '', :now)
    on conflict (single) do update set version = excluded.version, former = excluded.former, reached = '',
        changed_at = excluded.changed_at""")
REACHED = text("update inventory.labelled_with set reached = :reached, changed_at = :now")
HELD = """
    select * from (
        select key, verdict, tool, basis, false as corrected from inventory.label where author is null
        union all select key, verdict, tool, basis, true from inventory.label_told) as held"""
NEXT = text(f"{HELD} where key > :reached order by key limit :limit")
AGAIN = text(f"{HELD} where key = any(:keys) order by key")
SAY = """
    update inventory.{} set verdict = :verdict, tool = :tool, confidence = :confidence, basis = :basis,
        catalog = :catalog, changed_at = :now where key = :key"""
SAY_LABEL, SAY_TOLD = text(SAY.format("label")), text(SAY.format("label_told"))
CELLS = text("select key, count(*) as cells from inventory.cell where key = any(:keys) group by key")


class Held(NamedTuple):
    """The label a key has now. `corrected`: it waits beneath an analyst's correction."""

    key: str
    verdict: str
    tool: str | None
    basis: tuple[str, ...]
    corrected: bool


def anew(held: Held, index: CatalogIndex) -> Label | None:
    """The label the key alone gives, where it is another and may stand in place of the one held. Pure."""
    found = label_of_key(held.key, index)
    if found is None or (found.verdict.value, found.tool) == (held.verdict, held.tool):
        return None
    if RANK[Verdict(held.verdict)] >= RANK[found.verdict] and told_by_record(held.key, held.basis):
        by_publisher = held.key.startswith("app:") and held.tool in index.tools
        if held.tool is None or held.tool == found.tool or by_publisher:
            return None
    return found


class Relabelling:
    """The walk to what this process labels with."""

    def __init__(self, runtime: Runtime, index: CatalogIndex, chunk: int = CHUNK) -> None:
        self._runtime, self._index, self._chunk = runtime, index, chunk

    async def run(self, stop: Stop) -> None:
        """Walks what is left to walk, and returns."""
        version = f"{self._index.version}+{await asyncio.to_thread(tail.version)}"
        while not stop.is_set() and await self.once(version):
            pass

    async def once(self, version: str) -> bool:
        """Labels the next keys anew; False where none were left."""
        now = self._runtime.clock.now()
        async with self._runtime.engine.begin() as connection:
            await connection.execute(ALONE, {"key": LOCK})
            state = (await connection.execute(STATE)).one_or_none()
            former, reached = (state.former, state.reached) if state is not None else ("", "")
            if state is None or state.version != version:
                former, reached = state.version if state is not None else "", ""
                await connection.execute(BEGIN, {"version": version, "former": former, "now": now})
            if reached is None:
                return False
            found = await connection.execute(NEXT, {"reached": reached, "limit": self._chunk})
            rows = [_read(row) for row in found]
            changed = await self._changed(rows)
            last = rows[-1].key if len(rows) == self._chunk else None
            await connection.execute(REACHED, {"reached": last, "now": now})
            if changed:
                await self._relabel(connection, changed, (former, version), now)
        return last is not None

    async def _changed(self, rows: Sequence[Held]) -> dict[str, tuple[Held, Label]]:
        """By key; beside the loop, since names are weighed by the thousand."""

        def all_of() -> dict[str, tuple[Held, Label]]:
            return {held.key: (held, found) for held in rows if (found := anew(held, self._index)) is not None}

        return await asyncio.to_thread(all_of)

    async def _relabel(
        self, connection: AsyncConnection, keys: Mapping[str, object], versions: tuple[str, str], now: datetime
    ) -> None:
        """Looks again behind the fence: a record or an analyst may have spoken meanwhile."""
        await grains.relinking(connection)
        rows = [_read(row) for row in await connection.execute(AGAIN, {"keys": sorted(keys)})]
        changed = await self._changed(rows)
        if not changed:
            return
        moved = sorted(key for key, (held, _) in changed.items() if not held.corrected)
        before = await _concerned(connection, moved)
        for corrected, statement in ((False, SAY_LABEL), (True, SAY_TOLD)):
            said = [self._row(label, now) for held, label in changed.values() if held.corrected is corrected]
            if said:
                await connection.execute(statement, said)
        after = await _concerned(connection, moved)
        cells = {row.key: row.cells for row in await connection.execute(CELLS, {"keys": moved})}
        told = summary([changed[key] for key in moved], cells)
        former, version = versions
        about = {"from": former, "to": version, "keys": len(moved), "cells": sum(cells.values()), "changes": told}
        await audit.record(connection, Act(now, "inventory", "label.relabel", f"catalog:{version}", about))
        await grains.mark(connection, before | after, now)
        log.info("relabelled", former=former, version=version, keys=len(moved), cells=about["cells"], changes=told)

    def _row(self, label: Label, now: datetime) -> dict[str, object]:
        return {
            "key": label.key, "verdict": label.verdict.value, "tool": label.tool, "confidence": label.confidence,
            "basis": list(label.basis), "catalog": self._index.version, "now": now,
        }  # fmt: skip


def summary(changed: Sequence[tuple[Held, Label]], cells: Mapping[str, int]) -> list[dict[str, Any]]:
    """What became what, with counts of keys and cells, most cells first; pure."""
    keys: Counter[str] = Counter()
    stored: Counter[str] = Counter()
    for held, label in changed:
        sort = f"{held.verdict} {held.tool or '-'} → {label.verdict.value} {label.tool or '-'}"
        keys[sort] += 1
        stored[sort] += cells.get(held.key, 0)
    order = sorted(keys, key=lambda sort: (-stored[sort], sort))
    told = [{"change": sort, "keys": keys[sort], "cells": stored[sort]} for sort in order[:MOST_TOLD]]
    rest = order[MOST_TOLD:]
    if rest:
        summed = {"keys": sum(map(keys.__getitem__, rest)), "cells": sum(map(stored.__getitem__, rest))}
        told.append({"change": f"{len(rest)} more", **summed})
    return told


async def _concerned(connection: AsyncConnection, keys: Sequence[str]) -> set[str]:
    return await grains.of_keys(connection, keys) | await grains.of_uses(connection, keys)


def _read(row: Any) -> Held:
    return Held(row.key, row.verdict, row.tool, tuple(row.basis), row.corrected)
