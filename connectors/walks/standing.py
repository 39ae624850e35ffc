"""What stands at a source, read whole every so often: grants, applications, members, flows."""

from collections.abc import AsyncIterator
from datetime import timedelta

from connectors.base import Fetch, Page, Trouble
from connectors.walks.listing import Expired, Listing, Window
from connectors.walks.places import Begun, Places


async def snapshot(ctx: Fetch, stream: str, places: Places, ask: Listing, every: timedelta) -> AsyncIterator[Page]:
    """The pages of a whole listing, where the last whole one is older than `every`. Raises Trouble.

    A listing that was broken off goes on at its token, or begins again where the vendor took that back. One that the
    vendor cut short is handed on, told as Trouble, and read again at the next run. A bounded run reads nothing: what
    stands has no past.
    """
    place, now = places.of(stream), ctx.now()
    if ctx.until is not None or (place.whole_at is not None and now < place.whole_at + every):
        return
    begun = place.begun or Begun(Window(now, now), "")
    try:
        async for page in _whole(ctx, stream, places, ask, begun):
            yield page
            if ctx.trial:
                return
    except Expired:
        if not begun.token:
            raise Trouble("failing", f"{stream}: the list's next page can't be had; it is read again") from None
        async for page in _whole(ctx, stream, places, ask, Begun(Window(now, now), "")):
            yield page


async def _whole(ctx: Fetch, stream: str, places: Places, ask: Listing, begun: Begun) -> AsyncIterator[Page]:
    place, token, seen, cut = places.of(stream), begun.token or None, set[str](), False
    while True:
        listed = await ask(begun.window, token)
        cut = cut or not listed.whole
        if listed.following in seen:
            raise Trouble("failing", f"{stream}: the list repeats a page")
        place.begun = Begun(begun.window, listed.following) if listed.following else None
        if listed.following is None and not cut:
            place.whole_at = begun.window.end
        seen.add(listed.following or "")
        name = f"{stream} {begun.window.end.isoformat()} {token or ''}".rstrip()[:200]
        yield Page(records=listed.records, name=name, cursor=places.cursor())
        if listed.following is None or ctx.trial:
            break
        token = listed.following
    if cut:
        raise Trouble("failing", f"{stream}: the vendor cut the list short; what is missing is read at the next run")
