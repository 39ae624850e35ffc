"""`/api/v1/sources`: source instances with their health, one with its runs, and what is asked of it."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from connectors.next_step import next_step
from services.inventory import operating
from services.inventory.api import cursor as cursors
from services.inventory.api import weakening
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit, Running
from services.inventory.api.connectors import described
from services.inventory.api.source_views import BackfillItem, NewWord, RunItem, SourceDetail, Trial
from services.inventory.api.views import Page, SourceItem
from services.kit import deadletters
from services.kit.access import Caller, require
from services.kit.control import backfills, completeness, requests, runs, sources, words
from services.kit.control.requests import Request
from services.kit.control.rows import LONGEST_RUN, NO_PERMISSION, RunRow, SourceRow
from services.kit.runtime import Runtime

router = APIRouter(tags=["sources"])
Reader = Annotated[Caller, Depends(require("sources:read"))]
SHOWN_RUNS = 25
SHOWN_REASONS = 12
NEWS = timedelta(days=30)
"""How long a word counts as new on a source's line."""


@router.get("/sources")
async def listed(_: Reader, runtime: Running, limit: Limit = USUAL, cursor: Cursor = None) -> Response:
    """Source instances by name."""
    after = cursors.decode(cursor, str) or ""
    found = [source for source in await items(runtime) if source.instance > after]
    following = cursors.encode(found[limit - 1].instance) if len(found) > limit else None
    return answer(Page(items=tuple(found[:limit]), next=following))


@router.get("/sources/{name}")
async def one(name: str, _: Reader, runtime: Running) -> Response:
    """One source with its settings, what to do next, its last runs and back-fills."""
    return answer(await detail(runtime, name))


@router.get("/sources/{name}/runs")
async def history(name: str, _: Reader, runtime: Running, limit: Limit = USUAL, cursor: Cursor = None) -> Response:
    """Its runs, newest first."""
    async with runtime.engine.connect() as connection:
        row = await sources.get(connection, name, runtime.clock.now())
        found = await runs.history(connection, row.id, limit + 1, cursors.decode(cursor, int))
    following = cursors.encode(found[limit - 1].id) if len(found) > limit else None
    return answer(Page(items=tuple(map(_run, found[:limit])), next=following))


@router.get("/sources/{name}/tests/{number}")
async def tried(name: str, number: int, _: Reader, runtime: Running) -> Response:
    """What came of a trial, or that it still waits."""
    async with runtime.engine.connect() as connection:
        row = await sources.get(connection, name, runtime.clock.now())
        return answer(trial(await requests.get(connection, number, requests.TEST, row.id), row))


async def items(runtime: Runtime) -> list[SourceItem]:
    """Every source instance, by name."""
    now = runtime.clock.now()
    async with runtime.engine.connect() as connection:
        rows = await sources.list_all(connection, now)
        numbers = await words.numbers(connection, now - NEWS)
    found = (_item(row, now, numbers.get(row.id, (0, 0))[1]) for row in rows)
    return sorted(found, key=lambda source: source.instance)


async def detail(runtime: Runtime, name: str) -> SourceDetail:
    """One source; raises NotFound."""
    now = runtime.clock.now()
    async with runtime.engine.connect() as connection:
        row = await sources.get(connection, name, now)
        history_, asked, last = await _told(connection, row.id)
        said = await words.fresh(connection, row.id)
    known = operating.connectors().get(row.connector)
    weak = completeness.weaknesses(row, now)
    step = weakening.step(next_step(row.state, known, instance=row.id, watched=row.folder), weak)
    reasons: Counter[str] = Counter()
    for run in history_:
        reasons.update(run.counts.ignored)
    return SourceDetail(
        source=_item(row, now, sum(each.first_seen_at > now - NEWS for each in said)),
        connector=described(known) if known else None, meaning=step.meaning, steps=step.steps,
        config=dict(row.config), folder=row.folder, pattern=row.pattern if row.folder else None,
        push_to=f"/v1/push/{row.id}" if known is not None and "push" in known.how and row.every is None else None,
        silent_after_seconds=row.silent_after.total_seconds() if row.silent_after else None,
        created_at=row.created_at, reasons=dict(reasons.most_common(SHOWN_REASONS)),
        dead_letters=(await deadletters.waiting(runtime.engine)).get(row.id, 0), runs=tuple(map(_run, history_)),
        backfills=tuple(_backfill(each) for each in reversed(asked)),
        trial=trial(last, row) if last is not None else None, acts=_acts(row), vocabulary=tuple(map(_word, said)),
    )  # fmt: skip


