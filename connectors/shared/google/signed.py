"""Requests to one of Google's APIs for the walks, under a token that is renewed once where it is refused.

Errors: https://developers.google.com/workspace/admin/directory/v1/limits (quota: 403 with a reason, or 429).
"""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.base import Fetch, Trouble
from connectors.shared.google.bearer import GoogleBearer
from connectors.shared.walks import Answer, Api, Listed, Listing, Window

_SPENT = {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded", "RESOURCE_EXHAUSTED"}
_OFF = {"accessNotConfigured", "SERVICE_DISABLED", "domainCannotUseApis"}
_UNAUTHORISED, _FORBIDDEN = 401, 403
WAIT = 60.0


class GoogleApi:
    """One API for one run: its base, the scopes it takes, the API's name and what the administrator must be."""

    def __init__(self, ctx: Fetch, base: str, *scopes: str, api: str, role: str) -> None:
        self._ctx, self._base, self._api_name, self._role = ctx, base.rstrip("/"), api, role
        self._bearer, self._scopes = GoogleBearer(ctx, *scopes), scopes

    async def get(
        self, path: str, params: Mapping[str, str], *, accept: tuple[int, ...] = (), resumed: bool = False
    ) -> Answer:  # fmt: skip
        """One GET, as of `Api`."""
        answer = await (await self._api()).get(path, params, accept=(*accept, _UNAUTHORISED), resumed=resumed)
        if answer.status != _UNAUTHORISED:
            return answer
        return await (await self._api(renew=True)).get(path, params, accept=accept, resumed=resumed)

    async def post(self, path: str, json: Any, *, resumed: bool = False) -> Answer:
        """One POST that asks for a page, as of `Api`."""
        answer = await (await self._api()).post(path, json, accept=(_UNAUTHORISED,), resumed=resumed)
        if answer.status != _UNAUTHORISED:
            return answer
        return await (await self._api(renew=True)).post(path, json, resumed=resumed)

    async def _api(self, *, renew: bool = False) -> Api:
        headers = {"Authorization": f"Bearer {await self._bearer.token(renew=renew)}"}
        return Api(self._ctx, self._base, headers=headers, refusals={}, gone=(400, 410), said=self._refused)

    def _refused(self, answer: Answer) -> Trouble | None:
        """What an error means for the operator; None leaves it to its status."""
        reason = reason_of(answer.body)
        if reason in _SPENT:
            return Trouble("failing", f"the quota of the Cloud project is spent ({reason})", WAIT)
        if reason in _OFF:
            return Trouble("not_enabled", f"{self._api_name} is not switched on in the Cloud project ({reason})")
        if answer.status in {_UNAUTHORISED, _FORBIDDEN}:
            wanted = f"grant the scopes {', '.join(self._scopes)}, and make the administrator {self._role}"
            return Trouble("no_permission", f"{self._api_name}: not authorised ({reason or answer.status}); {wanted}")
        return None

    def listing(
        self, path: str, params: Mapping[str, str], key: str, made: Callable[[Mapping[str, Any], Window], Any]
    ) -> Listing:
        """A list that Google pages by `nextPageToken`; `made` makes records of what stands under `key`."""

        async def ask(window: Window, token: str | None) -> Listed:
            asked = {**params, **({"pageToken": token} if token else {})}
            answer = await self.get(path, asked, resumed=token is not None)
            return listed(answer.body, key, window, made)

        return ask


def listed(body: Any, key: str, window: Window, made: Callable[[Mapping[str, Any], Window], Any]) -> Listed:
    """A page; Google leaves the key out where nothing is there. Raises Trouble for what is no object."""
    found = body.get(key, []) if isinstance(body, dict) else None
    if not isinstance(found, list):
        raise Trouble("failing", f"Google answered 200 without {key}")
    following = body.get("nextPageToken")
    records = tuple(made(each, window) for each in found if isinstance(each, dict))
    return Listed(records, following if isinstance(following, str) and following else None)


def reason_of(body: Any) -> str:
    """The API's own word for an error: its reason, else its status."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return ""
    told = [item.get("reason") for key in ("errors", "details") for item in _objects(error.get(key))]
    words = [word for word in (*told, error.get("status")) if isinstance(word, str)]
    known = next((word for word in words if word in _SPENT or word in _OFF), None)
    return (known or next(iter(words), ""))[:60]


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
