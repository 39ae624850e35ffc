"""Azure Monitor's API: the activity log of each subscription by windows of time, each again for what came late.

API: https://learn.microsoft.com/rest/api/monitor/activity-logs/list (api-version 2015-04-01; `$filter` needs both
bounds of `eventTimestamp`, pages by `nextLink`, 90 days back; read 2026-11-21). All events of a window are listed, for
a filter takes one resource provider alone.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from connectors.base import Fetch, Page, Trouble
from connectors.shared.graph import Bearer
from connectors.shared.walks import Answer, Api, Listed, Places, Window, rfc3339, several, windows
from schemas.secretref import SecretRef

BASE = "https://management.azure.com"
LOGIN = "https://login.microsoftonline.com"
LOOKBACK = timedelta(hours=2)
MAX_BACK = timedelta(days=90)
_VERSION = "2015-04-01"
_SPAN = timedelta(days=1)
_FORBIDDEN = "the application may not read the activity log; give it the role Reader on each of `subscriptions`"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """To read by the API: `tenant_id`, `client_id`, `client_secret` (a reference, env: or file:) of an application, and
    the ids of `subscriptions`. `base_url` and `login_url` override Azure's addresses (sovereign clouds).
    """

    tenant_id: str = ""
    client_id: str = ""
    client_secret: str | None = None
    subscriptions: tuple[str, ...] = ()
    base_url: str | None = None
    login_url: str | None = None

    def __post_init__(self) -> None:
        if self.client_secret is not None:
            SecretRef(self.client_secret)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of events of each subscription. Raises Trouble for the gravest, after all that could be read was."""
    config = ctx.config
    if not (config.tenant_id and config.client_id and config.client_secret and config.subscriptions):
        raise Trouble("failing", "to read by the API set `tenant_id`, `client_id`, `client_secret` and `subscriptions`")
    base = (config.base_url or BASE).rstrip("/")
    bearer = Bearer(ctx, login=config.login_url or LOGIN, scope=f"{base}/.default")
    places = Places(ctx)
    streams = {
        one: windows(ctx, one, places, _listing(_Signed(ctx, base, bearer), one), _SPAN) for one in config.subscriptions
    }
    async for page in several(ctx, streams):
        yield page


class _Signed:
    """Requests under a token that is renewed once where it is refused."""

    def __init__(self, ctx: Fetch, base: str, bearer: Bearer) -> None:
        self._ctx, self._base, self._bearer = ctx, base, bearer

    async def get(self, path: str, params: Mapping[str, str] | None) -> Answer:
        for again in (False, True):
            headers = {"Authorization": f"Bearer {await self._bearer.token(renew=again)}"}
            api = Api(
                self._ctx, self._base, headers=headers, refusals={403: Trouble("no_permission", _FORBIDDEN)},
                said=_said,
            )  # fmt: skip
            answer = await api.get(path, params, accept=(401,))
            if answer.status != 401:  # noqa: PLR2004 - unauthorised
                return answer
        raise Trouble("no_permission", _FORBIDDEN)


def _said(answer: Answer) -> Trouble | None:
    """Of a subscription that is gone Azure says so; of one that belongs to another tenant it says the same."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if code in {"SubscriptionNotFound", "InvalidSubscriptionId"}:
        return Trouble("failing", f"a subscription is not known to this tenant ({code}); look at `subscriptions`")
    return None


def _listing(api: _Signed, subscription: str) -> Callable[[Window, str | None], Coroutine[Any, Any, Listed]]:
    path = f"/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values"

    async def ask(window: Window, token: str | None) -> Listed:
        begin, end = (rfc3339(moment, "microseconds") for moment in (window.begin, window.end))
        bounds = f"eventTimestamp ge '{begin}' and eventTimestamp le '{end}'"
        params = {"api-version": _VERSION, "$filter": bounds}
        answer = await (api.get(token, None) if token else api.get(path, params))
        found = answer.body.get("value") if isinstance(answer.body, dict) else None
        if not isinstance(found, list):
            raise Trouble("failing", "Azure answered something else than events")
        following = answer.body.get("nextLink")
        return Listed(tuple(found), following if isinstance(following, str) and following else None)

    return ask
