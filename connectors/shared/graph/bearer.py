"""A bearer token of Microsoft Entra, for whichever API of Microsoft's it is asked: an application's, or a person's.

Tokens and errors: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow; a person's by
the refresh token of a sign-in: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Fetch, Response, Trouble

_EARLY = timedelta(minutes=1)
"""A token is renewed this long before it ends."""
_USUAL_SECONDS = 3600
_OK = 300
IN_BETWEEN = "a sign-in page or a proxy's notice stands before it"
_REASON = re.compile(r"AADSTS\d{4,8}")
"""The directory's own number of a fault: https://learn.microsoft.com/entra/identity-platform/reference-error-codes."""


class Bearer:
    """The token of one run; `ctx.config` has tenant_id, client_id and client_secret (a reference).

    With `refresh_token` (a reference) it acts for the person who signed in; a public client has no secret then.
    """

    def __init__(self, ctx: Fetch, *, login: str, scope: str, refresh_token: str | None = None) -> None:
        self._ctx, self._scope, self._refresh_token = ctx, scope, refresh_token
        self._url = f"{login.rstrip('/')}/{ctx.config.tenant_id}/oauth2/v2.0/token"
        self._token, self._ends = "", datetime.min.replace(tzinfo=UTC)

    async def token(self, *, renew: bool = False) -> str:
        """The token in hand, or a new one where it ends or `renew` says so. Raises Trouble for a refusal."""
        if renew or not self._token or self._ctx.now() >= self._ends:
            self._token, lasts = _granted(await self._asked())
            self._ends = self._ctx.now() + lasts - _EARLY
        return self._token

    async def _asked(self) -> Response:
        config = self._ctx.config
        form = {"grant_type": "client_credentials", "client_id": config.client_id}
        if self._refresh_token is not None:
            form |= {"grant_type": "refresh_token", "refresh_token": self._ctx.secret(self._refresh_token)}
        if config.client_secret is not None:
            form["client_secret"] = self._ctx.secret(config.client_secret)
        form["scope"] = self._scope
        return await self._ctx.http.post(self._url, data=form, accept=(400, 401))


def body(answer: Response) -> Mapping[str, Any] | None:
    """The JSON object of an answer, an empty one for an empty body; None where it holds anything else."""
    try:
        found = msgspec.json.decode(answer.content or b"{}")
    except (msgspec.DecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _granted(answer: Response) -> tuple[str, timedelta]:
    """The token and how long it lasts; raises Trouble naming the reason, never what was sent."""
    told = body(answer)
    if told is None:
        what = f"the token's address answered {answer.status} without JSON"
        raise Trouble("failing", f"{what}: {IN_BETWEEN}; check login_url and the proxy")
    token = told.get("access_token")
    if not isinstance(token, str) or not token or answer.status >= _OK:
        found = _REASON.search(str(told.get("error_description", "")))
        named = [str(told["error"])[:60]] if told.get("error") else []
        reason = ", ".join([*([found[0]] if found else []), *named]) or "no token"
        raise Trouble("failing", f"sign-in refused ({reason}); check client_id, client_secret and tenant_id")
    lasts = str(told.get("expires_in", ""))
    return token, timedelta(seconds=int(lasts) if lasts.isdecimal() and len(lasts) < 9 else _USUAL_SECONDS)  # noqa: PLR2004 - longer is no lifetime
