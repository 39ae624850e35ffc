"""The form of a new registry entry; an alert, a tool or a solution fills one in (`/registry/new?alert=…`)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from services.inventory.api import estate as estates
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.registry import save
from services.inventory.api.registry_pages import FormPage
from services.inventory.console.registry_form import About, Filled, path_of, prefilled, shown
from services.inventory.registry_changes import ChangedMeanwhile
from services.kit.access import Caller, require

router = APIRouter(include_in_schema=False)
Writer = Annotated[Caller, Depends(require("registry:write"))]
Name = Annotated[str | None, Query(max_length=400)]


async def _about(alert: Name = None, tool: Name = None, solution: Name = None) -> About:
    return About(alert, tool, solution)


Filling = Annotated[About, Depends(_about)]


@router.get("/registry/new.json")
async def twin(runtime: Running, estate: estates.Asked, caller: Writer, about: Filling) -> Response:
    """What the form holds, as JSON."""
    return answer(await prefilled(runtime, estate, caller, about))


@router.get("/registry/new")
async def form(
    request: Request, runtime: Running, estate: estates.Asked, caller: Writer, about: Filling
) -> Response:  # fmt: skip
    """The form."""
    page = await prefilled(runtime, estate, caller, about)
    return await shown(request, runtime, estate, caller, page)


@router.post("/registry/new")
async def make(
    request: Request, runtime: Running, estate: estates.Asked, caller: Writer, form: Annotated[Filled, Form()]
) -> Response:
    """Makes the entry; 422 with the faults, 409 where there is one of that id, each with the form as it was filled."""
    new, faults = form.read()
    held = FormPage(entry=form.held(), revision=0, alert=form.alert or None, faults=faults)
    if new is None:
        return await shown(request, runtime, estate, caller, held, 422)
    try:
        await save(runtime, new, caller, 0)
    except ChangedMeanwhile as error:
        return await shown(request, runtime, estate, caller, form.refused(held, error, 0), 409)
    return RedirectResponse(path_of(new.id), 303)
