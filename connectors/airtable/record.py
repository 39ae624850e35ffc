"""What one event of the audit log says.

An event: `id`, `timestamp`, `action`, `actor.user`, `modelId` and `modelType` (what it was done to), `payload` by
action, `context` (`baseId`, `interfaceId`, `workspaceId`, `enterpriseAccountId`), `origin` (address, program). Guide
texts, share links, attachments' names and tables are never read.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors.base import Ignored, Rejected
from connectors.shared.auditlog import moment, names_ai, person
from connectors.shared.graph.values import text, under
from schemas.observation import Actor, App, Kind, Object, Observation, Solution

AI = App(name="Airtable AI", publisher="Airtable")
BUILT = App(name="Airtable apps", publisher="Airtable")
_TYPES = {
    "base": "airtable_base", "interface": "airtable_interface", "managed_app": "airtable_app",
    "component": "airtable_component", "portal": "airtable_portal", "automation": "airtable_automation",
    "extension_installation": "airtable_extension",
}  # fmt: skip
_BUILT = {
    "createBase", "deleteBase", "duplicateBase", "updateBaseName", "restoreBaseFromTrash", "restoreBaseFromSnapshot",
    "createSandboxBase", "moveBase", "createInterface", "deleteInterface", "duplicateInterface", "updateInterfaceName",
    "publishInterface", "unpublishInterface", "restoreInterfaceFromTrash", "createManagedApp", "deleteManagedApp",
    "publishManagedApp", "updateManagedAppName", "createComponent", "deleteComponent", "publishComponent",
    "createPortal", "deletePortal", "updateAutomationSubscribers",
}  # fmt: skip
_AUTHORISED = {"createOauthAccessToken", "refreshOauthAccessToken"}
_SYNCED = {
    "createSyncIntegrationSource": "grant", "reconnectSyncIntegrationSource": "grant",
    "connectSyncIntegrationToTable": "grant", "deleteSyncIntegrationSource": "revoke",
}  # fmt: skip
_SHARED = "enableShare"


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One event. Raises Rejected for what is none."""
    if not isinstance(record, dict) or not isinstance(record.get("action"), str) or "modelType" not in record:
        raise Rejected("no action on a model: not an event of Airtable's audit log")
    action: str = record["action"]
    found = _told(record, action)
    return iter((found,)) if found else Ignored(action[:60])


def _told(record: Mapping[str, Any], action: str) -> Observation | None:
    if tell := _BY_ACTION.get(action):
        return tell(record, action)
    return _ai(record, action) if names_ai(action) else None


def _built(record: Mapping[str, Any], action: str) -> Observation:
    """Something a person built: by its own id, but for a duplicate, whose new id stands in the payload."""
    payload = under(record, "payload")
    current = under(payload, "current")
    copy = under(current, "application")
    name = text(payload.get("name")) or text(current.get("name")) or text(copy.get("name"))
    sharing = "published" if action.startswith("publish") else None
    found = _solution(
        record, key=text(copy.get("id")), name=name, deleted=action.startswith("delete"), sharing=sharing,
        owner=_actor(record) if action.startswith(("create", "duplicate")) else None,
    )  # fmt: skip
    return _observation(record, Kind.BUILD, action, BUILT, solution=found)


def _shared(record: Mapping[str, Any], action: str) -> Observation:
    """A base that was opened to whoever has its link, whole or one view of it."""
    base = text(under(record, "context").get("baseId")) or text(under(under(record, "payload"), "base").get("id"))
    solution = Solution(id=f"airtable_base:{base}", type="airtable_base", sharing="link") if base else None
    return _observation(record, Kind.BUILD, action, BUILT, solution=solution)


def _ai(record: Mapping[str, Any], action: str) -> Observation:
    """AI of a base, a workspace or the enterprise: its settings, or that a provider refused what it was sent."""
    payload = under(record, "payload")
    automation = under(payload, "automation")
    key = text(automation.get("id"))
    solution = Solution(
        id=f"airtable_automation:{key}", type="airtable_automation", name=text(automation.get("name"))
    ) if key else _solution(record)  # fmt: skip
    enabled = under(payload, "current").get("isAiAssistantEnabled")
    told = {"provider": text(payload.get("aiModelProvider")), "surface": text(payload.get("surface"))}
    if isinstance(enabled, bool):
        told["assistant"] = "on" if enabled else "off"
    return _observation(record, Kind.AUDIT, action, AI, solution=solution, attributes=told)


