"""Lists in no order, or sums by bucket: read by windows of time, the look-back's again at every run."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Fetch, Page, Trouble
from connectors.shared.walks.listing import Listing, Window
from connectors.shared.walks.places import Begun, Places
from connectors.shared.walks.resuming import resuming


async def windows(
    ctx: Fetch, stream: str, places: Places, ask: Listing, span: timedelta, *, whole_days: bool = False
) -> AsyncIterator[Page]:
    """Pages of window after window, each no longer than `span`; `whole_days` begins them at midnight UTC.

    A window is done when its last page is on the log; one that was broken off goes on at its token. Raises Trouble.
    """
    place = places.of(stream)

    def through(begun: Begun) -> AsyncIterator[Page]:
        return _pages(stream, places, ask, begun)

    if place.begun is not None:
        async for page in resuming(stream, place, place.begun, through):
            yield page
            if ctx.trial:
                return
    wanted = places.wanted(place)
    begin = _midnight(wanted.begin) if whole_days else wanted.begin.replace(microsecond=0)
    while begin < wanted.end:
        window = Window(begin, min(begin + span, wanted.end))
        async for page in resuming(stream, place, Begun(window, ""), through):
            yield page
            if ctx.trial:
                return
        begin = window.end


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


async def _pages(stream: str, places: Places, ask: Listing, begun: Begun) -> AsyncIterator[Page]:
    place, token, seen = places.of(stream), begun.token or None, set[str]()
    while True:
        listed = await ask(begun.window, token)
        if listed.following in seen:
            raise Trouble("failing", f"{stream}: the list repeats a page")
        if listed.following is None:
            places.known(place, begun.window, begun.window.end)
        else:
            seen.add(listed.following)
            place.begun = Begun(begun.window, listed.following)
        yield places.page(stream, listed, begun.window, token, _anytime)
        if listed.following is None:
            return
        token = listed.following


def _anytime(_record: Any) -> None:
    """The window bounds a list, not the records' clock."""
