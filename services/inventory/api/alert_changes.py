"""`/api/v1/alerts/changes`: every change of every alert in one order, for a SIEM that polls.

The file's name stands before `alerts`, so that this path is not taken for an alert's id.
"""

from datetime import UTC
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from schemas.alert import Alert
from services.inventory.api import cursor as cursors
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit, Running
from services.inventory.api.views import View
from services.inventory.delivery import changes
from services.inventory.formats import OWN, Event, Format, find, formats
from services.kit.access import Caller, require
from services.kit.errors import Misconfigured

router = APIRouter(tags=["alerts"])
Reader = Annotated[Caller, Depends(require("alerts:read"))]


class ChangeItem(View, frozen=True, kw_only=True):
    """A change: `id` is the same as a webhook's, `alert` as it was after it."""

    id: str
    type: str
    alert: Alert


class Changes(View, frozen=True, kw_only=True):
    """Changes in order. `next` goes on after the last one and is there even when none came: ask again with it.

    `more` says that there are further ones already.
    """

    items: tuple[Any, ...]
    next: str
    more: bool


@router.get("/alerts/changes")
async def listed(
    _: Reader, runtime: Running, limit: Limit = USUAL, cursor: Cursor = None,
    since: Annotated[AwareDatetime | None, Query(description="where to begin, in place of a cursor")] = None,
    format: Annotated[str, Query(max_length=40, description="how each change is said")] = OWN,  # noqa: A002 - the query's name
) -> Response:  # fmt: skip
    """Changes after a cursor, or since a time, or from the beginning; nothing twice, none skipped (410: it is gone)."""
    form = find(format)
    if form is None:
        raise Misconfigured(f"format {format!r}: give one of {', '.join(formats())}")
    after = cursors.decode(cursor, int)
    if after is None:
        after = await changes.before(runtime.engine, since.astimezone(UTC)) if since is not None else 0
    try:
        found = await changes.page(runtime.engine, after, limit + 1)
    except changes.Forgotten as gone:
        raise HTTPException(410, str(gone)) from None
    kept = found[:limit]
    following = cursors.encode(kept[-1].number if kept else after)
    items = tuple(said(each.event, form) for each in kept)
    return answer(Changes(items=items, next=following, more=len(found) > limit))


def said(event: Event, form: Format) -> object:
    """A change in a format: a struct in ours, an object where the format is JSON, else a line of text."""
    if form.name == OWN:
        return ChangeItem(id=event.message, type=event.type, alert=event.alert)
    record = form.render(event)
    return msgspec.Raw(record.encode()) if form.json else record
