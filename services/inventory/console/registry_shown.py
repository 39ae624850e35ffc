"""One registry entry: as it stands, what it covers, its history; its form, and taking it out.

An id may be any text, so these routes stand after all others of the registry: modules are included by name.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.inventory.api import estate as estates
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.registry import record, remove, save
from services.inventory.api.registry_pages import FormPage, entry_page
from services.inventory.console.registry_form import Filled, path_of, shown
from services.inventory.console.render import frame, render
from services.inventory.registry_changes import ChangedMeanwhile
from services.kit.access import Caller, require

router = APIRouter(include_in_schema=False)
Reader = Annotated[Caller, Depends(require("registry:read"))]
Writer = Annotated[Caller, Depends(require("registry:write"))]
Seen = Annotated[int, Form(ge=1, le=2**31 - 1, description="the revision the page showed")]


@router.get("/registry/{entry:path}/edit.json")
async def form_twin(entry: str, runtime: Running, _: Writer) -> Response:
    """What the form holds, as JSON."""
    found = await record(runtime, entry)
    return answer(FormPage(entry=found.entry, revision=found.revision))


@router.get("/registry/{entry:path}/edit")
async def form(
    entry: str, request: Request, runtime: Running, estate: estates.Asked, caller: Writer
) -> Response:  # fmt: skip
    """The form."""
    found = await record(runtime, entry)
    return await shown(request, runtime, estate, caller, FormPage(entry=found.entry, revision=found.revision))


@router.post("/registry/{entry:path}/edit")
async def edit(
    entry: str, request: Request, *, runtime: Running, estate: estates.Asked, caller: Writer,
    form: Annotated[Filled, Form()],
) -> Response:  # fmt: skip
    """Saves the form; 409 with what others did meanwhile, and with the form as it was filled."""
    stands = await record(runtime, entry)
    form = form.model_copy(update={"id": entry})
    new, faults = form.read(stands.entry.extra)
    held = FormPage(entry=form.held(stands.entry.extra), revision=form.revision, faults=faults)
    if new is None:
        return await shown(request, runtime, estate, caller, held, 422)
    try:
        await save(runtime, new, caller, form.revision)
    except ChangedMeanwhile as error:
        now = error.record.revision
        return await shown(request, runtime, estate, caller, form.refused(held, error, now), 409)
    return RedirectResponse(path_of(entry), 303)


@router.post("/registry/{entry:path}/remove")
async def take_out(entry: str, runtime: Running, caller: Writer, revision: Seen) -> Response:
    """Removes the entry; 409 where it has changed since it was shown."""
    await remove(runtime, entry, caller, revision)
    return RedirectResponse(path_of(entry), 303)


@router.get("/registry/{entry:path}.json")
async def twin(entry: str, runtime: Running, estate: estates.Asked, caller: Reader) -> Response:
    """The same as JSON."""
    return answer(await entry_page(runtime, estate, caller, entry))


@router.get("/registry/{entry:path}")
async def page(entry: str, request: Request, runtime: Running, estate: estates.Asked, caller: Reader) -> Response:
    """One entry."""
    found = await entry_page(runtime, estate, caller, entry)
    around = frame(runtime, request, caller, "/registry")
    return render("registry_entry.html", around, found, here=path_of(entry), tools=estate.desk.tools())
