"""Entra records in the audit feed: sign-ins to applications, consent grants, new applications.

Operations and ModifiedProperties: https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities
and records of the feed itself. `ConsentAction.Permissions` is `[old] => [new]`, its entries carry `Scope: a b`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.base import Ignored
from connectors.m365_management.record import GUID, items, observation, pairs, text
from schemas.observation import App, Kind, Object, Observation

SIGN_INS = {9, 15}
_CONSENT = "consent to application"
GRANTS = {
    _CONSENT, "add oauth2permissiongrant", "add delegated permission grant", "add app role assignment grant to user",
    "add app role assignment to service principal",
}  # fmt: skip
REVOCATIONS = {
    "remove oauth2permissiongrant", "remove delegated permission grant", "revoke consent",
    "remove app role assignment from user", "remove app role assignment from service principal",
}  # fmt: skip
NEW_APPLICATIONS = {"add service principal", "add application"}
_ON_A_RESOURCE = {
    "add oauth2permissiongrant", "add delegated permission grant", "remove oauth2permissiongrant",
    "remove delegated permission grant", "add app role assignment to service principal",
    "remove app role assignment from service principal",
}  # fmt: skip
"""Operations whose target is the resource (Microsoft Graph); the application stands in `ServicePrincipal.*`."""
_SCOPE = re.compile(r"Scope: ?([^,\]]*)")
_FAILED = {"failure", "failed", "false"}


def sign_in(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """A sign-in to an application; one that failed is no use."""
    failed = text(record.get("ResultStatus")) or ""
    if record.get("Operation") != "UserLoggedIn" or failed.lower() in _FAILED:
        return Ignored("failed sign-in")
    extended = pairs(record.get("ExtendedProperties"))
    seen = observation(
        record,
        Kind.SIGNIN,
        action="signin",
        app=App(client_id=text(record.get("ApplicationId"))),
        user_agent=text(extended.get("UserAgent")),
        attributes={"resource": text(record.get("ObjectId"))},
    )
    return iter((seen,))


def change(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """A change of the directory: grants, revocations and new applications; all else is ignored by its name."""
    operation = (text(record.get("Operation")) or "").rstrip(".").lower()
    known = operation in GRANTS or operation in REVOCATIONS or operation in NEW_APPLICATIONS
    if not known:
        return Ignored("directory change that grants nothing")
    if (text(record.get("ResultStatus")) or "").lower() in _FAILED:
        return Ignored("failed directory change")
    if operation in NEW_APPLICATIONS:
        app = _target(record)
        thing = Object(type="application", id=app.client_id, name=app.name)
        return iter((observation(record, Kind.AUDIT, app=app, thing=thing),))
    return iter((_grant(record, operation),))


def _grant(record: Mapping[str, Any], operation: str) -> Observation:
    changed = pairs(record.get("ModifiedProperties"), "NewValue")
    before = pairs(record.get("ModifiedProperties"), "OldValue")
    admin = changed.get("ConsentContext.IsAdminConsent") == "True" or "AllPrincipals" in _joined(changed)
    on_resource = operation in _ON_A_RESOURCE
    return observation(
        record,
        Kind.GRANT,
        action="revoke" if operation in REVOCATIONS else "grant",
        app=_principal(changed) if on_resource else _target(record),
        scopes=_scopes(changed) or _scopes(before),
        user_agent=_agent(record),
        attributes={
            "operation": operation,
            "admin_consent": "true" if admin else "false",
            "app_only": "true" if changed.get("ConsentContext.IsAppOnly") == "True" else None,
            "resource": _target(record).name if on_resource else None,
            "service_principal": changed.get("ServicePrincipal.ObjectID") if on_resource else None,
        },
    )


def _joined(changed: Mapping[str, str]) -> str:
    return changed.get("ConsentAction.Permissions", "") + changed.get("DelegatedPermissionGrant.ConsentType", "")


def _scopes(changed: Mapping[str, str]) -> tuple[str, ...]:
    """The scopes after the change, each once, in the order they stand."""
    after = changed.get("ConsentAction.Permissions", "").rpartition("=>")[2]
    plain = changed.get("DelegatedPermissionGrant.Scope") or changed.get("AppRole.Value") or ""
    words = " ".join((*_SCOPE.findall(after), plain)).replace('"', " ").split()
    return tuple(dict.fromkeys(words))


def _principal(changed: Mapping[str, str]) -> App | None:
    app = App(
        name=text(changed.get("ServicePrincipal.DisplayName")) or text(changed.get("ServicePrincipal.Name")),
        client_id=text(changed.get("ServicePrincipal.AppId")),
    )
    return app if app != App() else None


def _target(record: Mapping[str, Any]) -> App:
    """The application a change is about: its id is `ObjectId`, its display name the target of type 1."""
    names = (text(target.get("ID")) for target in items(record.get("Target")) if target.get("Type") == 1)
    found = GUID.search(text(record.get("ObjectId")) or "")
    return App(name=next((name for name in names if name), None), client_id=found[0].lower() if found else None)


def _agent(record: Mapping[str, Any]) -> str | None:
    details = pairs(record.get("ExtendedProperties")).get("additionalDetails", "")
    found = re.search(r'"User-Agent":"((?:[^"\\]|\\.)*)"', details)
    return text(found[1]) if found else None
