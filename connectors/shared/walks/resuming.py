"""A walk whose token the vendor took back begins its window again, once."""

from collections.abc import AsyncIterator, Callable

from connectors.base import Page, Trouble
from connectors.shared.walks.listing import Expired
from connectors.shared.walks.places import Begun, Place

Pages = Callable[[Begun], AsyncIterator[Page]]


async def resuming(stream: str, place: Place, begun: Begun, pages: Pages) -> AsyncIterator[Page]:
    """The pages of a walk; raises Trouble where a list asked for anew is taken back again."""
    try:
        async for page in pages(begun):
            yield page
    except Expired:
        reached = place.begun or begun
        try:
            async for page in pages(Begun(reached.window, "", reached.newest)):
                yield page
        except Expired:
            place.begun = None
            raise Trouble("failing", f"{stream}: the list's next page can't be had; it is read again") from None
