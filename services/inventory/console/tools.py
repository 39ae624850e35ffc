"""The tools page."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.inventory.api import tools as reads
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.estate import Asked
from services.inventory.api.overview import ORDER
from services.inventory.api.tools import Chosen
from services.inventory.console.render import Section, frame, render
from services.kit.access import Caller, require

router = APIRouter(include_in_schema=False)
SECTION = Section(2, "Tools", "/tools", "tools:read")
Reader = Annotated[Caller, Depends(require("tools:read"))]


@router.get("/tools.json")
async def twin(estate: Asked, _: Reader, standing: Chosen = None) -> Response:
    """The same as JSON."""
    return answer(await reads.ranked(estate, standing))


@router.get("/tools")
async def page(request: Request, runtime: Running, estate: Asked, caller: Reader, standing: Chosen = None) -> Response:
    """Every tool in use, those that need somebody first."""
    shown = await reads.ranked(estate, standing)
    return render("tools.html", frame(runtime, request, caller, "/tools"), shown, standings=ORDER)
