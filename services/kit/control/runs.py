"""Run history: what each run did, and the sums and health it leaves on the instance."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.kit.control.rows import GIVEN_UP, TROUBLES, Counts, RunRow

KEPT = 500
_START = text("""
    insert into control.run (instance, generation, started_at) values (:instance, :generation, :at) returning id""")
_END = text("""
    update control.run set ended_at = :at, outcome = :outcome, pages = :pages, records = :records,
        observed = :observed, ignored = cast(:ignored as jsonb), rejected = :rejected, published = :published,
        message = :message
    where id = :id""")
_NOTE = text("""
    update control.run set pages = :pages, records = :records, observed = :observed,
        ignored = cast(:ignored as jsonb), rejected = :rejected, published = :published
    where id = :id and ended_at is null""")
_LEFT = text("""
    with gone as (
        update control.run set ended_at = :at, outcome = :outcome, message = :message
        where instance = :instance and generation = :generation and ended_at is null
          and (cast(:id as bigint) is null or id = :id)
        returning records, observed, rejected, published,
            (select coalesce(sum(value::bigint), 0) from jsonb_each_text(ignored)) as skipped
    ), sums as (
        select sum(records) as records, sum(observed) as observed, sum(rejected) as rejected,
               sum(published) as published, sum(skipped) as skipped, count(*) as runs from gone
    )
    update control.source_instance s set records = s.records + sums.records, observed = s.observed + sums.observed,
        ignored = s.ignored + sums.skipped, rejected = s.rejected + sums.rejected,
        published = s.published + sums.published
    from sums where s.id = :instance and sums.runs > 0 and :generation = 0""")
_PRUNE = text("""
    delete from control.run where instance = :instance and id <= (
        select id from control.run where instance = :instance order by id desc offset :kept limit 1)""")
_SUM = text("""
    update control.source_instance set
        records = records + :records, observed = observed + :observed, ignored = ignored + :ignored_sum,
        rejected = rejected + :rejected, published = published + :published,
        outcome = :outcome, message = :message,
        failures = case when :failed then failures + 1 else 0 end,
        last_success_at = case when :failed then last_success_at
                          else greatest(last_success_at, cast(:began as timestamptz)) end,
        last_event_at = greatest(last_event_at, cast(:last_event_at as timestamptz)),
        lateness = coalesce(cast(:lateness as double precision[]), lateness),
        next_run_at = coalesce(cast(:next_run_at as timestamptz), next_run_at)
    where id = :instance""")
_LIST = text("""
    select * from control.run where instance = :instance and (cast(:before as bigint) is null or id < :before)
    order by id desc limit :limit""")


async def start(connection: AsyncConnection, instance: str, generation: int, at: datetime) -> int:
    """Opens a run and returns its id."""
    given = {"instance": instance, "generation": generation, "at": at}
    return int((await connection.execute(_START, given)).scalar_one())


async def note(connection: AsyncConnection, run: int, counts: Counts) -> None:
    """Writes down what a run that goes on did so far; one that has ended stays as it is."""
    await connection.execute(_NOTE, {**_given(counts), "id": run})


async def give_up(
    connection: AsyncConnection, instance: str, generation: int, at: datetime, message: str, run: int | None = None
) -> None:
    """Closes a run that broke off, with what was noted of it (None: all that nobody is left to close).

    What it noted was published, so it counts for the instance too; a back-fill's is history only.
    """
    given = {"instance": instance, "generation": generation, "at": at, "id": run}
    await connection.execute(_LEFT, {**given, "outcome": GIVEN_UP, "message": message})


async def end(
    connection: AsyncConnection, run: int, instance: str, *, at: datetime, outcome: str, counts: Counts,
    message: str | None = None, last_event_at: datetime | None = None, lateness: tuple[float, float] | None = None,
    next_run_at: datetime | None = None, began: datetime | None = None,
) -> None:  # fmt: skip
    """Closes a run with its outcome (a state) and adds its counts to the instance; old runs are dropped.

    `began` becomes the time of the last success, from which the next pull looks back: what appeared during the run may
    have been missed by it. Without it (a run that was stopped half-way) the time stays.
    """
    given = {**_given(counts), "id": run, "at": at, "outcome": outcome, "message": message}
    await connection.execute(_END, given)
    await tally(
        connection, instance, outcome=outcome, counts=counts, message=message, last_event_at=last_event_at,
        lateness=lateness, next_run_at=next_run_at, began=began,
    )  # fmt: skip
    await connection.execute(_PRUNE, {"instance": instance, "kept": KEPT})


async def end_backfill(
    connection: AsyncConnection, run: int, *, at: datetime, outcome: str, counts: Counts,
    message: str | None = None,
) -> None:  # fmt: skip
    """Closes the run of a back-fill: it is history, and says nothing of how the source does now."""
    await connection.execute(_END, {**_given(counts), "id": run, "at": at, "outcome": outcome, "message": message})


async def drop(connection: AsyncConnection, run: int) -> None:
    """Forgets a run in which nothing happened."""
    await connection.execute(text("delete from control.run where id = :id"), {"id": run})


async def tally(
    connection: AsyncConnection, instance: str, *, outcome: str, counts: Counts, message: str | None = None,
    last_event_at: datetime | None = None, lateness: tuple[float, float] | None = None,
    next_run_at: datetime | None = None, began: datetime | None = None,
) -> None:  # fmt: skip
    """Adds counts and outcome to the instance without a row of history: what pushes do."""
    given = {
        **_given(counts), "instance": instance, "began": began, "outcome": outcome, "message": message,
        "failed": outcome in TROUBLES, "ignored_sum": sum(counts.ignored.values()), "last_event_at": last_event_at,
        "lateness": list(lateness) if lateness else None, "next_run_at": next_run_at,
    }  # fmt: skip
    await connection.execute(_SUM, given)


async def history(
    connection: AsyncConnection, instance: str, limit: int = 20, before: int | None = None
) -> list[RunRow]:  # fmt: skip
    """The latest runs (of those before run `before`), newest first."""
    rows = (await connection.execute(_LIST, {"instance": instance, "limit": limit, "before": before})).all()
    return [_row(row._mapping) for row in rows]  # noqa: SLF001 - a row as a mapping


def _given(counts: Counts) -> dict[str, Any]:
    return {
        "pages": counts.pages, "records": counts.records, "observed": counts.observed,
        "ignored": msgspec.json.encode(dict(counts.ignored)).decode(), "rejected": counts.rejected,
        "published": counts.published,
    }  # fmt: skip


def _row(fields: Any) -> RunRow:
    counts = {name: fields[name] for name in ("pages", "records", "observed", "rejected", "published")}
    same = {
        name: fields[name] for name in ("id", "instance", "generation", "started_at", "ended_at", "outcome", "message")
    }
    return RunRow(**same, counts=Counts(**counts, ignored=fields["ignored"]))
