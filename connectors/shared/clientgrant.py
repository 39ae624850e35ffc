"""Signing in as an application: an access token for a client id and secret (RFC 6749 §4.4), renewed before it ends."""

import base64
from collections.abc import Mapping
from datetime import timedelta

from connectors.base import Fetch, Trouble

_REFUSED = (400, 401, 403)
_MARGIN = timedelta(seconds=60)
_SHORTEST = timedelta(minutes=1)


class ClientGrant:
    """The token of one run. `form` is what the vendor asks for beside the grant's type; `refused` says what to mend.

    With `basic`, id and secret go in the header and not in the form.
    """

    def __init__(
        self, ctx: Fetch, url: str, *, form: Mapping[str, str], refused: str, basic: tuple[str, str] | None = None
    ) -> None:
        self._ctx, self._url, self._refused = ctx, url, refused
        self._form = {"grant_type": "client_credentials", **form}
        self._basic = basic
        self._token, self._ends = "", ctx.now()

    async def headers(self) -> Mapping[str, str]:
        """The header of a request made now. Raises Trouble where the vendor gives no token."""
        if not self._token or self._ctx.now() >= self._ends:
            await self._renew()
        return {"Authorization": f"Bearer {self._token}"}

    async def _renew(self) -> None:
        headers = {"Accept": "application/json"}
        if self._basic is not None:
            pair = ":".join(self._basic).encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        answer = await self._ctx.http.post(self._url, headers=headers, data=self._form, accept=_REFUSED)
        try:
            body = answer.json()
        except ValueError:
            body = None
        token = body.get("access_token") if isinstance(body, dict) else None
        if answer.status in _REFUSED or not isinstance(token, str):
            raise Trouble("failing", self._refused)
        lasts = body.get("expires_in")
        span = timedelta(seconds=lasts) if isinstance(lasts, int | float) and 0 < lasts < 1 << 31 else _SHORTEST
        self._token = token
        self._ends = self._ctx.now() + max(span - _MARGIN, span / 2)
