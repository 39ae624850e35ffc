"""Logs that are listed newest first: read by windows of time, each resumable in the middle.

A window is done when its last page is on the log; only then `upto` moves to its end. The next link of the page that
was handed on last stands in the Progress, so that a run which is killed goes on there; a link that has gone starts its
window again. Every run reads the look-back again, because records appear late.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from connectors.base import Page, Trouble
from connectors.shared.graph.client import Expired, Graph, Needs
from connectors.shared.walks import rfc3339

SLICE = timedelta(hours=24)


class Window(msgspec.Struct, frozen=True):
    """A window that was begun: its bounds, and the link to go on from."""

    begin: datetime
    end: datetime
    link: str


class Progress(msgspec.Struct, omit_defaults=True):
    """How far one stream was read. `seen`: whether it ever had a record; `done_at`: when a snapshot was whole."""

    upto: datetime | None = None
    seen: bool = False
    open: Window | None = None
    done_at: datetime | None = None


class Log(NamedTuple):
    """A log to read: its path, the field its clock is in, a further filter, and what it takes."""

    name: str
    path: str
    clock: str
    needs: Needs
    filter: str = ""
    top: int | None = None


class Stale(NamedTuple):
    """How far back can be read, and how much of it was missed."""

    oldest: datetime
    missed: str | None


async def windows(
    graph: Graph, log: Log, progress: Progress, max_back: timedelta, save: Callable[[], str], troubles: list[Trouble]
) -> AsyncIterator[Page]:
    """The pages of a log, window after window; `save` gives the cursor's text. Raises Trouble.

    `troubles` takes what the operator must know and hinders nothing.
    """
    end = graph.ctx.until or graph.ctx.now()
    if progress.open is not None:
        async for page in _window(graph, log, progress, progress.open, save):
            yield page
    stale = _stale(log.name, progress, graph.ctx.now() - max_back)
    if stale.missed:
        troubles.append(Trouble("failing", stale.missed))
    wanted = progress.upto - graph.ctx.lookback if progress.upto else graph.ctx.since
    begin = max(wanted, stale.oldest).replace(microsecond=0)
    while begin < end:
        window = Window(begin, min(begin + SLICE, end), "")
        async for page in _window(graph, log, progress, window, save):
            yield page
        begin = window.end


async def _window(
    graph: Graph, log: Log, progress: Progress, window: Window, save: Callable[[], str]
) -> AsyncIterator[Page]:
    try:
        async for page in _pages(graph, log, progress, window, save):
            yield page
    except Expired:
        fresh = Window(window.begin, window.end, "")
        try:
            async for page in _pages(graph, log, progress, fresh, save):
                yield page
        except Expired:
            progress.open = None
            raise Trouble("failing", f"{log.name}: the list's next page can't be had; it is read again") from None


async def _pages(
    graph: Graph, log: Log, progress: Progress, window: Window, save: Callable[[], str]
) -> AsyncIterator[Page]:
    number = 0
    async for listed in graph.pages(log.path, _params(log, window), log.needs, link=window.link or None):
        number += 1
        progress.seen = progress.seen or bool(listed.records)
        if listed.following is None:
            progress.open = None
            progress.upto = max(progress.upto, window.end) if progress.upto else window.end
        else:
            progress.open = Window(window.begin, window.end, listed.following)
        name = f"{log.name} {rfc3339(window.begin)} {_first(listed.records) or number}"
        yield Page(records=listed.records, name=name, cursor=save())


def _params(log: Log, window: Window) -> dict[str, str]:
    """Both bounds are included: the logs' clocks take `ge` and `le` only; what is met twice has one id."""
    bounds = f"{log.clock} ge {rfc3339(window.begin)} and {log.clock} le {rfc3339(window.end)}"
    params = {"$filter": f"{bounds} and {log.filter}" if log.filter else bounds}
    return params if log.top is None else {**params, "$top": str(log.top)}


def _first(records: tuple[object, ...]) -> str:
    first = records[0] if records else None
    return str(first.get("id", ""))[:80] if isinstance(first, dict) else ""


def _stale(name: str, progress: Progress, oldest: datetime) -> Stale:
    upto = progress.upto
    if upto is None or upto >= oldest:
        return Stale(oldest, None)
    lost = f"{name}: nothing could be read from {rfc3339(upto)} to {rfc3339(oldest)}"
    return Stale(oldest, f"{lost}; the vendor keeps no more")
