"""Asking: the audit log from its newest event down, deployments and use cases as listings."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Fetch, Page, Trouble
from connectors.shared.ai_product import refusals
from connectors.shared.auditlog import maybe
from connectors.shared.graph.values import items
from connectors.shared.walks import Api, Listed, Listing, Places, Window, newest_first, rfc3339, several, snapshot
from schemas.secretref import SecretRef

PERMISSION = "Enable Activity Monitoring, or Enable organization level UAM, for the owner of the API key"
GRANTED_IN = "DataRobot > user icon > APP ADMIN > Manage Users > the user > Permissions; key: API keys and tools"
_LIMIT = "100"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is a reference (env: or file:) to an API key. `events` is off where the package has no activity monitor.

    `base_url` is the installation's address where it is not app.datarobot.com. What stands is listed every
    `snapshot_hours`.
    """

    token: str
    events: bool = True
    snapshot_hours: float = 24
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.token)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """The log, then what stands. Raises Trouble."""
    config: Config = ctx.config
    api = Api(
        ctx, config.base_url or "https://app.datarobot.com",
        headers={"Authorization": f"Bearer {ctx.secret(config.token)}"},
        refusals=refusals(key="API key", permission=PERMISSION, granted_in=GRANTED_IN, absent=Trouble(
            "not_licensed", "the package of this account has no such API; set events=false to list what stands only"
        )),
    )  # fmt: skip
    places = Places(ctx)
    every = timedelta(hours=config.snapshot_hours)
    streams = {"events": newest_first(ctx, "events", places, _events(api), _at)} if config.events else {}
    for name, path in (("deployments", "deployments"), ("use cases", "useCases")):
        streams[name] = snapshot(ctx, name, places, _listing(api, path), every)
    async for page in several(ctx, streams):
        yield page


def _at(record: Any) -> datetime | None:
    return maybe(record.get("timestamp")) if isinstance(record, dict) else None


def _events(api: Api) -> Listing:
    """Events newest first by offset; the window's end is fixed, so that new ones shift nothing."""

    async def ask(window: Window, token: str | None, /) -> Listed:
        asked = {
            "minTimestamp": rfc3339(window.begin, "microseconds"),
            "maxTimestamp": rfc3339(window.end, "microseconds"),
        }
        return await _page(api, "eventLogs", {**asked, "auditReportType": "APP_USAGE"}, token)

    return ask


def _listing(api: Api, path: str) -> Listing:
    async def ask(window: Window, token: str | None, /) -> Listed:
        listed = await _page(api, path, {"limit": _LIMIT}, token)
        taken = rfc3339(window.end, "microseconds")
        return Listed(tuple({**each, "takenAt": taken} for each in items(list(listed.records))), listed.following)

    return ask


async def _page(api: Api, path: str, asked: dict[str, str], token: str | None) -> Listed:
    offset = int(token or "0")
    body = (await api.get(f"/api/v2/{path}/", {**asked, "offset": str(offset)})).body
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        raise Trouble("failing", f"{path} answered something else than a list")
    more = bool(body.get("next")) and bool(body["data"])
    return Listed(tuple(body["data"]), str(offset + len(body["data"])) if more else None)
