"""The forms of a source's page: test, pause, resume, run, back-fill, remove; each goes back to what came of it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from services.inventory import operating
from services.inventory.api.asked import Running
from services.inventory.console.sources import drawn
from services.inventory.console.sources_adding import back, tried
from services.inventory.operating import Unfit
from services.kit.access import Caller, require

router = APIRouter(include_in_schema=False)
Operator = Annotated[Caller, Depends(require("sources:write"))]


class Days(BaseModel):
    """The back-fill form: both days included."""

    first: str = Field(default="", max_length=20)
    last: str = Field(default="", max_length=20)


@router.post("/sources/{name}/test")
async def try_out(name: str, caller: Operator, runtime: Running) -> Response:
    """Has it tried, and shows the answer where it comes soon."""
    await tried(runtime, name, caller.name)
    return back(name, "trial")


@router.post("/sources/{name}/pause")
async def pause(name: str, caller: Operator, runtime: Running) -> Response:
    """Stops further runs."""
    await operating.pause(runtime, name, caller.name)
    return back(name)


@router.post("/sources/{name}/resume")
async def resume(name: str, caller: Operator, runtime: Running) -> Response:
    """Reads on."""
    await operating.resume(runtime, name, caller.name)
    return back(name)


@router.post("/sources/{name}/run")
async def run(name: str, caller: Operator, runtime: Running) -> Response:
    """Makes it due at once."""
    await operating.run(runtime, name, caller.name)
    return back(name, "runs")


@router.post("/sources/{name}/backfill")
async def backfill(
    name: str, request: Request, caller: Operator, runtime: Running, form: Annotated[Days, Form()]
) -> Response:
    """Has days read anew; the page again, with each fault at its field, where they can't be."""
    try:
        await operating.backfill(runtime, name, form.first, form.last, caller.name)
    except Unfit as unfit:
        return await drawn(
            runtime, request, caller, name, 422, faults=dict(unfit.fields), given=form.model_dump()
        )  # fmt: skip
    return back(name, "backfills")


@router.post("/sources/{name}/remove")
async def remove(name: str, caller: Operator, runtime: Running) -> Response:
    """Forgets it."""
    await operating.remove(runtime, name, caller.name)
    return RedirectResponse("/sources", 303)