def _authorised(record: Mapping[str, Any], action: str) -> Observation:
    """An OAuth integration a person let in, with the scopes it holds now."""
    payload = under(record, "payload")
    integration = under(payload, "oauthIntegration")
    scopes = payload.get("scopes") or under(payload, "current").get("scopes")
    app = App(name=text(integration.get("name")), client_id=text(integration.get("clientId")))
    return _observation(
        record, Kind.GRANT, "grant", app, attributes={"event_type": action},
        scopes=tuple(dict.fromkeys(one for one in scopes if isinstance(one, str))) if isinstance(scopes, list) else (),
    )  # fmt: skip


def _synced(record: Mapping[str, Any], action: str) -> Observation:
    """A system whose data flow into a base: SALESFORCE, ATLASSIAN_JIRA, GOOGLE_SHEETS …"""
    base = text(under(record, "context").get("baseId"))
    system = text(under(record, "payload").get("type"))
    solution = Solution(
        id=f"airtable_base:{base}", type="airtable_base", connectors=(system,)
    ) if base and system else None  # fmt: skip
    return _observation(
        record,
        Kind.GRANT,
        _SYNCED[action],
        BUILT,
        solution=solution,
        attributes={"event_type": action, "system": system},
    )


def _solution(
    record: Mapping[str, Any], *, key: str | None = None, name: str | None = None, deleted: bool = False,
    sharing: str | None = None, owner: Actor | None = None,
) -> Solution | None:  # fmt: skip
    kind = _TYPES.get(text(record.get("modelType")) or "")
    key = key or text(record.get("modelId"))
    if kind is None or key is None:
        return None
    base = text(under(record, "context").get("baseId"))
    return Solution(
        id=f"{kind}:{key}", type=kind, name=name, environment=text(under(record, "context").get("workspaceId")),
        deleted=deleted, sharing=sharing, owner=owner, touches=(base,) if base and base != key else (),
    )  # fmt: skip


def _observation(
    record: Mapping[str, Any], kind: Kind, action: str, app: App, *, solution: Solution | None = None,
    scopes: tuple[str, ...] = (), attributes: Mapping[str, str | None] | None = None,
) -> Observation:  # fmt: skip
    vendor_id, origin = text(record.get("id")), under(record, "origin")
    thing = Object(type=solution.type, id=solution.id.partition(":")[2], name=solution.name) if solution else None
    return Observation(
        source="airtable",
        kind=kind,
        at=moment(record.get("timestamp"), "timestamp"),
        id=f"airtable:{vendor_id}" if vendor_id else "",
        actor=_actor(record),
        app=app,
        action=action,
        object=thing,
        solution=solution,
        scopes=scopes,
        user_agent=text(origin.get("userAgent")),
        tenant=text(under(record, "context").get("enterpriseAccountId")),
        attributes={name: value for name, value in (attributes or {}).items() if value},
    )


def _actor(record: Mapping[str, Any]) -> Actor | None:
    user = under(under(record, "actor"), "user")
    return person(email=user.get("email"), account=user.get("id"), ip=under(record, "origin").get("ipAddress"))


_BY_ACTION: Mapping[str, Callable[[Mapping[str, Any], str], Observation]] = {
    **dict.fromkeys(_BUILT, _built),
    **dict.fromkeys(_AUTHORISED, _authorised),
    **dict.fromkeys(_SYNCED, _synced),
    _SHARED: _shared,
}


def action_of(record: Any) -> str | None:
    """Airtable's own name of what happened."""
    return text(record.get("action")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event of Airtable's audit log."""
    if not isinstance(record, dict) or not isinstance(record.get("action"), str):
        return 0.0
    keys = ("modelId", "modelType", "payloadVersion", "origin", "context")
    return round(0.19 * sum(key in record for key in keys), 2)
