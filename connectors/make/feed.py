"""The organisation's audit log, newest first by offsets, and once a day its scenarios.

`dateFrom` takes a day. An entry that comes in while pages are walked moves the others down: it may come twice, none is
skipped. 403 is the answer to anybody who is neither admin nor owner, and of plans without the log.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Fetch, Page, Trouble
from connectors.make.record import written
from connectors.shared.walks import Api, Listed, Places, Window, newest_first, several, snapshot

_LIMIT = 100
_REFUSALS = {
    401: Trouble("failing", "the API token is not accepted; make a new one"),
    403: Trouble(
        "no_permission", "the token's owner must be admin or owner, with organization:read and scenarios:read; "
        "the audit log comes with Enterprise"
    ),
    404: Trouble("failing", "no such organisation in this zone; check organization and zone"),
}  # fmt: skip


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of both streams, each with its own progress."""
    config, places = ctx.config, Places(ctx)
    base = config.base_url or f"https://{config.zone}"
    headers = {"Authorization": f"Token {ctx.secret(config.token)}"}
    api = Api(ctx, base, headers=headers, refusals=_REFUSALS)

    async def listed(path: str, key: str, params: dict[str, str], token: str | None) -> Listed:
        offset = int(token) if token else 0
        paging = {"pg[limit]": str(_LIMIT), "pg[offset]": str(offset)}
        answer = await api.get(f"/api/v2{path}", {**params, **paging})
        found = answer.body.get(key) if isinstance(answer.body, dict) else None
        if not isinstance(found, list):
            raise Trouble("failing", f"{path}: answered something else than {key}")
        return Listed(tuple(found), str(offset + len(found)) if len(found) >= _LIMIT else None)

    async def entries(window: Window, token: str | None) -> Listed:
        since = {"dateFrom": window.begin.date().isoformat(), "pg[sortBy]": "triggeredAt", "pg[sortDir]": "desc"}
        return await listed(f"/audit-logs/organization/{config.organization}", "auditLogs", since, token)

    async def scenarios(window: Window, token: str | None) -> Listed:
        wanted = {"organizationId": str(config.organization)}
        page = await listed("/scenarios", "scenarios", wanted, token)
        return page._replace(records=tuple(_with(one, window.end, config.organization) for one in page.records))

    every = timedelta(hours=config.snapshot_hours)
    streams = {"scenarios": snapshot(ctx, "scenarios", places, scenarios, every)}
    if config.audit_log:
        streams["audit log"] = newest_first(ctx, "audit log", places, entries, written)
    async for page in several(ctx, streams):
        yield page


def _with(scenario: Any, taken: datetime, organization: int) -> Any:
    if not isinstance(scenario, dict):
        return scenario
    return {**scenario, "taken_at": taken.isoformat(), "organizationId": organization}
