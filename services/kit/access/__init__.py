"""Who may do what: roles, tokens, sessions, the gate before every route, and what a browser must not be used for.

`install(app, runtime)` is called once on the app; a route then declares `Depends(require("alerts:read"))`.
"""

from typing import TYPE_CHECKING

from services.kit.access.caller import Caller
from services.kit.access.gate import Access, Require, Unauthenticated, require, undeclared_routes
from services.kit.access.permissions import PERMISSIONS, ROLES, granted
from services.kit.access.sessions import Sessions
from services.kit.access.tokens import TokenRecord, Tokens

if TYPE_CHECKING:
    from fastapi import FastAPI

    from services.kit.runtime import Runtime

__all__ = [
    "PERMISSIONS", "ROLES", "Access", "Caller", "Require", "Sessions", "TokenRecord", "Tokens", "Unauthenticated",
    "granted", "install", "require", "undeclared_routes",
]  # fmt: skip


def install(app: "FastAPI", runtime: "Runtime") -> None:
    """Puts the gate, the browser guard, the error documents and the sign-in routes on an app.

    There is no identity provider yet, so the service is reached over loopback only, and Host must say so.
    """
    from services.kit.access import login, problems  # noqa: PLC0415 - commands that need no server start without FastAPI
    from services.kit.access.browser import BrowserGuard  # noqa: PLC0415 - the same

    sessions, tokens = Sessions(runtime.engine, runtime.clock), Tokens(runtime.engine, runtime.clock)
    app.state.access = Access(sessions, tokens)
    app.state.runtime = runtime
    app.add_middleware(BrowserGuard, loopback=True)
    problems.install(app, Unauthenticated)
    app.include_router(login.router)
