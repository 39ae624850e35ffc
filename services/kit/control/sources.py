"""Source instances: add, list, pause, resume, run now, remove."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, TextClause, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.control import truth
from services.kit.control.rows import Counts, RunRow, SourceRow, state
from services.kit.errors import Conflict, Misconfigured, NotFound

LONGEST_ID = 63
_SELECT = """
    select s.*, coalesce(b.generation, 0) as generation, now() as database_now, t.said as truth,
           r.id as run_id, r.generation as run_generation, r.started_at, r.ended_at, r.outcome as run_outcome,
           r.pages as run_pages, r.records as run_records, r.observed as run_observed, r.ignored as run_ignored,
           r.rejected as run_rejected, r.published as run_published, r.message as run_message
    from control.source_instance s
    left join lateral (select max(generation) as generation from control.backfill where instance = s.id) b on true
    left join lateral (select * from control.run where instance = s.id order by id desc limit 1) r on true
    left join control.truth t on t.instance = s.id
"""
_ALL = text(_SELECT + "order by s.id")
_ONE = text(_SELECT + "where s.id = :name or s.name = :name")
_ONE_LOCKED = text(_SELECT + "where s.id = :name or s.name = :name for update of s")
_ADD = text("""
    insert into control.source_instance
        (id, connector, name, config, folder, pattern, every_seconds, silent_seconds, next_run_at, paused)
    values
        (:id, :connector, :name, cast(:config as jsonb), :folder, :pattern, :every, :silent, :next_run_at, :paused)""")


def identifier(name: str) -> str:
    """The id a name gives: lower-case letters, digits, `.`, `_` and `-`; raises Misconfigured where nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9._-]+", "-", plain).strip("._-")[:LONGEST_ID].rstrip("._-")
    if not made:
        raise Misconfigured(f"--name {name!r}: use letters or digits; the source's id is made of them")
    return made


async def add(
    connection: AsyncConnection, *, connector: str, name: str, config: Mapping[str, Any], folder: str | None = None,
    pattern: str = "*", every: timedelta | None = None, silent_after: timedelta | None = None,
    next_run_at: datetime | None = None, paused: bool = False,
) -> str:  # fmt: skip
    """Adds an instance and returns its id; `every` None means it is only pushed to. Raises Conflict on a known name.

    The config must be checked by the caller: the store doesn't know the connectors.
    """
    made = identifier(name)
    given = {
        "id": made, "connector": connector, "name": name, "config": msgspec.json.encode(config).decode(),
        "folder": folder, "pattern": pattern, "every": _seconds(every), "silent": _seconds(silent_after),
        "next_run_at": next_run_at, "paused": paused,
    }  # fmt: skip
    try:
        async with connection.begin_nested():
            await connection.execute(_ADD, given)
            await told_removed(connection, made)  # it is back before others heard that it was gone
    except IntegrityError:
        raise Conflict(f"source {name!r} exists; remove it first, or give another --name") from None
    return made


async def list_all(connection: AsyncConnection, now: datetime | None = None) -> list[SourceRow]:
    """Every instance with its health, by id; `now` (the database's, where not given) decides silence."""
    return [_row(row, now) for row in (await connection.execute(_ALL)).all()]


async def get(connection: AsyncConnection, name: str, now: datetime | None = None) -> SourceRow:
    """One instance by id or name; raises NotFound."""
    row = (await connection.execute(_ONE, {"name": name})).first()
    if row is None:
        raise NotFound(f"there is no source {name!r}; `penumbra source list` names them")
    return _row(row, now)


async def get_to_change(connection: AsyncConnection, name: str) -> SourceRow:
    """The same, and nobody else changes it until the transaction ends."""
    row = (await connection.execute(_ONE_LOCKED, {"name": name})).first()
    if row is None:
        raise NotFound(f"there is no source {name!r}; `penumbra source list` names them")
    return _row(row, None)


async def change(
    connection: AsyncConnection, instance: str, *, config: Mapping[str, Any], folder: str | None, pattern: str,
    every: timedelta | None, now: datetime,
) -> None:  # fmt: skip
    """Sets it up anew and makes it due, as after a pause; its place stays. The config must be checked by the caller."""
    given = {
        "config": msgspec.json.encode(config).decode(), "folder": folder, "pattern": pattern, "every": _seconds(every),
        "now": now,
    }  # fmt: skip
    await _change(connection, instance, _SET_UP, **given)


async def pause(connection: AsyncConnection, name: str) -> None:
    """Stops further runs; a run that goes on ends with its page."""
    await _change(connection, name, "paused = true")


async def resume(connection: AsyncConnection, name: str, now: datetime) -> None:
    """Lets it run again, at once."""
    await _change(connection, name, f"paused = false, failures = 0, {_DUE}", now=now)


