"""Operating sources from the API and the pages: what needs no connector's code is written to `control` at once.

Every act stands in one transaction with its entry in the audit trail. Trying a source and reading a dead letter again
are asked of ingest (services/ingest/requests.py says why).
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.amending import Asked, Standing, amended, differences
from connectors.base import Connector, discover
from connectors.settings import Fault, checked, place_faults, rhythm
from services.kit.access import audit
from services.kit.control import backfills, requests, sources
from services.kit.control.rows import SourceRow
from services.kit.errors import Conflict, Misconfigured
from services.kit.runtime import Runtime
from services.kit.spans import day, span

RESERVED = frozenset({"new"})
"""Ids that are a page's own path."""
MOST_CONFIG = 200


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A source as it is asked for. `every` is a span as people write it; an empty text is none."""

    connector: str
    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    every: str = ""
    folder: str = ""
    pattern: str = "*"
    paused: bool = False


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to change of a source. A setting given as null or an empty text goes back to the usual one, and so does
    an empty `every`; None leaves as it is. `seen` is the fingerprint of what the asker looked at, empty where it may
    be whatever stands.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    every: str | None = None
    folder: str | None = None
    pattern: str | None = None
    seen: str = ""


class Unfit(Misconfigured):
    """A draft with faults; `fields` says at which field each is: a setting's is `config.<name>`."""

    def __init__(self, fields: list[Fault]) -> None:
        super().__init__(*(f"{name or 'settings'}: {message}" for name, message in fields))
        self.fields = fields


@cache
def connectors() -> Mapping[str, Connector]:
    """Every connector installed here, for what it declares; none of its code runs here."""
    return discover()


async def add(runtime: Runtime, draft: Draft, by: str) -> str:
    """Adds a source and returns its id; raises Unfit with every fault at its field."""
    faults, every = _faults(draft)
    known = connectors().get(draft.connector)
    if faults or known is None:
        raise Unfit(faults)
    folder, now = draft.folder or None, runtime.clock.now()
    planned = rhythm(known, folder=folder, every=every)
    async with runtime.engine.begin() as connection:
        try:
            made = await sources.add(
                connection, connector=draft.connector, name=draft.name.strip(), config=draft.config, folder=folder,
                pattern=draft.pattern or "*", every=planned.every, silent_after=planned.silent_after,
                next_run_at=now if planned.every is not None else None, paused=draft.paused,
            )  # fmt: skip
        except Conflict:
            raise Unfit([Fault("name", "there is a source of this name; give another")]) from None
        await _note(runtime, connection, by, "source.add", made, connector=draft.connector)
    return made


def _faults(draft: Draft) -> tuple[list[Fault], timedelta | None]:
    """Every fault at its field, and the span read on the way. Pure."""
    known = connectors().get(draft.connector)
    if known is None:
        return [Fault("connector", f"no such connector; there are {', '.join(connectors())}")], None
    faults: list[Fault] = []
    every = _asked(faults, "every", lambda: span(draft.every, "every")) if draft.every.strip() else None
    made = _asked(faults, "name", lambda: sources.identifier(draft.name))
    if made in RESERVED:
        faults.append(Fault("name", f"{made} is no source's name; give another"))
    if len(draft.config) > MOST_CONFIG:
        faults.append(Fault("config", "too many settings"))
    folder = draft.folder or None
    pulled = folder is None and known.fetch is not None
    _, wrong = checked(known, draft.config, pulled=pulled)
    faults += [Fault(f"config.{name}" if name else "", message) for name, message in wrong]
    return faults + place_faults(known, folder=folder, every=every), every


def _asked(faults: list[Fault], name: str, read: Callable[[], Any]) -> Any:
    """What `read` gives; where it raises Misconfigured, None and a fault at the field."""
    try:
        return read()
    except Misconfigured as fault:
        faults.extend(Fault(name, each.partition(": ")[2] or each) for each in fault.faults)
        return None


