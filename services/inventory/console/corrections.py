"""The page of corrections: what analysts said of match keys, a form to say more, and taking back."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Path, Request
from pydantic import BaseModel, BeforeValidator, Field
from starlette.responses import RedirectResponse, Response

from schemas.usage import Verdict
from services.inventory.api import corrections as reads
from services.inventory.api.alerts import Text
from services.inventory.api.answers import answer
from services.inventory.api.asked import Cursor, Running
from services.inventory.api.asked_alerts import Plain
from services.inventory.api.corrections import Key, State
from services.inventory.api.estate import Asked, Estate
from services.inventory.console.render import frame, render
from services.inventory.domain.corrections import Correcting
from services.kit.access import Caller, require
from services.kit.errors import Conflict, Misconfigured
from services.kit.runtime import Runtime

router = APIRouter(include_in_schema=False)
Reader = Annotated[Caller, Depends(require("alerts:read"))]
Corrector = Annotated[Caller, Depends(require("labels:correct"))]
ROWS = 100


class Said(BaseModel):
    """The form: `alert` is where it was filled in, to return to."""

    key: Annotated[Plain, Field(min_length=1, max_length=512)]
    verdict: Verdict
    reason: Text
    tool: Annotated[Plain | None, Field(max_length=200), BeforeValidator(lambda text: text or None)] = None
    alert: Annotated[Plain, Field(max_length=200)] = ""


@router.get("/corrections.json")
async def twin(estate: Asked, _: Reader, state: State = "all", cursor: Cursor = None, key: Key = None) -> Response:
    """The same as JSON."""
    return answer(await reads.page(estate, ROWS, cursor, state, key))


@router.get("/corrections")
async def page(
    request: Request, runtime: Running, estate: Asked, caller: Reader, state: State = "all", cursor: Cursor = None,
    key: Key = None,
) -> Response:  # fmt: skip
    """Corrections, newest first, and the form."""
    return await _shown(request, runtime, estate, caller, state, cursor, key)


@router.post("/corrections")
async def correct(
    request: Request, runtime: Running, estate: Asked, caller: Corrector, form: Annotated[Said, Form()]
) -> Response:
    """Takes the form; back to the alert it was filled in at, else to the list."""
    none = form.verdict is Verdict.NONE
    said = Correcting(keys=(form.key,), verdict=form.verdict, tool=None if none else form.tool)
    try:
        await estate.desk.correct(said, caller.name, form.reason)
    except Misconfigured as fault:
        return await _shown(request, runtime, estate, caller, faults=list(fault.faults), status=422, given=form)
    return RedirectResponse(f"/alerts/{quote(form.alert, safe='')}" if form.alert else "/corrections", 303)


@router.post("/corrections/{number}/undo")
async def take_back(
    number: Annotated[int, Path(ge=1, lt=1 << 62)], request: Request, runtime: Running, estate: Asked,
    caller: Corrector,
) -> Response:  # fmt: skip
    """Takes a correction back."""
    try:
        await estate.desk.take_back(number, caller.name)
    except Conflict as conflict:
        return await _shown(request, runtime, estate, caller, faults=[str(conflict)], status=409)
    return RedirectResponse("/corrections", 303)


async def _shown(
    request: Request, runtime: Runtime, estate: Estate, caller: Caller, state: str = "all",
    cursor: str | None = None, key: str | None = None, faults: list[str] | None = None, status: int = 200,
    given: Said | None = None,
) -> Response:  # fmt: skip
    shown = await reads.page(estate, ROWS, cursor, state, key)
    around = frame(runtime, request, caller, "/alerts")
    around = around if faults is None else around.at("/corrections")
    return render(
        "corrections.html", around, shown, status, faults=faults or [], key=key, given=given,
        tools=estate.desk.tools(),
    )  # fmt: skip
