"""The organisation's events, oldest first.

`events-stream` takes time bounds (milliseconds), `sortOrder=asc` and `cursor`, and no other filter; `meta.next` is the
cursor of the next page. A spent limit is a 429 whose `X-RateLimit-Reset` is an ISO time to the minute: the client reads
it.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from connectors.base import Fetch, Page, Trouble
from connectors.shared.auditlog import maybe
from connectors.shared.graph.values import text, under
from connectors.shared.walks import Api, Listed, Places, Window, forward

BASE = "https://api.atlassian.com"
_REFUSALS = {
    401: Trouble("failing", "the API key is not accepted; keys live a year at most: make a new one"),
    403: Trouble("no_permission", "the API key may not read events; an organisation admin must have made it"),
    404: Trouble("not_licensed", "no events there: they come with Atlassian Guard; or the organisation's id is wrong"),
}


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages from what is known to the newest event."""
    headers = {"Authorization": f"Bearer {ctx.secret(ctx.config.token)}"}
    api = Api(ctx, ctx.config.base_url or BASE, headers=headers, refusals=_REFUSALS, gone=(400, 410))
    path = f"/admin/v1/orgs/{ctx.config.organisation}/events-stream"

    async def ask(window: Window, token: str | None) -> Listed:
        params = {"from": _milliseconds(window.begin), "sortOrder": "asc"}
        if ctx.until is not None:
            params["to"] = _milliseconds(window.end)
        answer = await api.get(path, params | ({"cursor": token} if token else {}), resumed=bool(token))
        body = answer.body if isinstance(answer.body, dict) else {}
        if not isinstance(body.get("data"), list):
            raise Trouble("failing", "the log answered without data")
        following = text(under(body, "meta").get("next")) if body["data"] else None
        return Listed(tuple(body["data"]), following)

    async for page in forward(ctx, "events", Places(ctx), ask, _written):
        yield page


def _written(record: Any) -> datetime | None:
    return maybe(under(record, "attributes").get("time")) if isinstance(record, dict) else None


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))