async def _told(
    connection: AsyncConnection, instance: str
) -> tuple[list[RunRow], list[backfills.Backfill], Request | None]:
    return (
        await runs.history(connection, instance, SHOWN_RUNS),
        await backfills.of(connection, instance),
        await requests.latest(connection, requests.TEST, instance),
    )


def trial(request: Request, row: SourceRow) -> Trial:
    """A trial as it is answered."""
    known = operating.connectors().get(row.connector)
    step = next_step(request.outcome or "", known, instance=row.id, watched=row.folder)
    return Trial(
        id=request.id, state=request.state, asked_by=request.asked_by, asked_at=request.asked_at,
        done_at=request.done_at, outcome=request.outcome, message=request.message, meaning=step.meaning,
        steps=step.steps, counts=dict(request.result),
    )  # fmt: skip


def _acts(row: SourceRow) -> tuple[str, ...]:
    running = ("resume",) if row.paused else ("pause", *(["run"] if row.every is not None else []))
    return ("test", *running, *(["backfill"] if operating.can_backfill(row) else []), "remove")


def _item(row: SourceRow, now: datetime, new_words: int) -> SourceItem:
    known = operating.connectors().get(row.connector)
    lag = completeness.lag(row, now)
    return SourceItem(
        instance=row.name, connector=row.connector, state=row.state, last_event_at=row.last_event_at,
        last_success_at=row.last_success_at, records=row.records, observed=row.observed, ignored=row.ignored,
        rejected=row.rejected, message=row.message, id=row.id, title=known.title if known else row.connector,
        next_run_at=None if row.paused else row.next_run_at,
        last_run_at=row.last_run.started_at if row.last_run else None,
        every_seconds=row.every.total_seconds() if row.every else None,
        lag_seconds=lag.total_seconds() if lag is not None else None,
        completeness=completeness.completeness(row, now),
        running_since=row.last_run.started_at if row.last_run and _goes_on(row.last_run, now) else None,
        failures=row.failures, permission=_permission(row), weaknesses=completeness.weaknesses(row, now),
        new_words=new_words, kinds=tuple(kind.value for kind in known.kinds) if known else (),
    )  # fmt: skip


def _permission(row: SourceRow) -> str:
    """Whether what it needs is granted, as far as its last reading told."""
    if row.state == NO_PERMISSION:
        return "missing"
    return "granted" if row.last_success_at is not None else "unknown"


def _word(row: words.WordRow) -> NewWord:
    return NewWord(
        word=row.word, first_seen_at=row.first_seen_at, last_seen_at=row.last_seen_at, observed=row.observed,
        ignored=row.ignored, rejected=row.rejected,
    )  # fmt: skip


def _goes_on(run: RunRow, now: datetime) -> bool:
    """A run that began longer ago than any takes has died, though nobody closed it yet."""
    return run.ended_at is None and now - run.started_at < LONGEST_RUN


def _run(run: RunRow) -> RunItem:
    counts = run.counts
    return RunItem(
        id=run.id, started_at=run.started_at, ended_at=run.ended_at, outcome=run.outcome, generation=run.generation,
        pages=counts.pages, records=counts.records, observed=counts.observed, ignored=dict(counts.ignored),
        rejected=counts.rejected, published=counts.published, message=run.message,
    )  # fmt: skip


def _backfill(asked: backfills.Backfill) -> BackfillItem:
    return BackfillItem(
        generation=asked.generation, from_at=asked.from_at, to_at=asked.to_at, state=asked.state
    )  # fmt: skip
