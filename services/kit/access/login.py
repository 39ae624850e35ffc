"""The sign-in page, the exchange of a one-time link for a session, and signing out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.kit.access import problems
from services.kit.access.gate import COOKIE, SECURE_COOKIE, Access, require, session_of

HOW = """<p>Penumbra signs you in with a one-time link.</p>
<p>On the machine it runs on, type <code>penumbra login</code> and open the address it prints. A link works once.</p>"""
USED_UP = "<p><strong>That link was used already or is too old.</strong></p>" + HOW
PREFETCHED = "<p>Open the link itself to sign in.</p>"

router = APIRouter(include_in_schema=False)


@router.get("/login")
async def login(request: Request, token: str | None = None) -> Response:
    """Signs in with a link, or says how to get one. A browser that only looks ahead doesn't use the link up."""
    if token is None:
        return problems.page(200, "Sign in", HOW)
    purpose = request.headers.get("sec-purpose", "") + request.headers.get("purpose", "")
    if "prefetch" in purpose:
        return problems.page(503, "Sign in", PREFETCHED)
    return await _exchange(request, token)


@router.post("/login")
async def exchange(request: Request, token: Annotated[str, Form(max_length=200)]) -> Response:
    """Signs in with a link's token sent in a form."""
    return await _exchange(request, token)


@router.post("/logout")
async def logout(request: Request, _: Annotated[object, Depends(require("overview:read"))]) -> Response:
    """Ends the session on the server and in the browser."""
    access: Access = request.app.state.access
    session = session_of(request)
    if session:
        await access.sessions.end(session)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(_cookie(request), secure=request.url.scheme == "https", httponly=True, samesite="lax")
    return response


async def _exchange(request: Request, token: str) -> Response:
    access: Access = request.app.state.access
    session = await access.sessions.start(token)
    if session is None:
        return problems.page(401, "Sign in", USED_UP)
    response = RedirectResponse("/", 303)
    # Lax, not Strict: a link to an alert in a ticket or a mail must open signed in; changes are guarded separately.
    response.set_cookie(
        _cookie(request), session, secure=request.url.scheme == "https", httponly=True, samesite="lax", path="/"
    )
    return response


def _cookie(request: Request) -> str:
    return SECURE_COOKIE if request.url.scheme == "https" else COOKIE
