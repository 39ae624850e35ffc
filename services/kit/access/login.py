"""The sign-in page, the exchange of a one-time link for a session, and signing out."""

from html import escape
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from services.kit.access import attempt, problems
from services.kit.access.gate import Access, cookie_name, is_secure, require, session_of

HOW = """<p>Penumbra signs you in with a one-time link.</p>
<p>On the machine it runs on, type <code>penumbra login</code> and open the address it prints. A link works once.
It needs the same settings, <code>PENUMBRA_DATA</code> above all.</p>"""
USED_UP = "<p><strong>That link was used already or is too old.</strong></p>"
PREFETCHED = "<p>Open the link itself to sign in.</p>"
WITH = '<p><a class="button" href="/login/start?{query}">Sign in with {name}</a></p>'
LEAVING = """<p>You are signed out of Penumbra.</p>
<p><a href="{address}">Sign out of {name} too</a></p>"""
SIGNED_OUT = '<p>You are signed out.</p><p><a href="/login">Sign in again</a></p>'

router = APIRouter(include_in_schema=False)


@router.get("/login")
async def login(request: Request, token: str | None = None) -> Response:
    """Signs in with a link, or says how to. A browser that only looks ahead doesn't use the link up."""
    if token is None:
        return problems.page(200, "Sign in", how(request))
    purpose = request.headers.get("sec-purpose", "") + request.headers.get("purpose", "")
    if "prefetch" in purpose:
        return problems.page(503, "Sign in", PREFETCHED)
    return await _exchange(request, token)


@router.post("/login")
async def exchange(request: Request, token: Annotated[str, Form(max_length=200)]) -> Response:
    """Signs in with a link's token sent in a form."""
    return await _exchange(request, token)


@router.get("/signed-out")
async def signed_out() -> Response:
    """Where a provider sends a browser after it ended its own session."""
    return problems.page(200, "Signed out", SIGNED_OUT)


@router.post("/logout")
async def logout(request: Request, _: Annotated[object, Depends(require("overview:read"))]) -> Response:
    """Ends the session on the server and in the browser; where a provider gave it, offers to end it there too."""
    access: Access = request.app.state.access
    session = session_of(request)
    ended = await access.sessions.end(session) if session else None
    address = await access.provider.leave(ended) if access.provider and ended else None
    if access.provider is not None and address is not None:
        # A page and not a redirect: a form's answer may not lead to another host (form-action 'self').
        text = LEAVING.format(address=escape(address), name=escape(access.provider.name))
        response: Response = problems.page(200, "Signed out", text)
    else:
        response = RedirectResponse("/login", 303)
    response.delete_cookie(cookie_name(request), secure=is_secure(request), httponly=True, samesite="lax")
    return response


def how(request: Request) -> str:
    """How people sign in here, as HTML."""
    access: Access = request.app.state.access
    if access.provider is None:
        return HOW
    way = attempt.local(request.query_params.get("next"))
    return WITH.format(query=escape(urlencode({"next": way})), name=escape(access.provider.name))


def signed_in(request: Request, session: str, way: str) -> Response:
    """The way on, with the session in a cookie."""
    response = RedirectResponse(way, 303)
    # Lax, not Strict: a link to an alert in a ticket or a mail must open signed in; changes are guarded separately.
    response.set_cookie(
        cookie_name(request), session, secure=is_secure(request), httponly=True, samesite="lax", path="/"
    )
    return response


async def _exchange(request: Request, token: str) -> Response:
    access: Access = request.app.state.access
    session = await access.sessions.start(token)
    if session is None:
        return problems.page(401, "Sign in", USED_UP + how(request))
    return signed_in(request, session, "/")
