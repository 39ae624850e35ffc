"""The requests: pages, under a token that is renewed before it ends; and what an error means.

Hosts of the clouds: https://learn.microsoft.com/graph/deployments.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from connectors.base import Fetch, Response, Trouble
from connectors.shared.graph.bearer import IN_BETWEEN, Bearer, body

Cloud = Literal["commercial", "gcc_high", "dod", "china"]
ROOTS: Mapping[str, tuple[str, str]] = {
    "commercial": ("https://graph.microsoft.com", "https://login.microsoftonline.com"),
    "gcc_high": ("https://graph.microsoft.us", "https://login.microsoftonline.us"),
    "dod": ("https://dod-graph.microsoft.us", "https://login.microsoftonline.us"),
    "china": ("https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"),
}
"""Graph's root and the sign-in host per cloud."""
_OK, _UNAUTHORISED, _FORBIDDEN = 300, 401, 403
_LINK_GONE = {400, 404, 410}
_READ_HERE = (400, 401, 403, 404, 410)
_NO_LICENCE = ("nonpremium", "license", "licence")
"""What the code or message of a refusal has in it where the tenant lacks a plan: e.g.
`Authentication_RequestFromNonPremiumTenantOrB2CTenant` for sign-ins without Entra ID P1, as others saw on live tenants.
"""
_NOT_ON = ("onboard", "notprovisioned", "notenabled")
"""… and where a service was never switched on; seen for alerts only, its exact words are unverified."""
_DENIED = ("authorization_requestdenied", "insufficient privileges", "missing application role", "missing role")


class Needs(NamedTuple):
    """What reading a thing takes: the application permissions, and the plan of the tenant."""

    permission: str
    plan: str


class Listed(NamedTuple):
    """A page: its records, and the address of the next."""

    records: tuple[Any, ...]
    following: str | None


class Expired(Exception):
    """A next link that is no longer good: the list is to be asked for anew."""


class Graph:
    """A client for one run; `config` has tenant_id, client_id, client_secret, cloud, base_url and login_url."""

    def __init__(self, ctx: Fetch) -> None:
        self.ctx, config = ctx, ctx.config
        base, login = ROOTS[config.cloud]
        self.base = (config.base_url or base).rstrip("/")
        self._bearer = Bearer(ctx, login=config.login_url or login, scope=f"{base}/.default")

    async def pages(
        self, path: str, params: Mapping[str, str] | None, needs: Needs, *, link: str | None = None
    ) -> AsyncIterator[Listed]:
        """All pages of a list, from `link` on where one is given. Raises Trouble; Expired where a link is gone."""
        where, seen = path.rpartition("?")[0] or path, set[str]()
        url: str | None = link or f"{self.base}{path}"
        asked = None if link else params
        while url is not None:
            answer = await self._answer(url, asked)
            if asked is None and answer.status in _LINK_GONE:
                raise Expired
            listed = _listed(answer, where, needs)
            yield listed
            if listed.following in seen:
                raise Trouble("failing", f"{where}: the list repeats a page")
            url, asked = listed.following, None
            seen.add(url or "")

    async def _answer(self, url: str, params: Mapping[str, str] | None) -> Response:
        if urlsplit(url)[:2] != urlsplit(self.base)[:2]:
            raise Trouble("failing", "Graph names another host as its next page; the token is not sent there")
        for again in (False, True):
            headers = {"Authorization": f"Bearer {await self._bearer.token(renew=again)}", "Accept": "application/json"}
            answer = await self.ctx.http.get(url, params=params, headers=headers, accept=_READ_HERE)
            if answer.status != _UNAUTHORISED:
                return answer
        raise Trouble("failing", "Graph refuses a fresh token; check tenant_id and the application's consent")


def _listed(answer: Response, where: str, needs: Needs) -> Listed:
    """A page; raises Trouble for an error, and for a 200 that holds no list."""
    told = body(answer)
    if told is None:
        raise Trouble("failing", f"{where}: Graph's address answered {answer.status} without JSON: {IN_BETWEEN}")
    if answer.status >= _OK:
        raise _trouble(answer.status, told, where, needs)
    records, following = told.get("value"), told.get("@odata.nextLink")
    if not isinstance(records, list):
        raise Trouble("failing", f"{where}: Graph answered 200 without a list")
    return Listed(tuple(records), following if isinstance(following, str) and following else None)


def refusal(status: int, told: Any, needs: Needs) -> Trouble:
    """What a refusal of Graph means where one kind of data is read; `told` is its body."""
    return _trouble(status, told if isinstance(told, dict) else {}, needs.permission, needs)


def _trouble(status: int, told: Mapping[str, Any], where: str, needs: Needs) -> Trouble:
    """What a refusal means. A 403 without permission and one without licence differ by code and message only:
    https://learn.microsoft.com/graph/errors; agit8or1/clientst0r#143 tells of alerts_v2.
    """
    error = told.get("error")
    error = error if isinstance(error, dict) else {}
    code = str(error.get("code", ""))[:80]
    said = f"{code} {error.get('message', '')}".lower()
    dense = said.replace(" ", "").replace("-", "")
    if any(word in dense for word in _NOT_ON):
        return Trouble("not_enabled", f"{where}: the service is not switched on in the tenant ({code})")
    if any(word in dense for word in _NO_LICENCE):
        return Trouble("not_licensed", f"{where}: the tenant lacks what this takes: {needs.plan} ({code})")
    if status == _FORBIDDEN:
        sure = any(word in said for word in _DENIED)
        more = "" if sure else f"; if it is granted, the tenant may lack {needs.plan}"
        message = f"{where}: grant the application {needs.permission} with admin consent ({code or 403}){more}"
        return Trouble("no_permission", message)
    return Trouble("failing", f"{where}: Graph answered {status} {code}".rstrip())
