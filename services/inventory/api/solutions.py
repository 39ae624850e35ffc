"""`/api/v1/solutions`: what named people built or run with AI."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from schemas.alert import Standing
from services.inventory.api import cursor as cursors
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit
from services.inventory.api.estate import Asked
from services.inventory.api.views import Page
from services.kit.access import Caller, require

router = APIRouter(tags=["solutions"])
Reader = Annotated[Caller, Depends(require("solutions:read"))]
Chosen = Annotated[Standing | None, Query(description="only those of this standing")]


@router.get("/solutions")
async def listed(
    _: Reader, estate: Asked, limit: Limit = USUAL, cursor: Cursor = None, standing: Chosen = None
) -> Response:
    """Solutions by id."""
    found = await estate.solutions(limit + 1, cursors.decode(cursor, str), standing)
    following = cursors.encode(found[limit - 1].solution) if len(found) > limit else None
    return answer(Page(items=tuple(found[:limit]), next=following))


@router.get("/solutions/{solution:path}")
async def one(solution: str, _: Reader, estate: Asked) -> Response:
    """One solution; vendors' ids may hold slashes."""
    return answer(await estate.solution(solution))
