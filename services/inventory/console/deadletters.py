"""The dead letters page: what could not be read, by cause, and one letter; both replay and drop."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.inventory import letters
from services.inventory.api import deadletters as reads
from services.inventory.api.answers import answer
from services.inventory.api.asked import Cursor, Running
from services.inventory.api.deadletters import Chosen, Origin, State
from services.inventory.console.render import frame, render
from services.kit.access import Caller, require

router = APIRouter(include_in_schema=False)
Reader = Annotated[Caller, Depends(require("deadletters:read"))]
Operator = Annotated[Caller, Depends(require("deadletters:write"))]
ROWS = 100


@router.get("/deadletters.json")
async def twin(
    runtime: Running, _: Reader, state: State = "waiting", origin: Origin = None, cursor: Cursor = None
) -> Response:
    """The same as JSON."""
    return answer(await reads.page(runtime, state, origin, ROWS, cursor))


@router.get("/deadletters")
async def page(
    request: Request, runtime: Running, caller: Reader, *, state: State = "waiting", origin: Origin = None,
    cursor: Cursor = None,
) -> Response:  # fmt: skip
    """Letters of a state and an origin, oldest first, after those that wait by cause."""
    shown = await reads.page(runtime, state, origin, ROWS, cursor)
    query = f"/deadletters?state={state}&" + (f"origin={quote(origin, safe='')}&" if origin else "")
    return render("deadletters.html", frame(runtime, request, caller, "/sources"), shown, query=query)


@router.get("/deadletters/{letter}.json")
async def one_twin(letter: str, runtime: Running, _: Reader) -> Response:
    """The same as JSON."""
    return answer(await reads.detail(runtime, letter))


@router.get("/deadletters/{letter}")
async def one(letter: str, request: Request, runtime: Running, caller: Reader) -> Response:
    """One letter."""
    shown = await reads.detail(runtime, letter)
    return render("deadletter.html", frame(runtime, request, caller, "/sources"), shown)


@router.post("/deadletters/replay")
async def replay(caller: Operator, runtime: Running, form: Annotated[Chosen, Form()]) -> Response:
    """Has them read again."""
    names = await reads.chosen(runtime, form)
    await letters.replay(runtime, names, caller.name)
    return _back(names)


@router.post("/deadletters/drop")
async def drop(caller: Operator, runtime: Running, form: Annotated[Chosen, Form()]) -> Response:
    """Gives them up."""
    names = await reads.chosen(runtime, form)
    await letters.drop(runtime, names, caller.name)
    return _back(names)


def _back(names: list[str]) -> Response:
    path = f"/deadletters/{quote(names[0], safe='')}" if len(names) == 1 else "/deadletters"
    return RedirectResponse(path, 303)
