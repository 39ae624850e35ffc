"""Who may do what: roles, tokens, sessions, the gate before every route, and what a browser must not be used for.

`install(app, runtime)` is called once on the app; a route then declares `Depends(require("alerts:read"))`.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from services.kit.access.caller import Caller
from services.kit.access.gate import Access, Require, Unauthenticated, require, undeclared_routes
from services.kit.access.permissions import PERMISSIONS, ROLES, granted
from services.kit.access.rolemap import RoleMap
from services.kit.access.sessions import Rules, SessionRecord, Sessions
from services.kit.access.tokens import TokenRecord, Tokens

if TYPE_CHECKING:
    from fastapi import FastAPI

    from services.kit.runtime import Runtime
    from services.kit.settings import Settings

__all__ = [
    "PERMISSIONS", "ROLES", "Access", "Caller", "Require", "RoleMap", "Rules", "SessionRecord", "Sessions",
    "TokenRecord", "Tokens", "Unauthenticated", "granted", "install", "require", "rules", "undeclared_routes",
]  # fmt: skip


def install(app: "FastAPI", runtime: "Runtime") -> None:
    """Puts the gate, the browser guard, the error documents and the sign-in routes on an app.

    Without an identity provider the service is reached over loopback only, and Host must say so; with one, over the
    address people open too.
    """
    from services.kit.access import login, problems  # noqa: PLC0415 - commands that need no server start without FastAPI
    from services.kit.access.browser import BrowserGuard  # noqa: PLC0415 - the same

    settings = runtime.settings
    sessions = Sessions(runtime.engine, runtime.clock, rules(settings))
    tokens = Tokens(runtime.engine, runtime.clock)
    provider = public = None
    if settings.oidc_issuer is not None:
        from services.kit.access import provider_login  # noqa: PLC0415 - authlib is loaded where it is used
        from services.kit.access.provider import Provider  # noqa: PLC0415 - the same
        from services.kit.access.provider_sign_in import ProviderSignIn  # noqa: PLC0415 - the same

        public = (settings.public_url or "").rstrip("/").lower()
        provider = ProviderSignIn(runtime, Provider(settings, runtime.clock), sessions)
        app.include_router(provider_login.router)
    app.state.access = Access(sessions, tokens, provider, public)
    app.state.runtime = runtime
    app.add_middleware(BrowserGuard, loopback=True, public=public.partition("://")[2] if public else None)
    problems.install(app, Unauthenticated)
    app.include_router(login.router)


def rules(settings: "Settings") -> Rules:
    """What the settings say of sessions."""
    role_map = RoleMap(settings.role_map) if settings.role_map is not None else None
    return Rules(
        timedelta(hours=settings.session_idle_hours), timedelta(hours=settings.session_hours), settings.oidc_issuer,
        role_map,
    )  # fmt: skip
