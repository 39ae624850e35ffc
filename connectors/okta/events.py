"""A LogEvent: what it says of sign-ins, consent, applications, agents and MCP servers. Pure.

Event types: https://developer.okta.com/docs/reference/api/event-types/.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.base import Ignored, Rejected
from connectors.okta.feed import Config
from schemas.observation import Actor, App, Kind, Object, Observation

_SIGN_INS = {"user.authentication.sso"}
_GRANTS = re.compile(r"app\.oauth2\.(?:as\.|admin\.)?consent\.(grant|revoke)(?:\.|$)")
_HANDED_OUT = {
    "application.user_membership.add": "assign", "application.user_membership.remove": "unassign",
    "group.application_assignment.add": "assign", "group.application_assignment.remove": "unassign",
    "app.access_request.request": "request",
}  # fmt: skip
_BUILT = (
    "application.lifecycle.", "app.oauth2.client.lifecycle.", "app.ai_agent_provider.", "workload_principal.",
    "resource_servers.mcp_server.", "resource_servers.virtual_mcp_server.",
)  # fmt: skip
_APPS = {"AppInstance", "PublicClientApp", "AppUser", "OAuth2Client", "oauth_client"}
_CANONICAL = {"eventtype": "eventType", "debugcontext": "debugContext"}
_NOBODY = {"unknown", "system@okta.com", "system"}


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """One LogEvent. Raises Rejected for what is none."""
    record = _opened(record)
    event: str = record["eventType"]
    if (_text(_under(record, "outcome").get("result")) or "SUCCESS").upper() not in {"SUCCESS", "ALLOW"}:
        return Ignored("event that did not succeed") if _told(event) else Ignored(event)
    if event in _SIGN_INS:
        return iter((_observation(record, Kind.SIGNIN, "signin", app=_app(record)),))
    if found := _GRANTS.match(event):
        return iter((_grant(record, found[1]),))
    if event in _HANDED_OUT:
        return iter((_observation(record, Kind.AUDIT, _HANDED_OUT[event], app=_app(record)),))
    if event.startswith(_BUILT):
        return iter((_built(record, event),))
    return Ignored(event)


def _opened(record: Any) -> dict[str, Any]:
    """The event with its keys in Okta's own case: some stores write them all in lower case."""
    if isinstance(record, dict) and "eventType" not in record and "eventtype" in record:
        record = {_CANONICAL.get(key, key): value for key, value in record.items()}
    if not isinstance(record, dict) or not isinstance(record.get("eventType"), str):
        raise Rejected("no eventType: not an event of the System Log")
    return record


def _told(event: str) -> bool:
    return event in _SIGN_INS or event in _HANDED_OUT or bool(_GRANTS.match(event)) or event.startswith(_BUILT)


def _grant(record: Mapping[str, Any], what: str) -> Observation:
    debug = _under(_under(record, "debugContext"), "debugData")
    admin = ".admin." in record["eventType"]
    return _observation(
        record,
        Kind.GRANT,
        what,
        app=_client(record, debug) or _app(record),
        scopes=_scopes(record, debug),
        attributes={"admin_consent": "true" if admin else "false"},
    )


def _scopes(record: Mapping[str, Any], debug: Mapping[str, Any]) -> tuple[str, ...]:
    """Scopes out of the debug data (comma or space between), else the targets that are scopes."""
    told = _text(debug.get("grantedScopes")) or _text(debug.get("scopes")) or _text(debug.get("scope"))
    if told:
        return tuple(dict.fromkeys(re.split(r"[\s,]+", told)))
    targets = (
        target for target in _items(record.get("target")) if "scope" in (_text(target.get("type")) or "").lower()
    )
    return tuple(dict.fromkeys(name for target in targets if (name := _text(target.get("displayName")))))


def _client(record: Mapping[str, Any], debug: Mapping[str, Any]) -> App | None:
    """The OAuth client: its id from the debug data or the target's detail, its name from the target."""
    named = _app(record)
    details = (_under(target, "detailEntry") for target in _items(record.get("target")))
    found = next((name for detail in details if (name := _text(detail.get("publicclientapp")))), None)
    client_id = _text(debug.get("clientId")) or _text(debug.get("client_id")) or found
    if client_id is None:
        return named
    return App(name=named.name if named else None, client_id=client_id)


def _app(record: Mapping[str, Any]) -> App | None:
    """The target that is an application: its label, and its instance id."""
    for target in _items(record.get("target")):
        if _text(target.get("type")) in _APPS and _text(target.get("type")) != "AppUser":
            return App(name=_text(target.get("displayName")), client_id=_text(target.get("id")))
    return None


def _built(record: Mapping[str, Any], event: str) -> Observation:
    target: Mapping[str, Any] = next(_items(record.get("target")), {})
    kinds = {"app.ai": "agent", "worklo": "agent", "resour": "mcp_server"}
    thing = Object(
        type=kinds.get(event[:6], "application"), id=_text(target.get("id")), name=_text(target.get("displayName"))
    )
    kind = Kind.AUDIT if thing.type == "application" else Kind.BUILD
    return _observation(record, kind, event, app=_app(record), thing=thing)


def _observation(
    record: Mapping[str, Any], kind: Kind, action: str, *,
    app: App | None = None, thing: Object | None = None, scopes: tuple[str, ...] = (),
    attributes: Mapping[str, str] | None = None,
) -> Observation:  # fmt: skip
    vendor_id = _text(record.get("uuid"))
    return Observation(
        source="okta",
        kind=kind,
        at=_at(record.get("published")),
        id=f"okta:{vendor_id}" if vendor_id else "",
        actor=_actor(record),
        app=app,
        action=action,
        object=thing,
        scopes=scopes,
        user_agent=_text(_under(_under(record, "client"), "userAgent").get("rawUserAgent")),
        attributes={"event_type": record["eventType"], **(attributes or {})},
    )


def _at(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise Rejected("published is not a time") from None


def _actor(record: Mapping[str, Any]) -> Actor | None:
    """The person: the actor, or the user among the targets where somebody or something acted for them."""
    who, handed_out = _under(record, "actor"), record["eventType"] in _HANDED_OUT
    if _text(who.get("type")) != "User" or handed_out:
        who = next((t for t in _items(record.get("target")) if _text(t.get("type")) == "User"), who)
    login = _text(who.get("alternateId")) or ""
    login = "" if login.lower() in _NOBODY else login
    made = Actor(
        id=None if "@" in login else login or None,
        email=login.lower() if "@" in login else None,
        idp_id=_text(who.get("id")) if _text(who.get("type")) == "User" else None,
        ip=None if handed_out else _text(_under(record, "client").get("ipAddress")),
    )
    return made if made != Actor() else None


def _text(value: Any) -> str | None:
    plain = value.strip() if isinstance(value, str) else ""
    return plain or None


def _under(record: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def _items(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def action_of(record: Any) -> str | None:
    """The event's type, as Okta names it."""
    try:
        return str(_opened(record)["eventType"])
    except Rejected:
        return None


def recognise(record: Any) -> float:
    """How much a JSON object looks like a LogEvent."""
    try:
        record = _opened(record)
    except Rejected:
        return 0.0
    others = ("published", "actor", "uuid", "outcome", "target", "client", "debugContext", "severity")
    return round(min(0.98, 0.3 + 0.7 * sum(key in record for key in others) / 6), 2)
