"""The audit log, oldest first.

`sortOrder=ascending&startTime=…`; `pagination.next` names the next-newest page, and without `endTime` it is always
there: an empty page is the last one for now. Refusals: the API answers 403 both where the scope lacks and
where the plan has no audit log; the message tells them apart no further.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from connectors.base import Fetch, Page, Trouble
from connectors.shared.auditlog import maybe
from connectors.shared.graph.values import text, under
from connectors.shared.walks import Api, Listed, Places, Window, forward

BASE = "https://api.airtable.com"
_SIZE = "1000"
_REFUSALS = {
    401: Trouble("failing", "the access token is not accepted; make a new one"),
    403: Trouble(
        "no_permission", "the token lacks enterprise.auditLogs:read, its owner is no enterprise admin, "
        "or the plan has no audit log"
    ),
    404: Trouble("failing", "no such enterprise account; its id begins with ent and stands in the admin panel"),
}  # fmt: skip


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages from what is known to the newest event."""
    headers = {"Authorization": f"Bearer {ctx.secret(ctx.config.token)}"}
    api = Api(ctx, ctx.config.base_url or BASE, headers=headers, refusals=_REFUSALS, gone=(400, 422))
    path = f"/v0/meta/enterpriseAccounts/{ctx.config.enterprise}/auditLogEvents"

    async def ask(window: Window, token: str | None) -> Listed:
        params = {"startTime": _iso(window.begin), "sortOrder": "ascending", "pageSize": _SIZE}
        if ctx.until is not None:
            params["endTime"] = _iso(window.end)
        answer = await api.get(path, params | ({"next": token} if token else {}), resumed=bool(token))
        body = answer.body if isinstance(answer.body, dict) else {}
        if not isinstance(body.get("events"), list):
            raise Trouble("failing", "the audit log answered without events")
        following = text(under(body, "pagination").get("next")) if body["events"] else None
        return Listed(tuple(body["events"]), following)

    async for page in forward(ctx, "events", Places(ctx), ask, _written):
        yield page


def _written(record: Any) -> datetime | None:
    return maybe(record.get("timestamp")) if isinstance(record, dict) else None


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
