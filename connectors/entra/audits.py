"""Directory audits: consent, permissions given and taken, people assigned to applications, new applications.

Activities: https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities. Modified properties
hold JSON text. What they are named was read in public records: consent names the application as its target, with
`ConsentAction.Permissions` as `[old] => [new]`; a permission grant names the resource, and the application in
`ServicePrincipal.*`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from connectors.base import Ignored
from connectors.entra.record import SOURCE, Opened, facts, told, vendor_id
from connectors.shared.graph import items, moment, text, under
from schemas.observation import Actor, App, Kind, Object, Observation

_CONSENT = {"consent to application": "grant", "revoke consent": "revoke"}
_ON_A_RESOURCE = {
    "add delegated permission grant": "grant", "add oauth2permissiongrant": "grant",
    "remove delegated permission grant": "revoke", "remove oauth2permissiongrant": "revoke",
    "add app role assignment to service principal": "grant",
    "remove app role assignment from service principal": "revoke",
}  # fmt: skip
_ASSIGNED = {
    "add app role assignment grant to user": "assign", "add app role assignment to group": "assign",
    "remove app role assignment from user": "unassign", "remove app role assignment from group": "unassign",
}  # fmt: skip
_NEW = {"add service principal", "add application"}
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SCOPE = re.compile(r"Scope: ?([^,\]]*)")
_NAMES = "TargetId.ServicePrincipalNames"


def audit(found: Opened) -> Iterator[Observation] | Ignored:
    """One audit; what says nothing of applications is ignored."""
    activity = (text(found.body.get("activityDisplayName")) or "").rstrip(".").lower()
    if not (activity in _CONSENT or activity in _ON_A_RESOURCE or activity in _ASSIGNED or activity in _NEW):
        return Ignored("directory change that grants nothing")
    if (text(found.body.get("result")) or "success").lower() != "success":
        return Ignored("failed directory change")
    if activity in _NEW:
        return iter((_new(found),))
    if activity in _ASSIGNED:
        return iter((_assigned(found, _ASSIGNED[activity]),))
    return iter((_granted(found, activity),))


def _new(found: Opened) -> Observation:
    app = _application(found.body, "AppId")
    thing = Object(type="application", id=app.client_id, name=app.name) if app else None
    return _observation(found, Kind.AUDIT, "create", app, thing=thing, attributes={})


def _assigned(found: Opened, action: str) -> Observation:
    """A person or group given an application: the person is the one it is given to, not who gave it."""
    person = next((t for t in items(found.body.get("targetResources")) if _type(t) == "user"), {})
    changed = _changed(found.body)
    email = text(person.get("userPrincipalName")) or changed.get("User.UPN") or ""
    given = Actor(
        email=email.lower() if "@" in email else None,
        idp_id=text(person.get("id")) or changed.get("User.ObjectID") or None,
    )
    return _observation(found, Kind.GRANT, action, _application(found.body, ""), who=given, attributes={})


def _granted(found: Opened, activity: str) -> Observation:
    changed, before = _changed(found.body), _changed(found.body, "oldValue")
    on_resource = activity in _ON_A_RESOURCE
    everyone = "AllPrincipals" in changed.get("ConsentAction.Permissions", "") + changed.get(
        "DelegatedPermissionGrant.ConsentType", ""
    )
    app_only = changed.get("ConsentContext.IsAppOnly") == "True" or "AppRole.Value" in changed
    admin = everyone or changed.get("ConsentContext.IsAdminConsent") == "True" or "app role" in activity
    return _observation(
        found,
        Kind.GRANT,
        _ON_A_RESOURCE[activity] if on_resource else _CONSENT[activity],
        _client(found.body, changed) if on_resource else _application(found.body, "AppId"),
        scopes=_scopes(changed) or _scopes(before),
        attributes={
            "admin_consent": "true" if admin else "false",
            "app_only": "true" if app_only else None,
            "resource": _target(found.body).name if on_resource else None,
            "service_principal": changed.get("ServicePrincipal.ObjectID") if on_resource else None,
        },
    )  # fmt: skip


def _observation(
    found: Opened, kind: Kind, action: str, app: App | None, *, attributes: Mapping[str, str | None],
    scopes: tuple[str, ...] = (), thing: Object | None = None, who: Actor | None = None,
) -> Observation:  # fmt: skip
    body = found.body
    by_app = text(under(under(body, "initiatedBy"), "app").get("displayName"))
    activity = text(body.get("activityDisplayName"))
    return Observation(
        source=SOURCE,
        kind=kind,
        at=moment(body.get("activityDateTime"), "activityDateTime"),
        id=vendor_id(body),
        actor=_actor(body) if who is None else who if who != Actor() else None,
        app=app,
        action=action,
        object=thing,
        scopes=scopes,
        user_agent=text(_details(body).get("User-Agent")),
        tenant=told(found.around, "tenantId"),
        attributes=facts({"activity": activity, "initiated_by_app": by_app, **attributes}),
    )


def _actor(body: Mapping[str, Any]) -> Actor | None:
    """The person who did it; none where an application or a service did."""
    user = under(under(body, "initiatedBy"), "user")
    name = text(user.get("userPrincipalName")) or ""
    made = Actor(
        id=None if "@" in name else name or None,
        email=name.lower() if "@" in name else None,
        idp_id=text(user.get("id")),
        ip=text(user.get("ipAddress")),
    )
    return made if made != Actor() else None


def _changed(body: Mapping[str, Any], which: str = "newValue") -> dict[str, str]:
    """The modified properties of all targets, their values out of the JSON text they stand in."""
    found: dict[str, str] = {}
    for target in items(body.get("targetResources")):
        for changed in items(target.get("modifiedProperties")):
            name, value = text(changed.get("displayName")), _plain(changed.get(which))
            if name and value and name not in found:
                found[name] = value
    return found


def _plain(value: Any) -> str | None:
    """A JSON string as what it says; what is none stays."""
    given = text(value)
    if given is None or not given.startswith('"'):
        return given
    try:
        return text(msgspec.json.decode(given))
    except (msgspec.DecodeError, RecursionError):
        return text(given.strip('"'))


def _details(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: each.get("value") for each in items(body.get("additionalDetails")) if (key := text(each.get("key")))}


def _type(target: Mapping[str, Any]) -> str:
    return (text(target.get("type")) or text(target.get("Type")) or "").lower()


def _target(body: Mapping[str, Any]) -> App:
    """The first target that is an application or a resource, by name and object id."""
    targets = list(items(body.get("targetResources")))
    first = next((t for t in targets if _type(t) in {"serviceprincipal", "application"}), targets[0] if targets else {})
    return App(name=text(first.get("displayName")), client_id=text(first.get("id")))


def _application(body: Mapping[str, Any], detail: str) -> App | None:
    """The target's name and its application id: among its names, else in the details or properties."""
    changed = _changed(body)
    told_id = text(_details(body).get(detail)) if detail else None
    found = _GUID.search(changed.get(_NAMES) or changed.get("AppId") or told_id or "")
    app = App(name=_target(body).name, client_id=found[0].lower() if found else None)
    return app if app != App() else None


def _client(body: Mapping[str, Any], changed: Mapping[str, str]) -> App | None:
    """Whom the permission was given: named in the properties, else as the second target."""
    others = [t for t in items(body.get("targetResources")) if _type(t) == "serviceprincipal"][1:]
    names = (text(t.get("displayName")) for t in others)
    named = changed.get("ServicePrincipal.Name", "")
    app = App(
        name=changed.get("ServicePrincipal.DisplayName") or next((name for name in names if name), None),
        client_id=changed.get("ServicePrincipal.AppId") or (named if _GUID.fullmatch(named) else None),
    )
    return app if app != App() else None


def _scopes(changed: Mapping[str, str]) -> tuple[str, ...]:
    """The scopes after the change, each once, in the order they stand."""
    after = changed.get("ConsentAction.Permissions", "").rpartition("=>")[2]
    plain = changed.get("DelegatedPermissionGrant.Scope") or changed.get("AppRole.Value") or ""
    words = " ".join((*_SCOPE.findall(after), plain)).replace('"', " ").split()
    return tuple(dict.fromkeys(words))
