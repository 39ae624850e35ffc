"""The tools page."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from schemas.alert import Standing
from services.inventory.api import tools as reads
from services.inventory.api.answers import answer
from services.inventory.api.asked import Cursor, Running
from services.inventory.api.views import ToolsPage
from services.inventory.console.render import frame, render
from services.inventory.console.words import STANDINGS
from services.kit.access import Caller, require
from services.kit.runtime import Runtime

router = APIRouter(include_in_schema=False)
Reader = Annotated[Caller, Depends(require("tools:read"))]
Chosen = Annotated[Standing | None, Query(description="only tools of this standing")]
ROWS = 200


@router.get("/tools.json")
async def twin(runtime: Running, _: Reader, standing: Chosen = None, cursor: Cursor = None) -> Response:
    """The same as JSON."""
    return answer(await _page(runtime, standing, cursor))


@router.get("/tools")
async def page(
    request: Request, runtime: Running, caller: Reader, standing: Chosen = None, cursor: Cursor = None
) -> Response:
    """Every tool in use, those that need somebody first."""
    shown = await _page(runtime, standing, cursor)
    return render("tools.html", frame(runtime, request, caller, "/tools"), shown, standings=tuple(STANDINGS))


async def _page(runtime: Runtime, standing: Standing | None, cursor: str | None) -> ToolsPage:
    found = await reads.ranked(runtime, ROWS, cursor, standing)
    return ToolsPage(items=found.items, next=found.next, standing=standing)
