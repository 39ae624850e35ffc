"""Entra's token endpoint, v2 and v1: client credentials in, a bearer token that ends.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow; codes AADSTS7000215 (wrong
secret), AADSTS700016 (unknown application) and AADSTS90002 (unknown tenant) from the page of error codes there.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import JSONResponse

from services.kit.clock import Clock
from services.simulator.company import CLIENT, TENANT
from services.simulator.faults import Faults

_BAD, _UNAUTHORISED = 400, 401


class Tokens:
    """The tokens given out, each with its end and the requests it is still good for."""

    def __init__(self, secret: str, faults: Faults, wall: Clock) -> None:
        self._secret, self._faults, self._wall = secret, faults, wall
        self._given: dict[str, tuple[datetime, int]] = {}
        self.router = APIRouter()
        self.router.add_api_route("/{tenant}/oauth2/v2.0/token", self._v2, methods=["POST"], response_model=None)
        self.router.add_api_route("/{tenant}/oauth2/token", self._v1, methods=["POST"], response_model=None)

    def good(self, header: str | None) -> bool:
        """Whether an Authorization header holds a token that still is; counts the use."""
        scheme, _, token = (header or "").partition(" ")
        ends, left = self._given.get(token, (self._wall.now(), 0))
        if scheme != "Bearer" or self._wall.now() >= ends or not left:
            return False
        self._given[token] = (ends, left - 1)
        return True

    async def _v2(
        self, tenant: str, client_id: Annotated[str, Form()] = "", client_secret: Annotated[str, Form()] = "",
        grant_type: Annotated[str, Form()] = "", scope: Annotated[str, Form()] = "",
    ) -> JSONResponse:  # fmt: skip
        if not scope.endswith("/.default"):
            return _refused(_BAD, "invalid_scope", 1002012, "The provided value for scope is not valid.")
        return self._token(tenant, grant_type, client_id, client_secret)

    async def _v1(
        self, tenant: str, client_id: Annotated[str, Form()] = "", client_secret: Annotated[str, Form()] = "",
        grant_type: Annotated[str, Form()] = "", resource: Annotated[str, Form()] = "",
    ) -> JSONResponse:  # fmt: skip
        if not resource:
            return _refused(_BAD, "invalid_resource", 900144, "The request body must contain 'resource'.")
        return self._token(tenant, grant_type, client_id, client_secret)

    def _token(self, tenant: str, grant_type: str, client_id: str, client_secret: str) -> JSONResponse:
        if tenant != TENANT:
            return _refused(_BAD, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if grant_type != "client_credentials":
            return _refused(_BAD, "unsupported_grant_type", 70003, "The grant type is not supported.")
        if client_id != CLIENT:
            return _refused(_BAD, "unauthorized_client", 700016, "Application was not found in the directory.")
        if not hmac.compare_digest(client_secret.encode(), self._secret.encode()):
            return _refused(_UNAUTHORISED, "invalid_client", 7000215, "Invalid client secret provided.")
        token, lasts = secrets.token_urlsafe(48), self._faults.token_seconds
        uses = self._faults.token_uses or 1 << 40
        self._given[token] = (self._wall.now() + timedelta(seconds=lasts), uses)
        return JSONResponse(
            {"token_type": "Bearer", "expires_in": lasts, "ext_expires_in": lasts, "access_token": token}
        )


def _refused(status: int, error: str, code: int, message: str) -> JSONResponse:
    body: dict[str, Any] = {"error": error, "error_description": f"AADSTS{code}: {message}", "error_codes": [code]}
    return JSONResponse(body, status)
