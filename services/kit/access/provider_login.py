"""The routes of signing in through the identity provider; they exist only where one is configured."""

from html import escape
from typing import Annotated
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from services.kit.access import attempt, problems
from services.kit.access.attempt import Attempt
from services.kit.access.gate import Access, is_secure
from services.kit.access.idtoken import Refused
from services.kit.access.login import signed_in
from services.kit.access.provider import ProviderDown
from services.kit.access.provider_sign_in import NoRole, ProviderSignIn
from services.kit.errors import Misconfigured

log = structlog.get_logger(__name__)
COOKIE, SECURE_COOKIE = "penumbra-signing-in", "__Host-penumbra-signing-in"
MINUTES = 10
DOWN = """<p><strong>{name} can't be reached, so nobody can sign in through it just now.</strong></p>
<p>Sessions that are open go on, tokens work, and nothing that Penumbra collects is lost.</p>
<p><a href="/login/start?{query}">Try again</a>. If it can't wait: whoever runs Penumbra can type
<code>penumbra login</code> on its machine and open the address it prints.</p>"""
REFUSED = """<p><strong>Signing in did not work: {reason}.</strong></p>
<p><a href="/login/start?{query}">Sign in again</a></p>"""

router = APIRouter(include_in_schema=False)


@router.get("/login/start")
async def start(request: Request) -> Response:
    """Sends the browser to the provider."""
    provider, way = _provider(request), attempt.local(request.query_params.get("next"))
    access: Access = request.app.state.access
    if access.public is not None and access.public.partition("://")[2] != request.headers.get("host", "").lower():
        # The answer comes to the address people open, and so must the cookie that goes with it.
        return RedirectResponse(f"{access.public}/login/start?{urlencode({'next': way})}", 303)
    try:
        address, made = await provider.begin(way)
    except (ProviderDown, Misconfigured) as down:
        return _down(provider, way, down)
    response = RedirectResponse(address, 303)
    response.set_cookie(
        _cookie(request), made.cookie(), max_age=MINUTES * 60, secure=is_secure(request), httponly=True,
        samesite="lax", path="/",
    )  # fmt: skip
    return response


@router.get("/login/callback")
async def callback(request: Request) -> Response:
    """Takes the provider's answer; whatever comes of it, the attempt is over."""
    made = attempt.read(request.cookies.get(_cookie(request)))
    response = await _finished(request, made)
    response.delete_cookie(_cookie(request), secure=is_secure(request), httponly=True, samesite="lax")
    return response


@router.post("/login/backchannel")
async def backchannel(request: Request, logout_token: Annotated[str, Form(max_length=20_000)]) -> Response:
    """The provider says that somebody signed out there, or was put out: their sessions end here too."""
    try:
        ended = await _provider(request).logged_out(logout_token)
    except Refused as refusal:
        log.warning("a logout token is refused", reason=str(refusal))
        return problems.problem(400, "the logout token is refused")
    log.info("the identity provider ended sessions", sessions=ended)
    return Response(status_code=200)


async def _finished(request: Request, made: Attempt | None) -> Response:
    provider, way = _provider(request), made.way if made else attempt.HOME
    try:
        session = await provider.finish(made, dict(request.query_params))
    except NoRole as stranger:
        return problems.page(403, "No role here", f"<p>{escape(str(stranger))}</p>")
    except Refused as refusal:
        log.warning("a sign-in is refused", reason=str(refusal))
        text = REFUSED.format(reason=escape(str(refusal)), query=escape(urlencode({"next": way})))
        return problems.page(403, "Sign in", text)
    except (ProviderDown, Misconfigured) as down:
        return _down(provider, way, down)
    return signed_in(request, session, way)


def _down(provider: ProviderSignIn, way: str, down: Exception) -> Response:
    log.error("the identity provider can't be used", fault=str(down))
    name = escape(provider.name[:1].upper() + provider.name[1:])
    return problems.page(503, "Sign in", DOWN.format(name=name, query=escape(urlencode({"next": way}))))


def _provider(request: Request) -> ProviderSignIn:
    access: Access = request.app.state.access
    assert access.provider is not None, "these routes are installed with a provider only"
    return access.provider


def _cookie(request: Request) -> str:
    return SECURE_COOKIE if is_secure(request) else COOKIE
