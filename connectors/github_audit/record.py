"""What an entry of the audit log says, or one installed application.

Fields of an entry: `@timestamp` and `created_at` in milliseconds (text in some stores), `_document_id`, `action`,
`actor`, `actor_ip`, `actor_is_agent`, `user` (whom it is about), `org`; of applications `integration` or `name`,
`application_client_id`, `oauth_application_name`, `oauth_application_id`. Titles of pull requests, repository
contents and secrets' names are never read.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.base import Ignored, Rejected
from connectors.shared.auditlog import maybe, moment, names_ai, person
from connectors.shared.graph.values import text, under
from schemas.observation import Actor, App, Kind, Object, Observation

COPILOT = App(name="GitHub Copilot", publisher="GitHub")
_INSTALLED = "integration_installation."
_GRANTED = {
    "integration_installation.create", "integration_installation.unsuspend", "integration_installation.version_updated",
    "integration_installation.repositories_added", "org.oauth_app_access_approved", "oauth_authorization.create",
    "oauth_authorization.update", "oauth_access.create",
}  # fmt: skip
_REVOKED = {
    "integration_installation.destroy", "integration_installation.suspend", "org.oauth_app_access_denied",
    "org.oauth_app_access_blocked", "oauth_authorization.destroy", "oauth_access.destroy", "oauth_access.revoke",
    "integration_installation.delete",
}  # fmt: skip
_ASKED = {"org.oauth_app_access_requested", "integration_installation_request.create"}
_SEATS = ("copilot.cfb_seat_added", "copilot.cfb_seat_assignment", "copilot.cfb_seat_cancelled")
_BOT = "[bot]"
_AGENTS = {"copilot": COPILOT, "copilot-swe-agent": COPILOT}


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One entry. Raises Rejected for what is none."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    action = record.get("action")
    if not isinstance(action, str):
        if "app_slug" in record:
            return _installation(record)
        raise Rejected("no action: not an entry of GitHub's audit log")
    found = _told(record, action)
    return found if isinstance(found, Ignored) else iter((found,))


def _told(record: Mapping[str, Any], action: str) -> Observation | Ignored:
    if action in _GRANTED or action in _REVOKED or action in _ASKED:
        app = _app(record)
        return _granted(record, action, app) if app else Ignored("application that is not named")
    if names_ai(action):
        seat = action.startswith(_SEATS) and text(record.get("user"))
        return _observation(record, Kind.AUDIT, action, COPILOT, person(account=seat) if seat else None)
    if (agent := _agent(record)) is not None:
        return _observation(record, Kind.AUDIT, action, agent, attributes={"by": "agent"})
    return Ignored(action[:60])


def _granted(record: Mapping[str, Any], action: str, app: App) -> Observation:
    if action in _ASKED:
        return _observation(record, Kind.AUDIT, action, app)
    return _observation(
        record,
        Kind.GRANT,
        "revoke" if action in _REVOKED else "grant",
        app,
        scopes=_scopes(record),
        attributes={"event_type": action, "repositories": text(record.get("repository_selection"))},
    )


def _scopes(record: Mapping[str, Any]) -> tuple[str, ...]:
    """OAuth scopes as text; permissions of a GitHub App as `contents:write`."""
    told = (text(record.get("oauth_scopes")) or "").replace(",", " ").split()
    kept = [f"{name}:{level}" for name, level in under(record, "permissions").items() if isinstance(level, str)]
    return tuple(dict.fromkeys([*told, *kept]))


def _app(record: Mapping[str, Any]) -> App | None:
    name = text(record.get("integration")) or text(record.get("oauth_application_name")) or text(record.get("name"))
    client = text(record.get("application_client_id"))
    key = record.get("oauth_application_id")
    if client is None and isinstance(key, int) and not isinstance(key, bool):
        client = str(key)
    return App(name=name, client_id=client) if name or client else None


def _agent(record: Mapping[str, Any]) -> App | None:
    """The AI agent that acted by itself: GitHub says so, or the application's account is named after one."""
    actor = record.get("actor")
    if not isinstance(actor, str) or not actor:
        return None
    if record.get("actor_is_agent") is not True:
        if not actor.endswith(_BOT) and actor != "Copilot":
            return None
        if not names_ai(actor):
            return None
    name = actor.removesuffix(_BOT)
    return _AGENTS.get(name.lower(), App(name=name))


def _observation(
    record: Mapping[str, Any], kind: Kind, action: str, app: App, who: Actor | None = None, *,
    scopes: tuple[str, ...] = (), attributes: Mapping[str, str | None] | None = None,
) -> Observation:  # fmt: skip
    vendor_id, org = text(record.get("_document_id")), text(record.get("org"))
    return Observation(
        source="github_audit",
        kind=kind,
        at=_at(record),
        id=f"github_audit:{vendor_id}" if vendor_id else "",
        actor=who or _actor(record),
        app=app,
        action=action,
        scopes=scopes,
        user_agent=text(record.get("user_agent")),
        tenant=org,
        attributes={name: value for name, value in (attributes or {}).items() if value},
    )


def _actor(record: Mapping[str, Any]) -> Actor | None:
    """The login, with the address the identity provider knows where GitHub tells it."""
    login = text(record.get("actor"))
    if login and login.endswith(_BOT):
        login = None
    return person(email=text(record.get("external_identity_nameid")) or login, account=login, ip=record.get("actor_ip"))


def _at(record: Mapping[str, Any]) -> datetime:
    for field in ("created_at", "@timestamp"):
        if (found := maybe(record.get(field))) is not None:
            return found
    return moment(record.get("at_sign_timestamp"), "created_at")


def written(record: Any) -> datetime | None:
    """The clock the log is in order of."""
    return maybe(record.get("created_at") or record.get("@timestamp")) if isinstance(record, dict) else None


def _installation(record: Mapping[str, Any]) -> Iterator[Observation]:
    """An application installed on the organisation: a standing grant of its permissions, once a day."""
    slug, taken = text(record.get("app_slug")), maybe(record.get("taken_at"))
    at = taken or moment(record.get("updated_at") or record.get("created_at"), "created_at")
    key, org = record.get("id"), text(record.get("org")) or text(under(record, "account").get("login"))
    suspended = text(record.get("suspended_at")) is not None
    yield Observation(
        source="github_audit",
        kind=Kind.GRANT,
        at=at,
        id=f"github_audit:installation/{key}/{at.date()}" if isinstance(key, int) else "",
        app=App(name=slug, client_id=text(record.get("client_id"))),
        action="hold",
        object=Object(type="application", id=str(key) if isinstance(key, int) else None, name=slug),
        scopes=_scopes(record),
        tenant=org,
        attributes={
            **({"repositories": chosen} if (chosen := text(record.get("repository_selection"))) else {}),
            **({"suspended": "true"} if suspended else {}),
        },
    )


def action_of(record: Any) -> str | None:
    """GitHub's own name of what happened."""
    return text(record.get("action")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an entry of the audit log, or an installed application."""
    if not isinstance(record, dict):
        return 0.0
    if {"app_slug", "repository_selection"} <= record.keys():
        return 0.95
    action = record.get("action")
    if not isinstance(action, str) or "eventType" in record:
        return 0.0
    clock = "@timestamp" in record or "created_at" in record
    others = ("org", "actor", "_document_id", "business", "repo", "operation_type", "actor_location")
    dotted = action.count(".") == 1 and action.replace(".", "").replace("_", "").isalnum()
    return round(0.2 * clock + 0.2 * dotted + min(0.58, 0.2 * sum(key in record for key in others)), 2)