async def run_now(connection: AsyncConnection, name: str, now: datetime) -> None:
    """Makes it due; a paused one stays paused."""
    await _change(connection, name, _DUE, now=now)


async def remove(connection: AsyncConnection, name: str) -> str:
    """Forgets the instance, its cursor and its history, and returns its id; what it published stays.

    That it is gone is left for ingest to tell (`removed`), so that nobody goes on waiting for it.
    """
    gone = text("""
        with gone as (delete from control.source_instance where id = :name or name = :name returning id)
        insert into control.removed_source (instance) select id from gone
        on conflict (instance) do update set removed_at = now() returning instance""")
    row = (await connection.execute(gone, {"name": name})).first()
    if row is None:
        raise NotFound(f"there is no source {name!r}; `penumbra source list` names them")
    return str(row.instance)


async def removed(connection: AsyncConnection) -> list[str]:
    """Instances that are gone and of which nobody was told yet."""
    query = text("select instance from control.removed_source order by instance")
    return [str(name) for name in (await connection.execute(query)).scalars()]


async def told_removed(connection: AsyncConnection, instance: str) -> None:
    """Remembers that others were told."""
    await connection.execute(text("delete from control.removed_source where instance = :id"), {"id": instance})


_SET_UP = """config = cast(:config as jsonb), folder = :folder, pattern = :pattern, failures = 0,
    every_seconds = cast(:every as double precision),
    next_run_at = case when cast(:every as double precision) is null then null else cast(:now as timestamptz) end"""
_DUE = "next_run_at = case when every_seconds is null then null else cast(:now as timestamptz) end"


async def _change(connection: AsyncConnection, name: str, assignments: str, **given: Any) -> None:
    statement = f"update control.source_instance set {assignments} where id = :name or name = :name"
    await _one(connection, text(statement), name=name, **given)


async def _one(connection: AsyncConnection, statement: TextClause, *, name: str, **given: Any) -> None:
    if (await connection.execute(statement, {"name": name, **given})).rowcount == 0:
        raise NotFound(f"there is no source {name!r}; `penumbra source list` names them")


async def take_told_state(connection: AsyncConnection, instance: str, before: str | None, after: str) -> bool:
    """Whether this caller is the one to tell others that the state changed: a compare-and-set."""
    statement = text("""update control.source_instance set told_state = :after
                        where id = :id and told_state is not distinct from :before""")
    given = {"id": instance, "before": before, "after": after}
    return (await connection.execute(statement, given)).rowcount == 1


def _seconds(span: timedelta | None) -> float | None:
    return span.total_seconds() if span is not None else None


def _span(seconds: float | None) -> timedelta | None:
    return timedelta(seconds=seconds) if seconds is not None else None


def _row(row: Row[Any], now: datetime | None) -> SourceRow:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    moment = now or fields["database_now"].astimezone(UTC)
    lateness = fields["lateness"]
    same = {name: fields[name] for name in _SAME}
    same |= {name: fields[name] + more for name, more in _under_way(fields).items()}
    return SourceRow(
        **same, config=fields["config"], every=_span(fields["every_seconds"]),
        silent_after=_span(fields["silent_seconds"]), state=state(fields, moment),
        lateness=(lateness[0], lateness[1]) if lateness else None, last_run=_last_run(fields),
        truth=truth.told(fields["truth"]),
    )  # fmt: skip


_SAME = (
    "id", "connector", "name", "folder", "pattern", "paused", "message", "failures", "next_run_at",
    "last_event_at", "last_success_at", "records", "observed", "ignored", "rejected", "published", "generation",
    "told_state", "created_at",
)  # fmt: skip


def _under_way(fields: Mapping[str, Any]) -> dict[str, int]:
    """What the run that goes on did so far: its sums come to the instance only when it ends."""
    if fields["run_id"] is None or fields["ended_at"] is not None or fields["run_generation"]:
        return {}
    counts = {name: int(fields[f"run_{name}"]) for name in ("records", "observed", "rejected", "published")}
    return {**counts, "ignored": sum(fields["run_ignored"].values())}


def _last_run(fields: Mapping[str, Any]) -> RunRow | None:
    if fields["run_id"] is None:
        return None
    counts = Counts(
        pages=fields["run_pages"], records=fields["run_records"], observed=fields["run_observed"],
        ignored=fields["run_ignored"], rejected=fields["run_rejected"],
        published=fields["run_published"],
    )  # fmt: skip
    return RunRow(
        id=fields["run_id"], instance=fields["id"], generation=fields["run_generation"],
        started_at=fields["started_at"], ended_at=fields["ended_at"], outcome=fields["run_outcome"], counts=counts,
        message=fields["run_message"],
    )  # fmt: skip
