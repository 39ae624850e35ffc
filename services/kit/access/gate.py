"""`require("alerts:read")`: the dependency that lets a caller through to a route, and which routes lack one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts

from services.kit.access.caller import Caller
from services.kit.access.permissions import PERMISSIONS
from services.kit.access.sessions import Sessions
from services.kit.access.tokens import Tokens
from services.kit.errors import NotAllowed, PenumbraError

if TYPE_CHECKING:
    from services.kit.access.provider_sign_in import ProviderSignIn

PUBLIC_PATHS = frozenset(
    {"/healthz", "/readyz", "/metrics", "/openapi.json", "/asyncapi.json"}
    | {"/services/collector/health", "/services/collector/health/1.0"}
    | {"/login", "/login/start", "/login/callback", "/login/backchannel", "/signed-out"}
)
PUBLIC_FOLDERS = ("/static",)
COOKIE = "penumbra"
SECURE_COOKIE = "__Host-penumbra"
OWN_HEADER = "x-penumbra-token"
"""Where a sender of records puts its token that fixes Authorization itself; a page elsewhere can't add it either."""


class Unauthenticated(PenumbraError):
    """The request names nobody we know; answered 401, or with the sign-in page in a browser."""


class Access:
    """What the gate asks; kept at `app.state.access`. `provider` is None where people sign in by one-time links."""

    def __init__(
        self, sessions: Sessions, tokens: Tokens, provider: "ProviderSignIn | None" = None, public: str | None = None
    ) -> None:
        self.sessions = sessions
        self.tokens = tokens
        self.provider = provider
        self.public = public

    async def caller(self, request: Request) -> Caller:
        """Who the request comes from; raises Unauthenticated. A bad token is not excused by a good cookie."""
        header = request.headers.get("authorization")
        if header is not None:
            scheme, _, credential = header.partition(" ")
            found = await self.tokens.caller(credential.strip()) if scheme.lower() == "bearer" else None
        else:
            session = session_of(request)
            found = await self.sessions.caller(session) if session else None
        if found is None:
            raise Unauthenticated("sign in, or send Authorization: Bearer pnb_…")
        return found


def session_of(request: Request) -> str | None:
    """The session reference a request carries."""
    return request.cookies.get(cookie_name(request))


def is_secure(request: Request) -> bool:
    """Whether the browser came over TLS: here, or at the proxy before the address that people open."""
    access: Access = request.app.state.access
    ours = access.public is not None and f"https://{request.headers.get('host', '')}" == access.public
    return ours or request.url.scheme == "https"


def cookie_name(request: Request) -> str:
    """The session cookie's name: over TLS it belongs to this host alone."""
    return SECURE_COOKIE if is_secure(request) else COOKIE


class Require:
    """Lets callers with one permission through, else raises Unauthenticated or NotAllowed."""

    def __init__(self, permission: str) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> Caller:
        access: Access = request.app.state.access
        caller = await access.caller(request)
        if not caller.may(self.permission):
            raise NotAllowed(f"this takes the permission {self.permission}")
        return caller


def require(permission: str) -> Require:
    """The dependency for a route: `caller: Annotated[Caller, Depends(require("alerts:read"))]`.

    Raises ValueError where no such permission is declared, so that a slip shows when the module is imported.
    """
    if permission not in PERMISSIONS:
        raise ValueError(f"{permission!r} is no declared permission; add it to services/kit/access/permissions.py")
    return Require(permission)


def undeclared_routes(app: FastAPI) -> list[str]:
    """Every `METHODS path` of the app that names no permission and is not declared public."""
    return [
        f"{','.join(sorted(route.methods or ['*']))} {route.path}"
        for route in iter_route_contexts(app.routes)
        if not _public(route.path or "") and declared(route) is None
    ]


def declared(route: RouteContext) -> str | None:
    """The permission a route requires, None where it names none."""
    dependant = getattr(route, "dependant", None)
    calls = _calls(dependant) if dependant is not None else ()
    return next((call.permission for call in calls if isinstance(call, Require)), None)


def _calls(dependant: Dependant) -> Iterator[object]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)


def _public(path: str) -> bool:
    return path in PUBLIC_PATHS or any(path == f or path.startswith(f + "/") for f in PUBLIC_FOLDERS)
