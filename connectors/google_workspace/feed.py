"""Pulling activities: application by application, newest first, so that what comes late is found.

The cursor is JSON `{application: {"upto", "swept", "seen", "walk": {"begin", "end", "sweep", "token"}}}`. Pages come
newest first: `upto` moves only when a whole window was read, and a window broken off goes on at its page token.
Activities come late and out of order, some by days (hashicorp-forge/grove issue 17, elastic/beats issue 40949): each
run reads an application's lag again, and once a day the last three days. Lags:
https://support.google.com/a/answer/7061566, where most are minutes; widened after what the two issues measured. Ids
make repeats harmless.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import get_args

import msgspec

from connectors.base import Fetch, Page, Trouble
from connectors.google_workspace.api import Api, Application, Stale
from connectors.shared.walks import gravest

_SLOW = {"token", "login", "saml", "meet"}
LAGS: Mapping[str, timedelta] = {
    name: timedelta(hours=6 if name in _SLOW else 3) for name in get_args(Application)
}  # fmt: skip
LOOKBACK = max(LAGS.values())
MAX_BACK = timedelta(days=180)
SWEEP, SWEEP_EVERY = timedelta(days=3), timedelta(days=1)
_EARLY = timedelta(minutes=1)


class Walk(msgspec.Struct):
    """A window in work, whether it is the day's reading of the last days, and the token of its next page."""

    begin: datetime
    end: datetime
    sweep: bool = False
    token: str | None = None


class Progress(msgspec.Struct, omit_defaults=True):
    """How far one application was read, when its last days were read over again, and a window broken off."""

    upto: datetime | None = None
    swept: datetime | None = None
    seen: bool = False
    walk: Walk | None = None


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages named by application and window. What hinders one application does not hinder the others; troubles are
    raised together at the end. A spent quota ends the run at once: it is the same for all.
    """
    api, state = Api(ctx), _state(ctx.cursor if ctx.until is None else None)
    troubles: list[Trouble] = []
    for application in ctx.config.applications:
        progress = state.setdefault(application, Progress())
        try:
            async for records, name in _read(api, application, progress):
                yield Page(records=records, name=name, cursor=None if ctx.until else _text(state))
        except Trouble as trouble:
            if trouble.retry_after is not None:
                raise
            troubles.append(trouble)
    if ctx.until is None and not troubles and not any(state[name].seen for name in ctx.config.applications):
        troubles.append(Trouble("empty", "no activities yet; some logs take hours, Gemini's need its licence"))
    if found := gravest(troubles):
        raise found


def _state(cursor: str | None) -> dict[str, Progress]:
    return msgspec.json.decode(cursor, type=dict[str, Progress]) if cursor else {}


def _text(state: dict[str, Progress]) -> str:
    return msgspec.json.encode(state).decode()


async def _read(api: Api, application: str, progress: Progress) -> AsyncIterator[tuple[tuple[object, ...], str]]:
    """The pages of the window broken off, then of the window up to now; `progress` stands as it is to be saved."""
    now = api.ctx.now()
    oldest = now - MAX_BACK + _EARLY
    if progress.walk is not None and progress.walk.begin >= oldest:
        async for page in _walked(api, application, progress):
            yield page
    begin, sweep = _begin(api.ctx, application, progress, now)
    progress.walk = Walk(max(begin, oldest), api.ctx.until or now, sweep)
    async for page in _walked(api, application, progress):
        yield page


def _begin(ctx: Fetch, application: str, progress: Progress, now: datetime) -> tuple[datetime, bool]:
    """From when to read, and whether it is the day's reading of the last days."""
    if progress.upto is None:
        return ctx.since, ctx.until is None
    begin = progress.upto - min(LAGS[application], ctx.lookback)
    sweeps = ctx.lookback > timedelta(0) and (progress.swept is None or now - progress.swept >= SWEEP_EVERY)
    return min(begin, now - SWEEP) if sweeps else begin, sweeps


async def _walked(api: Api, application: str, progress: Progress) -> AsyncIterator[tuple[tuple[object, ...], str]]:
    """The window's pages, newest first; at its end `upto` moves, before the last page is handed on."""
    seen: set[str] = set()
    while (walk := progress.walk) is not None:
        token = walk.token
        try:
            records, following = await api.page(application, walk.begin, walk.end, token)
        except Stale:
            walk.token = None  # the window is read again from its newest page
            continue
        except Trouble:
            progress.walk = walk if token else None
            raise
        if following is not None and following in seen:
            progress.walk = None
            raise Trouble("failing", f"{application}: the log repeats a page")
        progress.seen = progress.seen or bool(records)
        name = f"{application}:{walk.begin:%Y-%m-%dT%H:%M:%SZ}/{walk.end:%Y-%m-%dT%H:%M:%SZ}:{token or 'newest'}"
        if following is None:
            _done(progress, walk)
        else:
            seen.add(following)
            walk.token = following
        yield records, name


def _done(progress: Progress, walk: Walk) -> None:
    """The window was read to its end."""
    progress.upto = max(progress.upto, walk.end) if progress.upto else walk.end
    progress.swept = walk.end if walk.sweep else progress.swept
    progress.walk = None
