"""The audit log oldest first by its `after` links, and once a day the applications that are installed.

`phrase=created:>=` selects by the entry's own time; entries come late without a documented bound, so an hour is read
again. Installed applications: https://docs.github.com/en/rest/orgs/orgs#list-app-installations-for-an-organization.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Fetch, Page, Trouble
from connectors.github_audit.record import written
from connectors.shared.github import GitHub
from connectors.shared.walks import Listed, Places, Window, forward, rfc3339, several, snapshot

_PAGE = "100"
_REFUSALS = {
    401: Trouble("failing", "the token is not accepted; make a new one"),
    403: Trouble(
        "no_permission", "the token lacks organization administration: read (classic: read:audit_log, admin:org)"
    ),
    404: Trouble(
        "not_licensed", "no audit log there: it comes with Enterprise Cloud; or the organisation's name is wrong"
    ),
}


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of both streams, each with its own progress."""
    config, places = ctx.config, Places(ctx)
    hub = GitHub(ctx, ctx.secret(config.token), config.base_url, _REFUSALS)
    log = f"/enterprises/{config.enterprise}/audit-log" if config.enterprise else f"/orgs/{config.org}/audit-log"

    async def entries(window: Window, token: str | None) -> Listed:
        until = f"..{rfc3339(window.end)}" if ctx.until else ""
        created = f"created:{rfc3339(window.begin)}{until}" if until else f"created:>={rfc3339(window.begin)}"
        told = await hub.page(log, {"phrase": created, "include": "web", "order": "asc", "per_page": _PAGE}, token)
        if not isinstance(told.body, list):
            raise Trouble("failing", "the audit log answered something else than a list")
        return Listed(tuple(told.body), told.following)

    async def installed(window: Window, token: str | None) -> Listed:
        told = await hub.page(f"/orgs/{config.org}/installations", {"per_page": _PAGE}, token)
        found = told.body.get("installations") if isinstance(told.body, dict) else None
        if not isinstance(found, list):
            raise Trouble("failing", "the list of installed applications is none")
        return Listed(tuple(_with(one, window.end, config.org) for one in found), told.following)

    every = timedelta(hours=config.snapshot_hours)
    streams = {
        "audit log": forward(ctx, "audit log", places, entries, written),
        "installations": snapshot(ctx, "installations", places, installed, every),
    }
    async for page in several(ctx, streams):
        yield page


def _with(installation: Any, taken: datetime, org: str) -> Any:
    """An installation with when and where it was listed: it stands once a day."""
    return (
        {**installation, "taken_at": taken.isoformat(), "org": org} if isinstance(installation, dict) else installation
    )
