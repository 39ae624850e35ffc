"""The common schema of the audit feed, read tolerantly.

Fields: MicrosoftDocs/office-365-management-api:office-365-management-api/office-365-management-activity-api-schema.md
(common schema, AuditLogRecordType, Entra base schema). `CreationTime` has no zone and is UTC; `RecordType` is a number,
a number as text, or a name in some exports; unknown numbers are kept as they are.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.base import Rejected
from schemas.observation import Actor, App, Kind, Object, Observation, Solution

SOURCE = "m365_management"
RECORD_TYPES = {
    "AzureActiveDirectory": 8, "AzureActiveDirectoryAccountLogon": 9, "ComplianceDLPSharePoint": 11,
    "ComplianceDLPExchange": 13, "AzureActiveDirectoryStsLogon": 15, "MicrosoftFlow": 30, "PowerAppsApp": 45,
    "PowerAppsPlan": 46, "DLPEndpoint": 63, "PowerAppsResource": 79, "PowerPlatformAdminDlp": 187,
    "PowerPlatformAdministratorActivity": 256, "CopilotInteraction": 261, "AIAppInteraction": 284,
    "CreateCopilotPlugin": 310, "UpdateCopilotPlugin": 311, "DeleteCopilotPlugin": 312, "EnableCopilotPlugin": 313,
    "DisableCopilotPlugin": 314, "CreateCopilotWorkspace": 315, "UpdateCopilotWorkspace": 316,
    "DeleteCopilotWorkspace": 317, "EnableCopilotWorkspace": 318, "DisableCopilotWorkspace": 319,
    "CreateCopilotPromptBook": 320, "UpdateCopilotPromptBook": 321, "DeleteCopilotPromptBook": 322,
    "EnableCopilotPromptBook": 323, "DisableCopilotPromptBook": 324, "UpdateCopilotSettings": 325,
    "ConnectedAIAppInteraction": 328, "TeamCopilotInteraction": 334, "AIInteractionsExport": 362,
    "Microsoft365CopilotScheduledPrompt": 363, "OutlookCopilotAutomation": 373, "AIInteractionsSubscription": 379,
    "CopilotForSecurityTrigger": 383, "CopilotAgentManagement": 384, "DragonCopilotAdmin": 454,
}  # fmt: skip
"""Names and numbers: …-schema.md (AuditLogRecordType), and for the newest rknightion/graph2otel's table."""
TYPE_NAMES = {number: name for name, number in RECORD_TYPES.items()}
_KNOWN = (
    "RecordType", "Operation", "CreationTime", "Id", "Workload", "UserId", "UserKey", "ClientIP", "ActorIpAddress",
    "ResultStatus", "ObjectId", "OrganizationId", "ApplicationId", "ModifiedProperties", "ExtendedProperties", "Target",
    "Actor", "PolicyDetails", "ExchangeMetaData", "SharePointMetaData", "EndpointMetaData", "PropertyCollection",
    "CopilotEventData", "AppIdentity", "BotId", "EnvironmentId", "FlowDetailsUrl", "FlowConnectorNames",
)  # fmt: skip
_CANONICAL = {name.lower(): name for name in _KNOWN}
GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ADDRESS = re.compile(r"\[?((?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)\]?(?::\d{1,5})?")
_NOBODY = {"", "dlpagent", "dlppolicyeventbasedassistantonedriveforbusiness", "application", "service account"}


def opened(record: Any) -> dict[str, Any]:
    """The audit record itself: out of an `AuditData` column where an export has one, keys in the feed's own case.

    Raises Rejected where it is none.
    """
    if not isinstance(record, dict):
        raise Rejected("not a JSON object")
    inner = record.get("AuditData") or record.get("auditData")
    if isinstance(inner, str):
        try:
            inner = msgspec.json.decode(inner)
        except (msgspec.DecodeError, RecursionError):
            raise Rejected("AuditData is not JSON") from None
    found = inner if isinstance(inner, dict) else record
    if "RecordType" not in found and "Operation" not in found:
        found = {_CANONICAL.get(key, key): value for key, value in found.items()}
    if "RecordType" not in found and "Operation" not in found:
        raise Rejected("no RecordType and no Operation: not a record of the audit feed")
    return found


def record_type(record: Mapping[str, Any]) -> int | str:
    """Its number where it has one, else its name as it stands."""
    value = record.get("RecordType")
    if isinstance(value, bool) or not isinstance(value, int | str):
        return "none"
    if isinstance(value, str):
        name = value.strip()
        return int(name) if name.isdecimal() and len(name) < 7 else RECORD_TYPES.get(name, name[:60])  # noqa: PLR2004 - far beyond the table
    return value


def text(value: Any) -> str | None:
    """A string that says something, stripped; None for anything else."""
    plain = value.strip() if isinstance(value, str) else ""
    return plain if plain and plain not in {"<null>", "Unknown", "Not Available"} else None


def items(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects in a list; nothing where it is none."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def under(record: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object at a key; an empty one where there is none."""
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def pairs(value: Any, content: str = "Value") -> dict[str, str]:
    """`[{Name, Value}]` as a dict of what is text."""
    return {
        item["Name"]: item[content]
        for item in items(value)
        if isinstance(item.get("Name"), str) and isinstance(item.get(content), str)
    }


def moment(value: Any) -> datetime:
    """`CreationTime` as UTC; raises Rejected where it is no time."""
    try:
        found = datetime.fromisoformat(value.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (AttributeError, ValueError, OverflowError):
        raise Rejected("CreationTime is not a time") from None


def actor(record: Mapping[str, Any]) -> Actor | None:
    """Who did it: the UPN or account in `UserId`, the directory's id in `UserKey`, the client's address."""
    user, key = text(record.get("UserId")) or "", text(record.get("UserKey")) or ""
    user = "" if user.lower() in _NOBODY else user
    found = _ADDRESS.fullmatch(text(record.get("ClientIP")) or text(record.get("ActorIpAddress")) or "")
    made = Actor(
        id=None if "@" in user else user or None,
        email=user.lower() if "@" in user else None,
        idp_id=key if GUID.fullmatch(key) else None,
        ip=found[1] if found else None,
    )
    return made if made != Actor() else None


def observation(
    record: Mapping[str, Any], kind: Kind, *,
    action: str | None = None, who: Actor | None = None, app: App | None = None, thing: Object | None = None,
    solution: Solution | None = None, scopes: tuple[str, ...] = (), labels: tuple[str, ...] = (),
    host: str | None = None, user_agent: str | None = None, attributes: Mapping[str, str | None] | None = None,
    key: str | None = None,
) -> Observation:  # fmt: skip
    """An Observation with the common fields filled in; `action` is the operation where it is not given.

    `key` takes the place of the record's own id where two records tell one event.
    """
    vendor_id = key or text(record.get("Id"))
    return Observation(
        source=SOURCE,
        kind=kind,
        at=moment(record.get("CreationTime")),
        id=f"{SOURCE}:{vendor_id}" if vendor_id else "",
        actor=actor(record) if who is None else who if who != Actor() else None,
        app=app,
        action=action or text(record.get("Operation")),
        object=thing,
        solution=solution,
        scopes=scopes,
        labels=tuple(dict.fromkeys(labels)),
        host=host,
        user_agent=user_agent,
        tenant=text(record.get("OrganizationId")),
        attributes={"record_type": str(record_type(record)), **_told(attributes or {})},
    )


def _told(attributes: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if value}
