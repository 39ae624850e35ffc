"""What stands at a source, read whole every so often: grants, applications, members, flows."""

from collections.abc import AsyncIterator
from datetime import timedelta

from connectors.base import Fetch, Page, Trouble
from connectors.shared.walks.listing import Listing, Window
from connectors.shared.walks.places import Begun, Places
from connectors.shared.walks.resuming import resuming


async def snapshot(ctx: Fetch, stream: str, places: Places, ask: Listing, every: timedelta) -> AsyncIterator[Page]:
    """The pages of a whole listing, where the last whole one is older than `every`. Raises Trouble.

    A listing that was broken off goes on at its token. One that the vendor cut short is handed on, told as Trouble, and
    read again at the next run. A bounded run reads nothing: what stands has no past.
    """
    place, now = places.of(stream), ctx.now()
    if ctx.until is not None or (place.whole_at is not None and now < place.whole_at + every):
        return

    def on(begun: Begun) -> AsyncIterator[Page]:
        return _whole(stream, places, ask, begun)

    async for page in resuming(stream, place, place.begun or Begun(Window(now, now), ""), on):
        yield page
        if ctx.trial:
            return


async def _whole(stream: str, places: Places, ask: Listing, begun: Begun) -> AsyncIterator[Page]:
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
        if listed.following is None:
            break
        token = listed.following
    if cut:
        raise Trouble("failing", f"{stream}: the vendor cut the list short; what is missing is read at the next run")
