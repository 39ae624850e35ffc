"""The page of the models: how often labels are wrong, as the last evaluation measured it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.console.charts import dots
from services.inventory.console.render import frame, render
from services.kit.access import Caller, require
from services.labelling import published

router = APIRouter(include_in_schema=False)
Reader = Annotated[Caller, Depends(require("tools:read"))]


@router.get("/model.json")
async def twin(_: Reader) -> Response:
    """The same as JSON."""
    return answer(published.card())


@router.get("/model")
async def page(request: Request, runtime: Running, caller: Reader) -> Response:
    """Every figure with its interval and target, the curves, and what they cannot tell."""
    return render("model.html", frame(runtime, request, caller, "/model"), published.card(), dots=dots)
