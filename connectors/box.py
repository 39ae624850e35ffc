"""Box enterprise events: which application reached whose files, tokens it got, and what is named after AI.

API: https://developer.box.com/reference/get-events/, stream `admin_logs`; events:
https://developer.box.com/guides/events/event-triggers/shield-alert-events (with `additional_details.service_name`) and
https://developer.box.com/guides/events/enterprise-events/for-enterprise/ (read 2026-11-21). An event: `event_id`,
`event_type`, `created_at`, `created_by`, `ip_address`, `source` (never read), `additional_details` with `service_id`
and `service_name`, the application. Records somebody else captured: panther-labs/panther-analysis (rules/box_rules),
elastic/integrations (packages/box_events). Not verified: events of Box AI; that every event names its application.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.auditlog import Session, Signed, access_token, moment, names_ai, person
from connectors.shared.graph.values import text, under
from connectors.shared.walks import Listed, Places, Window, rfc3339, windows
from schemas.observation import App, Kind, Observation
from schemas.secretref import SecretRef

AI = App(name="Box AI", publisher="Box")
_GRANTS = {
    "USER_AUTHENTICATE_OAUTH2_ACCESS_TOKEN_CREATE": "grant", "OAUTH2_ACCESS_TOKEN_REVOKE": "revoke",
    "ENTERPRISE_APP_AUTHORIZATION_UPDATE": "grant",
}  # fmt: skip
_SPAN = timedelta(hours=6)
_REFUSALS = {
    400: Trouble("failing", "Box does not take the request"),
    401: Trouble("failing", "the access token is not accepted; check that an admin authorised the application"),
    403: Trouble("no_permission", "the application lacks the scope Manage enterprise properties, or is not authorised"),
}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`enterprise` is the enterprise's id; `client_id` and `client_secret` (a reference, env: or file:) are those of a
    platform application with client credentials. `base_url` overrides Box's address.
    """

    enterprise: str
    client_id: str
    client_secret: str
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.client_secret)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages of six hours after six hours; the stream repeats events and mixes their order, which a window bears."""
    config = ctx.config
    base = (config.base_url or "https://api.box.com").rstrip("/")

    async def sign_in() -> Signed:
        form = {
            "grant_type": "client_credentials", "client_id": config.client_id,
            "client_secret": ctx.secret(config.client_secret), "box_subject_type": "enterprise",
            "box_subject_id": config.enterprise,
        }  # fmt: skip
        body = await access_token(ctx, f"{base}/oauth2/token", data=form)
        return Signed(base, {"Authorization": f"Bearer {body['access_token']}"})

    session = Session(ctx, sign_in, refusals=_REFUSALS, gone=(400,))

    async def ask(window: Window, token: str | None) -> Listed:
        params = {
            "stream_type": "admin_logs", "created_after": rfc3339(window.begin), "created_before": rfc3339(window.end),
            "limit": "500",
        }  # fmt: skip
        position = {"stream_position": token} if token else {}
        answer = await session.get("/2.0/events", params | position, resumed=bool(token))
        body = answer.body if isinstance(answer.body, dict) else {}
        if not isinstance(body.get("entries"), list):
            raise Trouble("failing", "Box answered without entries")
        following = str(body.get("next_stream_position") or "")
        return Listed(tuple(body["entries"]), following if body["entries"] and following != token else None)

    async for page in windows(ctx, "events", Places(ctx), ask, _SPAN):
        yield page


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One event. Raises Rejected for what is none."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    event = text(record.get("event_type"))
    if event is None:
        raise Rejected("no event_type: not an event of Box")
    details = under(record, "additional_details")
    name, key = text(details.get("service_name")), text(details.get("service_id"))
    if names_ai(event) or (name and name.startswith("Box AI")):
        return iter((_seen(record, Kind.AUDIT, AI, event.lower(), event),))
    if name is None and (key is None or event not in _GRANTS):
        return Ignored("event that names no application")
    if name and name.startswith("Box") and not names_ai(name):
        return Ignored("program of Box's own")
    kind = Kind.GRANT if event in _GRANTS else Kind.AUDIT
    return iter((_seen(record, kind, App(name=name, client_id=key), _GRANTS.get(event, event.lower()), event),))


def _seen(record: Mapping[str, Any], kind: Kind, app: App, action: str, event: str) -> Observation:
    who, key = under(record, "created_by"), text(record.get("event_id"))
    return Observation(
        source="box",
        kind=kind,
        at=moment(record.get("created_at"), "created_at"),
        id=f"box:{key}" if key else "",
        actor=person(email=who.get("login"), account=who.get("id"), ip=record.get("ip_address")),
        app=app,
        action=action[:120],
        attributes={"event": event[:80]},
    )


def action_of(record: Any) -> str | None:
    """Box's own name of what happened."""
    return text(record.get("event_type")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event of Box."""
    if not isinstance(record, dict) or record.get("type") != "event" or "event_type" not in record:
        return 0.0
    return 0.95 if {"event_id", "created_by"} <= record.keys() else 0.5


CONNECTOR = Connector(
    name="box",
    title="Box enterprise events",
    kinds=(Kind.AUDIT, Kind.GRANT),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://developer.box.com/guides/events/enterprise-events/for-enterprise/",
    permissions=("Manage enterprise properties",),
    granted_in=(
        "Developer Console > Create Platform App > Client Credentials Grant, App + Enterprise Access: Manage "
        "enterprise properties; Admin Console > Integrations > Platform Apps Manager > Authorize"
    ),
    plan="Business or higher",
    cursor="window, stream_position",
    lateness=timedelta(minutes=30),
    lookback=timedelta(hours=1),
    max_back=timedelta(days=365),
    every=timedelta(minutes=15),
    rate=2.0,
    evidence="real sample",
    samples=("box/events.json",),
    wrapped_in=("entries",),
    secrets=("client_secret",),
)
