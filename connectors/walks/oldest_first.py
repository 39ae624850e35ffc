"""Lists in the order they were written, oldest first: walked on from a token, or from where all is known."""

from collections.abc import AsyncIterator

from connectors.base import Fetch, Page, Trouble
from connectors.walks.listing import At, Expired, Listing
from connectors.walks.places import Begun, Place, Places


async def forward(ctx: Fetch, stream: str, places: Places, ask: Listing, at: At) -> AsyncIterator[Page]:
    """Pages from what is known, less the look-back, to the end of the list. Raises Trouble.

    A walk that was broken off goes on at its token; where the vendor took that back, from the time it had reached.
    """
    place = places.of(stream)
    begun = place.begun or Begun(places.wanted(place), "")
    try:
        async for page in _on(stream, places, ask, at, begun):
            yield page
            if ctx.trial:
                return
    except Expired:
        if not begun.token:
            raise Trouble("failing", f"{stream}: the list's next page can't be had; it is read again") from None
        place.begun = None
        async for page in _on(stream, places, ask, at, Begun(places.wanted(place), "")):
            yield page


async def _on(stream: str, places: Places, ask: Listing, at: At, begun: Begun) -> AsyncIterator[Page]:
    place: Place = places.of(stream)
    newest, token, seen = begun.newest, begun.token or None, set[str]()
    while True:
        listed = await ask(begun.window, token)
        times = [moment for moment in map(at, listed.records) if moment is not None]
        newest = max([*times, *([newest] if newest else [])], default=None)
        if listed.following in seen:
            raise Trouble("failing", f"{stream}: the list repeats a page")
        if listed.following is None:
            places.known(place, begun.window, newest)
        else:
            seen.add(listed.following)
            place.begun = Begun(begun.window, listed.following, newest)
        yield places.page(stream, listed, begun.window, token, at)
        if listed.following is None:
            return
        token = listed.following
