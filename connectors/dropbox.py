"""Dropbox' team log: applications people and teams linked, what applications did for them, what is named after AI.

API and events: https://www.dropbox.com/developers/documentation/http/teams#team_log-get_events (read 2026-11-21, in the
vendor's own clients). `POST /2/team_log/get_events` answers `{events, cursor, has_more}`, `…/continue` goes on. An
event: `timestamp`, `event_type` and `event_category` (each `{".tag"}`), `actor` (`user`, `admin` or `app` by its tag),
`details.app_info` (`app_id`, `display_name`), `origin.geo_location.ip_address`. Assets and participants are never read.
Records somebody else captured, with `_tag` for `.tag`: panther-labs/panther-analysis (rules/dropbox_rules). Not
verified: events of Dash and other AI.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.auditlog import access_token, moment, names_ai, person
from connectors.shared.graph.values import text, under
from connectors.shared.walks import Api, Listed, Places, Window, rfc3339, windows
from schemas.observation import Actor, App, Kind, Observation
from schemas.secretref import SecretRef

AI = App(name="Dropbox Dash", publisher="Dropbox")
_GRANTS = {
    "app_link_user": "grant", "app_link_team": "grant", "app_unlink_user": "revoke", "app_unlink_team": "revoke",
    "app_blocked_by_permissions": "blocked", "integration_connected": "grant", "integration_disconnected": "revoke",
}  # fmt: skip
_SPAN = timedelta(hours=12)
_REFUSALS = {
    400: Trouble("failing", "Dropbox does not take the request; check that the application is one of the team's"),
    401: Trouble("no_permission", "the token is not accepted, or the application lacks the scope events.read"),
    403: Trouble("not_licensed", "the team's plan has no team log, or the application may not read it"),
    409: Trouble("failing", "Dropbox took its cursor back"),
}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`client_id`, `client_secret` and `refresh_token` of an application a team admin authorised, the last two being
    references (env: or file:). `base_url` overrides Dropbox' address.
    """

    client_id: str
    client_secret: str
    refresh_token: str
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)
        SecretRef(self.refresh_token)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of half a day after half a day, under one token, which lives four hours."""
    base = (ctx.config.base_url or "https://api.dropboxapi.com").rstrip("/")
    form = {
        "grant_type": "refresh_token", "refresh_token": ctx.secret(ctx.config.refresh_token),
        "client_id": ctx.config.client_id, "client_secret": ctx.secret(ctx.config.client_secret),
    }  # fmt: skip
    signed = await access_token(ctx, f"{base}/oauth2/token", data=form)
    headers = {"Authorization": f"Bearer {signed['access_token']}"}
    api = Api(ctx, base, headers=headers, refusals=_REFUSALS, gone=(400, 409))

    async def ask(window: Window, token: str | None) -> Listed:
        if token:
            answer = await api.post("/2/team_log/get_events/continue", {"cursor": token}, resumed=True)
        else:
            time = {"start_time": rfc3339(window.begin), "end_time": rfc3339(window.end)}
            answer = await api.post("/2/team_log/get_events", {"limit": 1000, "time": time})
        body = answer.body if isinstance(answer.body, dict) else {}
        if not isinstance(body.get("events"), list):
            raise Trouble("failing", "the team log answered without events")
        return Listed(tuple(body["events"]), text(body.get("cursor")) if body.get("has_more") is True else None)

    async for page in windows(ctx, "events", Places(ctx), ask, _SPAN):
        yield page


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One event. Raises Rejected for what is none."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    event = _tag(under(record, "event_type"))
    if event is None:
        raise Rejected("no event_type with a tag: not an event of Dropbox' team log")
    actor = under(record, "actor")
    if action := _GRANTS.get(event):
        details = under(record, "details")
        app = _app(under(details, "app_info")) or _named(details.get("integration_name"))
        return iter((_seen(record, Kind.GRANT, app, action, event),)) if app else Ignored("application without a name")
    if names_ai(event) or "dash" in event.split("_"):
        return iter((_seen(record, Kind.AUDIT, AI, event, event),))
    if acting := _app(under(actor, "app")):
        return iter((_seen(record, Kind.AUDIT, acting, event, event),))
    return Ignored(f"category {(_tag(under(record, 'event_category')) or 'none')[:40]}")


def _tag(tagged: Mapping[str, Any]) -> str | None:
    return text(tagged.get(".tag")) or text(tagged.get("_tag"))


def _app(info: Mapping[str, Any]) -> App | None:
    name, key = text(info.get("display_name")), text(info.get("app_id"))
    return App(name=name, client_id=key) if name or key else None


def _named(name: Any) -> App | None:
    given = text(name)
    return App(name=given) if given else None


def _seen(record: Mapping[str, Any], kind: Kind, app: App, action: str, event: str) -> Observation:
    told = {"event": event[:80], "category": (_tag(under(record, "event_category")) or "")[:40]}
    return Observation(
        source="dropbox",
        kind=kind,
        at=moment(record.get("timestamp"), "timestamp"),
        actor=_actor(record),
        app=app,
        action=action[:120],
        attributes={name: said for name, said in told.items() if said},
    )


def _actor(record: Mapping[str, Any]) -> Actor | None:
    """Whoever did it, else whose account it was done in."""
    actor = under(record, "actor")
    who = under(actor, "user") or under(actor, "admin") or under(record, "context")
    ip = under(under(record, "origin"), "geo_location").get("ip_address")
    return person(email=who.get("email"), account=who.get("team_member_id"), ip=ip)


def action_of(record: Any) -> str | None:
    """Dropbox' own name of what happened."""
    return _tag(under(record, "event_type")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event of Dropbox' team log."""
    if not isinstance(record, dict) or _tag(under(record, "event_type")) is None:
        return 0.0
    return 0.95 if "involve_non_team_member" in record or "event_category" in record else 0.3


CONNECTOR = Connector(
    name="dropbox",
    title="Dropbox team log",
    kinds=(Kind.GRANT, Kind.AUDIT),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://www.dropbox.com/developers/documentation/http/teams#team_log-get_events",
    permissions=("events.read",),
    granted_in=(
        "dropbox.com/developers/apps > Create app (Scoped access, Full Dropbox) > Permissions > Team scopes: "
        "events.read; authorised once by a team admin with token_access_type=offline"
    ),
    plan="Advanced, Business Plus or Enterprise",
    cursor="window, cursor",
    lateness=timedelta(minutes=30),
    lookback=timedelta(hours=1),
    max_back=timedelta(days=365),
    every=timedelta(minutes=15),
    rate=2.0,
    evidence="real sample",
    samples=("dropbox/events.json",),
    wrapped_in=("events",),
    secrets=("client_secret", "refresh_token"),
)
