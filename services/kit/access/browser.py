"""What a browser makes possible and must not: rebinding, cross-site requests, sniffing, framing, caching.

One ASGI middleware in front of every route: it refuses a strange Host and a cross-site change, puts the security
headers on every answer, and turns an unexpected error into a problem document without a trace.
"""

from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit import identity
from services.kit.access.gate import OWN_HEADER
from services.kit.access.problems import problem

log = structlog.get_logger(__name__)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PROBES = frozenset({"/healthz", "/readyz", "/metrics", "/services/collector/health", "/services/collector/health/1.0"})
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
SECURITY_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
HSTS = "max-age=31536000; includeSubDomains"


class BrowserGuard:
    """The middleware. `loopback` tells that nothing but this machine is meant to reach the service.

    `public` is the host people open where an identity provider is set: they reach it by that name too.
    """

    def __init__(self, app: ASGIApp, *, loopback: bool, public: str | None = None) -> None:
        self._app = app
        self._loopback = loopback
        self._public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_headers(scope, message)
            await send(message)

        headers = Headers(scope=scope)
        refusal = refused(scope["method"], scope["path"], headers, loopback=self._loopback, public=self._public)
        if refusal is not None:
            status, reason = refusal
            await problem(status, reason)(scope, receive, guarded)
            return
        try:
            await self._app(scope, receive, guarded)
        except Exception:
            log.exception("request failed", method=scope["method"], path=scope["path"])
            if started:
                raise
            await problem(500, "something went wrong here; the log has the details")(scope, receive, guarded)


def refused(
    method: str, path: str, headers: Mapping[str, str], *, loopback: bool, public: str | None = None
) -> tuple[int, str] | None:
    """Why a request is refused before any route sees it, as status and reason; None where it may pass.

    A request with an Authorization header, or a sender's own, is excused: a page elsewhere can't add one to what a
    browser sends, and collectors reach the service by names of their own. Probes tell nothing worth rebinding for.
    """
    if "authorization" in headers or OWN_HEADER in headers or path in PROBES:
        return None
    host = headers.get("host", "")
    if loopback and not is_loopback(host) and (public is None or host.lower() != public):
        if public is not None:
            return 421, f"this service answers to {public} only (PENUMBRA_PUBLIC_URL)"
        return 421, "this service answers to localhost and loopback addresses only (PENUMBRA_LISTEN)"
    if method not in SAFE and cross_site(headers, host):
        return 403, "this change was asked for by another site"
    return None


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine: DNS rebinding arrives under the attacker's own name."""
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    name = name.strip("[]").lower()
    return identity.is_loopback(name)


def cross_site(headers: Mapping[str, str], host: str) -> bool:
    """Whether another site made the browser send this: Sec-Fetch-Site says so, else Origin compared with Host.

    Another port of the same machine is `same-site`, and refused too. Neither header: no browser sent it.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != host


def _add_headers(scope: Scope, message: Message) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    # Pages and answers stay in no cache; style sheets may be kept but are asked for again.
    headers.setdefault("cache-control", "no-cache" if scope["path"].startswith("/static/") else "no-store")
    if scope["scheme"] == "https":
        headers.setdefault("strict-transport-security", HSTS)
