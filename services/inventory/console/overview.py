"""The overview page."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.inventory.api import overview as reads
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.estate import Asked
from services.inventory.console import charts
from services.inventory.console.render import Section, frame, render
from services.kit.access import Caller, require

router = APIRouter(include_in_schema=False)
SECTION = Section(0, "Overview", "/", "overview:read")
Reader = Annotated[Caller, Depends(require("overview:read"))]


@router.get("/")
async def page(request: Request, runtime: Running, estate: Asked, caller: Reader) -> Response:
    """What is in use, how it stands, and what waits."""
    shown = await reads.overview(runtime, estate, alerts=caller.may("alerts:read"))
    return render(
        "overview.html",
        frame(runtime, request, caller, "/"),
        shown,
        segments=charts.stacked([(row.standing, row.tools) for row in shown.standings]),
        covered=charts.share(shown.coverage.registered, shown.coverage.in_use),
    )


@router.get("/overview.json")
async def twin(runtime: Running, estate: Asked, caller: Reader) -> Response:
    """The same as JSON."""
    return answer(await reads.overview(runtime, estate, alerts=caller.may("alerts:read")))
