"""Asana's audit log: applications people authorised, applications that act for them, what is named after AI.

API: https://developers.asana.com/reference/getauditlogevents, events: https://developers.asana.com/docs/audit-log-events
(read 2026-11-21). `GET /api/1.0/workspaces/{gid}/audit_log_events` answers `{data, next_page: {offset}}`, oldest first;
the offset is there also where nothing follows. An event: `gid`, `created_at`, `event_type`, `event_category`, `actor`,
`resource`, `details`, `context` (`context_type`, `client_ip_address`, `user_agent`, `oauth_app_name`). Names of tasks,
people and files are never read. Records somebody else captured: panther-labs/panther-analysis (rules/asana_rules). Not
verified: where an authorised application is named (details, resource or context), and events of Asana AI.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.auditlog import maybe, moment, names_ai, person
from connectors.shared.graph.values import text, under
from connectors.shared.walks import Api, Listed, Places, Window, forward
from schemas.observation import App, Kind, Observation
from schemas.secretref import SecretRef

AI = App(name="Asana AI", publisher="Asana")
_GRANTS = {"user_app_authorized": "grant", "user_app_revoked": "revoke"}
_APPS = {"app", "oauth_app", "oauth_application", "app_integration"}
_REFUSALS = {
    401: Trouble("failing", "the token is not accepted; make a new one for the service account"),
    402: Trouble("not_licensed", "the audit log is part of Enterprise+, or of the compliance add-on"),
    403: Trouble("no_permission", "the token is none of a service account with the permission Audit logs"),
    404: Trouble("failing", "there is no such workspace; its gid stands in the admin console's address"),
}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`workspace` is the workspace's gid, `token` a reference (env: or file:) to a service account's token.

    `base_url` overrides Asana's address.
    """

    workspace: str
    token: str
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.token)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages from what is known to the newest event."""
    headers = {"Authorization": f"Bearer {ctx.secret(ctx.config.token)}"}
    api = Api(ctx, ctx.config.base_url or "https://app.asana.com", headers=headers, refusals=_REFUSALS, gone=(400,))
    path = f"/api/1.0/workspaces/{ctx.config.workspace}/audit_log_events"

    async def ask(window: Window, token: str | None) -> Listed:
        params = {"start_at": _iso(window.begin), "limit": "100"}
        if ctx.until is not None:
            params["end_at"] = _iso(window.end)
        answer = await api.get(path, params | ({"offset": token} if token else {}), resumed=bool(token))
        body = answer.body if isinstance(answer.body, dict) else {}
        if not isinstance(body.get("data"), list):
            raise Trouble("failing", "the audit log answered without data")
        return Listed(tuple(body["data"]), text(under(body, "next_page").get("offset")) if body["data"] else None)

    async for page in forward(ctx, "events", Places(ctx), ask, _written):
        yield page


def _written(record: Any) -> datetime | None:
    return maybe(record.get("created_at")) if isinstance(record, dict) else None


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One event. Raises Rejected for what is none."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    event = text(record.get("event_type"))
    if event is None or "actor" not in record:
        raise Rejected("no event of Asana's audit log")
    if action := _GRANTS.get(event):
        app = _app(record)
        return iter((_seen(record, Kind.GRANT, app, action, event),)) if app else Ignored("application without a name")
    if names_ai(event):
        return iter((_seen(record, Kind.AUDIT, AI, event, event),))
    if name := text(under(record, "context").get("oauth_app_name")):
        return iter((_seen(record, Kind.AUDIT, App(name=name), event, event),))
    return Ignored(f"category {(text(record.get('event_category')) or 'none')[:40]}")


def _app(record: Mapping[str, Any]) -> App | None:
    """The application a person let in or put out."""
    details, resource = under(record, "details"), under(record, "resource")
    named = under(details, "app") or under(details, "oauth_app")
    if not named and text(resource.get("resource_type")) in _APPS:
        named = resource
    name = text(named.get("name")) or text(details.get("app_name")) or text(details.get("oauth_app_name"))
    name = name or text(under(record, "context").get("oauth_app_name"))
    key = text(named.get("gid"))
    return App(name=name, client_id=key) if name or key else None


def _seen(record: Mapping[str, Any], kind: Kind, app: App, action: str, event: str) -> Observation:
    who, where, key = under(record, "actor"), under(record, "context"), text(record.get("gid"))
    told = {"event": event, "context": text(where.get("context_type")), "category": text(record.get("event_category"))}
    return Observation(
        source="asana",
        kind=kind,
        at=moment(record.get("created_at"), "created_at"),
        id=f"asana:{key}" if key else "",
        actor=person(email=who.get("email"), account=who.get("gid"), ip=where.get("client_ip_address")),
        app=app,
        action=action,
        user_agent=text(where.get("user_agent")),
        attributes={name: said[:60] for name, said in told.items() if said},
    )


def action_of(record: Any) -> str | None:
    """Asana's own name of what happened."""
    return text(record.get("event_type")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event of Asana's audit log."""
    if not isinstance(record, dict) or not {"event_type", "event_category", "actor"} <= record.keys():
        return 0.0
    return 0.95 if "actor_type" in under(record, "actor") or "context_type" in under(record, "context") else 0.4


CONNECTOR = Connector(
    name="asana",
    title="Asana audit log",
    kinds=(Kind.GRANT, Kind.AUDIT),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://developers.asana.com/docs/audit-log-events",
    permissions=("a service account with the permission Audit logs",),
    granted_in="Admin console > Apps > Service accounts > Add service account: Audit logs",
    plan="Enterprise+, Legacy Enterprise, or the compliance management add-on",
    cursor="time, offset",
    lateness=timedelta(minutes=10),
    lookback=timedelta(minutes=30),
    max_back=timedelta(days=90),
    every=timedelta(minutes=10),
    rate=2.0,
    evidence="real sample",
    samples=("asana/events.json",),
    wrapped_in=("data",),
    secrets=("token",),
)
