"""What a record of Entra is: bare as Graph gives it, in the envelope of Azure Monitor, or out of a snapshot.

Envelope (diagnostic settings to Event Hubs, Storage or Log Analytics): `{time, resourceId, category, operationName,
tenantId, properties}`, `properties` being Graph's own object:
https://learn.microsoft.com/entra/identity/monitoring-health/concept-diagnostic-settings-logs-options. Some stores write
the envelope's keys in lower case, and objects inside as JSON text. A snapshot's record says when it was taken.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from connectors.base import Rejected
from connectors.shared.graph import text, under

SOURCE = "entra"
MICROSOFT = {"f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"}
"""Tenants that own Microsoft's own applications:
https://learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in.
"""
Shape = Literal["sign_in", "audit", "grant", "role", "application", "agent"]
SIGN_INS: Mapping[str, str] = {
    "signinlogs": "interactiveUser", "noninteractiveusersigninlogs": "nonInteractiveUser",
    "serviceprincipalsigninlogs": "servicePrincipal", "managedidentitysigninlogs": "managedIdentity",
    "adfssigninlogs": "adfs", "microsoftserviceprincipalsigninlogs": "microsoftServicePrincipal",
}  # fmt: skip
"""The stream of an envelope's category."""
_NEEDED: Mapping[Shape, frozenset[str]] = {
    "audit": frozenset({"activityDisplayName", "activityDateTime"}),
    "grant": frozenset({"clientId", "consentType", "resourceId", "scope"}),
    "role": frozenset({"appRoleId", "principalId", "resourceId"}),
    "application": frozenset({"displayName", "servicePrincipalType"}),
    "agent": frozenset({"sp", "owners"}),
}


class Opened(NamedTuple):
    """A record's own object, its shape, and what stood around it."""

    shape: Shape
    body: Mapping[str, Any]
    around: Mapping[str, Any]


def opened(record: Any) -> Opened:
    """The record itself. Raises Rejected where it is none of Entra."""
    if not isinstance(record, dict):
        raise Rejected("not a JSON object")
    inner = under(record, "properties")
    body, around = (inner, record) if inner else (record, {})
    if "takenAt" in record and isinstance(record.get("entry"), dict):
        body, around = record["entry"], record
    shape = _shape(body, told(around, "category"))
    if shape is None:
        raise Rejected("neither a sign-in nor an audit, a grant or an application of Entra")
    return Opened(shape, body, around)


def _shape(body: Mapping[str, Any], category: str | None) -> Shape | None:
    found: Shape | None = next((shape for shape, keys in _NEEDED.items() if keys <= body.keys()), None)
    if found is not None:
        return found
    by_user_or_service = bool(body.keys() & {"userPrincipalName", "userId", "servicePrincipalId"})
    signed = "createdDateTime" in body and by_user_or_service and bool(body.keys() & {"appId", "resourceId", "status"})
    return "sign_in" if signed and (category is None or category.lower() in SIGN_INS) else None


def told(around: Mapping[str, Any], key: str) -> str | None:
    """A text of the envelope, whichever way its key is written."""
    return text(around.get(key)) or text(around.get(key.lower()))


def vendor_id(body: Mapping[str, Any]) -> str:
    """The observation's id out of the vendor's; empty where there is none."""
    given = text(body.get("id"))
    return f"{SOURCE}:{given}" if given else ""


def facts(given: Mapping[str, str | None]) -> dict[str, str]:
    """Those that say something."""
    return {name: value for name, value in given.items() if value}
