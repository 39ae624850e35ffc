"""`/api/v1/audit`: who did what, newest first, each entry chained to the one before."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.inventory.api import cursor as cursors
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit, Running
from services.inventory.api.views import Page
from services.kit.access import Caller, audit, require

router = APIRouter(tags=["audit"])
Reader = Annotated[Caller, Depends(require("audit:read"))]


@router.get("/audit")
async def listed(_: Reader, runtime: Running, limit: Limit = USUAL, cursor: Cursor = None) -> Response:
    """The audit trail."""
    async with runtime.engine.connect() as connection:
        found = await audit.page(connection, cursors.decode(cursor, int), limit + 1)
    following = cursors.encode(found[limit - 1].number) if len(found) > limit else None
    return answer(Page(items=tuple(found[:limit]), next=following))
