"""Zaps as the Workflow API lists them.

`GET /v2/zaps?include_shared=true&expand=…` answers `data[]`: `id`, `type` (zap), `title`, `is_enabled`, `steps[]`
(`action`, `inputs`, `authentication`), `updated_at`, `last_successful_run_date`; `links.next` is the next page. Ids
that can't be expanded stay ids. Inputs hold the values people typed and are never read. No field names an owner.
Not verified: an expanded action's own shape (`app.title` is read, then `title`).
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Fetch, Page, Trouble
from connectors.shared.auditlog import maybe, moment
from connectors.shared.graph.values import items, text, under
from connectors.shared.walks import Api, Listed, Places, Window, snapshot
from schemas.observation import App, Kind, Object, Observation, Solution

ZAPIER = App(name="Zapier", publisher="Zapier")
BASE = "https://api.zapier.com"
_PARAMS = {"include_shared": "true", "expand": "steps.action.app", "limit": "100"}
_REFUSALS = {
    401: Trouble("failing", "the access token is not accepted; authorise the integration again"),
    403: Trouble("no_permission", "the token lacks the scope zap:account:all of the Workflow API"),
    404: Trouble("not_enabled", "the Workflow API is not switched on for the integration the token belongs to"),
}


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """All Zaps, once a day."""
    headers = {"Authorization": f"Bearer {ctx.secret(ctx.config.token)}"}
    api = Api(ctx, ctx.config.base_url or BASE, headers=headers, refusals=_REFUSALS, gone=(400, 404))

    async def ask(window: Window, token: str | None) -> Listed:
        answer = await api.get(token or "/v2/zaps", None if token else _PARAMS, resumed=bool(token))
        body = answer.body if isinstance(answer.body, dict) else {}
        if not isinstance(body.get("data"), list):
            raise Trouble("failing", "the list of Zaps is none")
        return Listed(tuple(_with(one, window.end) for one in body["data"]), text(under(body, "links").get("next")))

    every = timedelta(hours=ctx.config.snapshot_hours)
    async for page in snapshot(ctx, "zaps", Places(ctx), ask, every):
        yield page


def _with(zap: Any, taken: datetime) -> Any:
    return {**zap, "taken_at": taken.isoformat()} if isinstance(zap, dict) else zap


def is_zap(record: Mapping[str, Any]) -> bool:
    """Whether a record is a Zap of the API."""
    return record.get("type") == "zap" and isinstance(record.get("steps"), list)


def listed(record: Mapping[str, Any]) -> Iterator[Observation]:
    """A Zap that stands, once a day."""
    taken, updated = maybe(record.get("taken_at")), maybe(record.get("updated_at"))
    at = taken or updated or moment(None, "updated_at")
    key, title = text(record.get("id")), text(record.get("title"))
    solution = Solution(
        id=f"zapier_zap:{key}",
        type="zapier_zap",
        name=title,
        connectors=tuple(dict.fromkeys(_apps(record))),
        last_run_at=maybe(record.get("last_successful_run_date")),
    )
    yield Observation(
        source="zapier",
        kind=Kind.BUILD,
        at=at,
        id=f"zapier:{key}/{at.date()}" if key else "",
        app=ZAPIER,
        action="present",
        object=Object(type="zap", id=key, name=title),
        solution=solution if key else None,
        attributes={"enabled": "false" if record.get("is_enabled") is False else "true"},
    )


def _apps(record: Mapping[str, Any]) -> Iterator[str]:
    """The applications a Zap's steps use, where the answer names them."""
    for step in items(record.get("steps")):
        action = under(step, "action")
        name = text(under(action, "app").get("title")) or text(under(step, "app").get("title"))
        if name:
            yield name
