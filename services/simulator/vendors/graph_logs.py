"""Graph's sign-in logs: one path for four streams, told apart by `signInEventTypes`, newest first, `@odata.nextLink`.

https://learn.microsoft.com/graph/api/signin-list (read 2026-11-21).
"""

import re
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from services.simulator.vendors.shelf import Shelf, after, cut

_BOUNDS = re.compile(r"createdDateTime ge (\S+) and createdDateTime le (\S+)")
_TYPES = ("nonInteractiveUser", "interactiveUser", "servicePrincipal", "managedIdentity")


def sign_in(id: str, at: datetime, kind: str = "interactiveUser") -> dict[str, Any]:  # noqa: A002 - the field's own name
    """Somebody, or something, signs in to an application."""
    person = {"userPrincipalName": "ana@example.com", "userId": "0000aaaa-0000-4000-8000-000000000001"}
    return {
        "id": id, "createdDateTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "appDisplayName": "ChatGPT",
        "appId": "e0476654-c1d5-430b-ab80-70cbd947616a", "ipAddress": "192.0.2.1", "status": {"errorCode": 0},
        "signInEventTypes": [kind], **(person if kind.lower().endswith("user") else {"servicePrincipalId": "sp-1"}),
    }  # fmt: skip


def graph_logs(shelves: dict[str, Shelf]) -> APIRouter:
    """`POST …/token` and `GET …/auditLogs/signIns`; a shelf for each type of sign-in."""
    router = APIRouter()

    @router.post("/{tenant}/oauth2/v2.0/token")
    async def token(tenant: str) -> dict[str, Any]:
        return {"access_token": f"token-of-{tenant}", "expires_in": 3599, "token_type": "Bearer"}

    @router.get("/beta/auditLogs/signIns", response_model=None)
    @router.get("/v1.0/auditLogs/signIns", response_model=None)
    async def sign_ins(request: Request) -> JSONResponse:
        asked = request.query_params
        chosen = asked.get("$filter", "")
        kind = next((name for name in _TYPES if f"'{name}'" in chosen), "interactiveUser")
        shelf, bounds = shelves.get(kind), _BOUNDS.search(chosen)
        if shelf is None or bounds is None:
            return JSONResponse({"value": []})
        found = shelf.between(datetime.fromisoformat(bounds[1]), datetime.fromisoformat(bounds[2]))
        records, following = cut(shelf, after(reversed(found), asked.get("$skiptoken", "")))
        link = {"@odata.nextLink": str(request.url.include_query_params(**{"$skiptoken": following}))}
        return JSONResponse({"value": records, **(link if following else {})})

    return router