async def edit(runtime: Runtime, name: str, change: Change, by: str) -> bool:
    """Changes settings or schedule; whether anything differs. It runs anew at once, and keeps its place.

    Raises Unfit with every fault at its field, Conflict where somebody else changed it meanwhile, NotFound.
    """
    faults: list[Fault] = []
    every = _asked(faults, "every", lambda: span(change.every or "", "every")) if (change.every or "").strip() else None
    asked = Asked(change.config, every, change.every == "", change.folder, change.pattern)
    async with runtime.engine.begin() as connection:
        row = await sources.get_to_change(connection, name)
        if change.seen and change.seen != fingerprint(row):
            raise Conflict(f"source {row.id} was changed meanwhile; look at its settings again")
        known = connectors().get(row.connector)
        if known is None:
            raise Conflict(f"source {row.id}: its connector {row.connector} is not installed here")
        after, wrong = amended(known, _standing(row), asked)
        if faults or wrong:
            raise Unfit(faults + wrong)
        found = differences(_standing(row), after)
        if found:
            await sources.change(connection, row.id, **after._asdict(), now=runtime.clock.now())
            await _note(runtime, connection, by, "source.edit", row.id, changed=found)
    return bool(found)


def fingerprint(row: SourceRow) -> str:
    """What a source is set up with, as a short digest: two who change it at once are told apart by it."""
    return hashlib.sha256(msgspec.json.encode(_standing(row), order="sorted")).hexdigest()[:16]


def _standing(row: SourceRow) -> Standing:
    return Standing(row.config, row.every, row.folder, row.pattern)


async def pause(runtime: Runtime, name: str, by: str) -> None:
    """Stops further runs; raises NotFound."""
    async with runtime.engine.begin() as connection:
        row = await sources.get(connection, name)
        await sources.pause(connection, row.id)
        await _note(runtime, connection, by, "source.pause", row.id)


async def resume(runtime: Runtime, name: str, by: str) -> None:
    """Reads on from where it stood; raises NotFound."""
    async with runtime.engine.begin() as connection:
        row = await sources.get(connection, name)
        await sources.resume(connection, row.id, runtime.clock.now())
        await _note(runtime, connection, by, "source.resume", row.id)


async def run(runtime: Runtime, name: str, by: str) -> None:
    """Makes it due at once; raises NotFound, Conflict where it is paused or is not read by us."""
    async with runtime.engine.begin() as connection:
        row = await sources.get(connection, name, runtime.clock.now())
        if row.paused:
            raise Conflict(f"source {row.id} is paused; resume it first")
        if row.every is None:
            raise Conflict(f"source {row.id} is pushed to: it runs when its sender sends")
        await sources.run_now(connection, name, runtime.clock.now())
        await _note(runtime, connection, by, "source.run", row.id)


async def backfill(runtime: Runtime, name: str, first: str, last: str, by: str) -> int:
    """Asks for days to be read anew, the last one included; returns their generation.

    Raises Unfit at `first` or `last`, Conflict where the source is not pulled, NotFound.
    """
    faults: list[Fault] = []
    from_at = _asked(faults, "first", lambda: day(first, "first"))
    to_at = _asked(faults, "last", lambda: day(last, "last"))
    if not faults and to_at < from_at:
        faults.append(Fault("last", "the last day is before the first"))
    if not faults and to_at > runtime.clock.now():
        faults.append(Fault("last", "this day has not begun yet"))
    if faults:
        raise Unfit(faults)
    async with runtime.engine.begin() as connection:
        row = await sources.get(connection, name, runtime.clock.now())
        if not can_backfill(row):
            raise Conflict(f"source {row.id} is not pulled: deliver its old files again")
        kept = connectors()[row.connector].max_back
        if kept is not None and from_at < runtime.clock.now() - kept - timedelta(days=1):
            raise Unfit([Fault("first", f"the vendor keeps {kept.days} days; begin later")])
        made = await backfills.request(connection, row.id, from_at, to_at + timedelta(days=1))
        await _note(runtime, connection, by, "source.backfill", row.id, first=first, last=last, generation=made)
    return made


def can_backfill(row: SourceRow) -> bool:
    """Whether it is pulled: only then can days be asked for again."""
    known = connectors().get(row.connector)
    return known is not None and known.fetch is not None and row.folder is None


async def remove(runtime: Runtime, name: str, by: str) -> None:
    """Forgets it; what it saw stays. Raises NotFound."""
    async with runtime.engine.begin() as connection:
        await _note(runtime, connection, by, "source.remove", await sources.remove(connection, name))


async def try_out(runtime: Runtime, name: str, by: str) -> int:
    """Asks ingest to try it and returns the request's number; raises NotFound."""
    async with runtime.engine.begin() as connection:
        row = await sources.get(connection, name)
        return await requests.ask(connection, requests.TEST, row.id, by, runtime.clock.now())


async def _note(
    runtime: Runtime, connection: AsyncConnection, by: str, action: str, name: str, **detail: Any
) -> None:  # fmt: skip
    await audit.record(connection, audit.Act(runtime.clock.now(), by, action, f"source:{name}", detail))
