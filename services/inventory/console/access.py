"""The access page: what you may do, who is signed in, which group has which role, and the tokens of machines."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from services.inventory.api import access as reads
from services.inventory.api.access import Made
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.console.render import Section, frame, render
from services.kit.access import ROLES, Caller, require

router = APIRouter(include_in_schema=False)
SECTION = Section(90, "Access", "/access", "access:read")
Reader = Annotated[Caller, Depends(require("overview:read"))]
TokenWriter = Annotated[Caller, Depends(require("tokens:write"))]


class TokenForm(BaseModel):
    """The form of a new token; scopes are parted by spaces or commas."""

    name: str = Field(max_length=200)
    scopes: str = Field(max_length=1000)
    days: int = Field(ge=0, le=100_000)


@router.get("/access.json")
async def twin(request: Request, caller: Reader) -> Response:
    """The same as JSON."""
    return answer(await reads.view(reads.access_of(request), caller))


@router.get("/access")
async def page(request: Request, runtime: Running, caller: Reader) -> Response:
    """One's own sessions and permissions; everybody's, the role map and tokens for who may see them."""
    return await _shown(request, runtime, caller)


@router.post("/access/sessions/{session}/end")
async def end(request: Request, session: str, caller: Reader) -> Response:
    """Ends a session."""
    await reads.end(reads.access_of(request), caller, session)
    return RedirectResponse("/access", 303)


@router.post("/access/tokens")
async def make(request: Request, runtime: Running, caller: TokenWriter, form: Annotated[TokenForm, Form()]) -> Response:
    """Makes a token and shows it, this once: hence a page and not a redirect."""
    scopes = tuple(form.scopes.replace(",", " ").split())
    made = await reads.access_of(request).tokens.create(
        form.name, scopes, timedelta(days=form.days), caller.name, caller.permissions
    )  # fmt: skip
    return await _shown(request, runtime, caller, Made(*made))


@router.post("/access/tokens/{token}/revoke")
async def revoke(request: Request, token: str, caller: TokenWriter) -> Response:
    """Ends a token."""
    await reads.access_of(request).tokens.revoke(token, caller.name)
    return RedirectResponse("/access#tokens", 303)


async def _shown(request: Request, runtime: Running, caller: Caller, made: Made | None = None) -> Response:
    shown = await reads.view(reads.access_of(request), caller)
    around = frame(runtime, request, caller, "/access")
    return render("access.html", around, shown, made=made, roles=tuple(ROLES), now=runtime.clock.now())
