"""Lists in order of a clock: from the newest record down to what is known, or from there on to the newest.

A walk from the top that is killed after its second page of five knows where it stood, how far down it must go, and the
newest record it began with. The next run first finishes it, then walks from the new top down to there. Were only "the
newest seen" saved, the middle would be lost.
"""

from collections.abc import AsyncIterator

from connectors.base import Fetch, Page, Trouble
from connectors.shared.walks.listing import At, Listing
from connectors.shared.walks.places import Begun, Places
from connectors.shared.walks.resuming import resuming


async def newest_first(ctx: Fetch, stream: str, places: Places, ask: Listing, at: At) -> AsyncIterator[Page]:
    """Pages of a list from its top down to what is known already, less the look-back. Raises Trouble."""
    place = places.of(stream)

    def down(begun: Begun) -> AsyncIterator[Page]:
        return _pages(stream, places, ask, at, begun, down=True)

    if place.begun is not None:
        async for page in resuming(stream, place, place.begun, down):
            yield page
            if ctx.trial:
                return
    async for page in resuming(stream, place, Begun(places.wanted(place), ""), down):
        yield page
        if ctx.trial:
            return


async def forward(ctx: Fetch, stream: str, places: Places, ask: Listing, at: At) -> AsyncIterator[Page]:
    """Pages from what is known, less the look-back, to the end of the list. Raises Trouble."""
    place = places.of(stream)

    def on(begun: Begun) -> AsyncIterator[Page]:
        return _pages(stream, places, ask, at, begun, down=False)

    async for page in resuming(stream, place, place.begun or Begun(places.wanted(place), ""), on):
        yield page
        if ctx.trial:
            return


async def _pages(stream: str, places: Places, ask: Listing, at: At, begun: Begun, *, down: bool) -> AsyncIterator[Page]:
    """Pages until none follows, or, going down, until one is older than the window; then what was met is known."""
    place, newest, token, seen = places.of(stream), begun.newest, begun.token or None, set[str]()
    while True:
        listed = await ask(begun.window, token)
        times = [moment for moment in map(at, listed.records) if moment is not None]
        newest = max([*times, *([newest] if newest else [])], default=None)
        past = down and bool(times) and max(times) < begun.window.begin
        following = None if past else listed.following
        if following in seen:
            raise Trouble("failing", f"{stream}: the list repeats a page")
        if following is None:
            places.known(place, begun.window, newest)
        else:
            seen.add(following)
            place.begun = Begun(begun.window, following, newest)
        yield places.page(stream, listed, begun.window, token, at)
        if following is None:
            return
        token = following
