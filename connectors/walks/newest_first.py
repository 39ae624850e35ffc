"""Lists that begin with the newest record: walked down to what is known, and resumed in the middle.

A walk that is killed after its second page of five knows where it stood, how far down it must go, and the newest record
it began with. The next run first finishes it, then walks from the new top down to there. Were only "the newest seen"
saved, the middle would be lost (reference: Grove's reverse window, and the bugs that came of doing without).
"""

from collections.abc import AsyncIterator

from connectors.base import Fetch, Page, Trouble
from connectors.walks.listing import At, Expired, Listing
from connectors.walks.places import Begun, Place, Places


async def newest_first(ctx: Fetch, stream: str, places: Places, ask: Listing, at: At) -> AsyncIterator[Page]:
    """Pages of a list from its top down to what is known already, less the look-back. Raises Trouble."""
    walk = _Walk(stream, places, ask, at)
    if walk.place.begun is not None:
        async for page in walk.go_on(walk.place.begun):
            yield page
            if ctx.trial:
                return
    async for page in walk.down(Begun(places.wanted(walk.place), "")):
        yield page
        if ctx.trial:
            return


class _Walk:
    def __init__(self, stream: str, places: Places, ask: Listing, at: At) -> None:
        self.place: Place = places.of(stream)
        self._stream, self._places, self._ask, self._at = stream, places, ask, at

    async def go_on(self, begun: Begun) -> AsyncIterator[Page]:
        """The rest of a walk that was broken off; from its top again where the vendor forgot its token."""
        try:
            async for page in self.down(begun):
                yield page
        except Expired:
            async for page in self.down(Begun(begun.window, "", begun.newest)):
                yield page

    async def down(self, begun: Begun) -> AsyncIterator[Page]:
        """Pages until one is older than the window or none follows; then all up to the newest met is known."""
        newest, token, seen = begun.newest, begun.token or None, set[str]()
        while True:
            listed = await self._ask(begun.window, token)
            times = [moment for moment in map(self._at, listed.records) if moment is not None]
            newest = max([*times, *([newest] if newest else [])], default=None)
            following = None if times and max(times) < begun.window.begin else listed.following
            if following in seen:
                raise Trouble("failing", f"{self._stream}: the list repeats a page")
            if following is None:
                self._places.known(self.place, begun.window, newest)
            else:
                seen.add(following)
                self.place.begun = Begun(begun.window, following, newest)
            yield self._places.page(self._stream, listed, begun.window, token, self._at)
            if following is None:
                return
            token = following
