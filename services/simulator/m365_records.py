"""Planned events as records of Microsoft's audit feed, in the fields the vendor's schema pages name.

Schemas: MicrosoftDocs/office-365-management-api (activity-api-schema, copilot-schema); flows and apps:
MicrosoftDocs/power-platform, admin/activity-logging-auditing; agents: learn.microsoft.com/microsoft-copilot-studio.
Some carry what nobody may keep (a query string, a matched value): a reader that keeps it is found out.
"""

import uuid
from collections.abc import Callable
from typing import Any

from services.simulator import events, tools
from services.simulator.company import DOMAIN, TENANT
from services.simulator.events import Event
from services.simulator.people import Person, staff
from services.simulator.solutions import AGENT, FLOW, Solution, solutions
from services.simulator.world import World, zulu

_SPACE = uuid.UUID("5b0f6a52-44a5-4c7a-9d54-3f2f0d6a0003")
ENVIRONMENT = f"Default-{TENANT}"
_PORTAL = "8c59ead7-d703-4a27-9e55-c96a0054c8d2"
_HOSTS = ("Word", "Teams", "Excel", "Outlook", "BizChat")
Record = dict[str, Any]


def identity(world: World, event: Event) -> str:
    """The record's own id: the same for every delivery of the event."""
    return str(uuid.uuid5(_SPACE, f"{world.seed}/{world.people}/{event.serial}"))


def record(world: World, event: Event) -> Record:
    """The event as the feed tells it."""
    person = staff(world)[event.who]
    kind, operation, workload, more = _SHAPES[event.what](world, event, person)
    common: Record = {
        "CreationTime": zulu(event.at, digits=0).removesuffix("Z"), "Id": identity(world, event),
        "Operation": operation, "OrganizationId": TENANT, "RecordType": kind, "UserKey": person.entra_id, "UserType": 0,
        "Version": 1, "Workload": workload, "ClientIP": person.ip, "UserId": _upn(event, person),
    }  # fmt: skip
    return {**common, **more}


Shape = tuple[int, str, str, Record]


def _upn(event: Event, person: Person) -> str:
    """Some records write the sign-in name as somebody once typed it."""
    return person.email.title() if event.serial % 7 == 0 else person.email


def _copilot(_world: World, event: Event, _person: Person) -> Shape:
    at = str(event.at)
    told = {
        "AISystemPlugin": [], "AccessedResources": [], "AppHost": _HOSTS[event.serial % len(_HOSTS)],
        "Contexts": [{"Id": f"https://{DOMAIN}/notes?draft={at}", "Type": "docx"}],
        "Messages": [{"Id": at, "isPrompt": True}, {"Id": f"{at}1", "isPrompt": False}],
        "ModelTransparencyDetails": [], "ThreadId": f"19:{event.serial:x}@thread.v2",
    }  # fmt: skip
    more = {"CopilotEventData": told, "AppIdentity": "Copilot.MicrosoftCopilot.BizChat", "CopilotLogVersion": "1.0.0.0"}
    return 261, "CopilotInteraction", "Copilot", more


def _build(world: World, event: Event, _person: Person) -> Shape:
    solution = solutions(world)[event.item]
    if solution.type == FLOW:
        return 30, event.detail, "MicrosoftFlow", _flow(event, solution)
    if solution.type == AGENT:
        more = {
            "BotId": solution.vendor_id, "BotSchemaName": solution.name, "BotComponentId": None,
            "EnvironmentId": ENVIRONMENT, "ResultStatus": "Success",
        }  # fmt: skip
        return 256, event.detail, "PowerPlatform", more
    return 256, event.detail, "PowerPlatform", {"PropertyCollection": _app(event, solution)}


def _flow(event: Event, solution: Solution) -> Record:
    where = f"https://make.powerautomate.com/environments/{ENVIRONMENT}/flows/{solution.vendor_id}/details"
    more: Record = {
        "FlowDetailsUrl": where, "FlowConnectorNames": ", ".join(solution.connectors),
        "LicenseDisplayName": "Microsoft Power Automate Free", "UserTypeInitiated": 1, "UserUPN": solution.owner.email,
        "ResultStatus": "Succeeded",
    }  # fmt: skip
    if event.detail == "PutPermissions":
        more |= {"SharingPermission": 3, "RecipientUPN": f"team@{DOMAIN}"}
    return more


def _app(event: Event, solution: Solution) -> list[dict[str, str]]:
    told = {
        "powerplatform.analytics.resource.type": "PowerApp",
        "powerplatform.analytics.activity.name": event.detail,
        "powerplatform.analytics.resource.power_app.id": solution.vendor_id,
        "powerplatform.analytics.resource.power_app.display_name": solution.name,
        "powerplatform.analytics.resource.environment.id": ENVIRONMENT,
        "enduser.principal_name": solution.owner.email,
    }
    return [{"Name": name, "Value": value} for name, value in told.items()]


def _consent(_world: World, event: Event, person: Person) -> Shape:
    _, name, client, scopes = tools.CONSENTED[event.item]
    principal = str(uuid.uuid5(_SPACE, client))
    granted = (
        f"[] => [[Id: {principal[:8]}, ClientId: {principal}, PrincipalId: {person.entra_id}, ResourceId: "
        f"{TENANT}, ConsentType: Principal, Scope: {' '.join(scopes)}, CreatedDateTime: , LastModifiedDateTime ]]; "
    )
    more = {
        "AzureActiveDirectoryEventType": 1, "ResultStatus": "Success", "ObjectId": client,
        "Actor": [{"ID": person.email, "Type": 5}, {"ID": person.entra_id, "Type": 2}, {"ID": "User", "Type": 2}],
        "Target": [
            {"ID": f"ServicePrincipal_{principal}", "Type": 2}, {"ID": name, "Type": 1}, {"ID": client, "Type": 4},
        ],
        "ModifiedProperties": [
            {"Name": "ConsentContext.IsAdminConsent", "NewValue": "False", "OldValue": ""},
            {"Name": "ConsentContext.OnBehalfOfAll", "NewValue": "False", "OldValue": ""},
            {"Name": "ConsentAction.Permissions", "NewValue": granted, "OldValue": ""},
        ],
        "ExtendedProperties": [{"Name": "extendedAuditEventCategory", "Value": "ServicePrincipal"}],
    }  # fmt: skip
    return 8, "Consent to application.", "AzureActiveDirectory", more


def _dlp(_world: World, event: Event, person: Person) -> Shape:
    name, guid, _ = tools.INFO_TYPES[event.item]
    met = {
        "Confidence": 85, "Count": 3, "SensitiveType": guid, "SensitiveInformationTypeName": name,
        "SensitiveInformationDetections": {"DetectedValues": [{"Name": "matched value", "Value": "4111 1111"}]},
    }  # fmt: skip
    rule = {
        "RuleId": str(uuid.uuid5(_SPACE, "rule")), "RuleName": "Browser upload rule", "Severity": "Medium",
        "RuleMode": "Enable", "Actions": ["NotifyUser"], "ConditionsMatched": {"SensitiveInformation": [met]},
    }  # fmt: skip
    more = {
        "PolicyDetails": [
            {"PolicyId": str(uuid.uuid5(_SPACE, "policy")), "PolicyName": "Uploads from browsers", "Rules": [rule]}
        ],
        "EndpointMetaData": {
            "EnforcementMode": 1, "DeviceName": person.device, "TargetDomain": event.host, "Application": "chrome.exe",
            "FileExtension": "docx", "EndpointOperation": "UploadText", "Platform": 1, "JitTriggered": False,
        },
        "SensitiveInfoDetectionIsIncluded": True, "IncidentId": str(uuid.uuid5(_SPACE, str(event.serial))),
        "ObjectId": "C:\\Users\\Public\\upload.docx",
    }  # fmt: skip
    return 63, "DLPRuleMatch", "Endpoint", more


def _file(_world: World, event: Event, _person: Person) -> Shape:
    page = f"https://{DOMAIN}/sites/team/Shared Documents/notes-{event.serial % 997}.docx"
    more = {"ObjectId": page, "ItemType": "File", "EventSource": "SharePoint", "SourceFileExtension": "docx"}
    return 6, "FileAccessed", "SharePoint", more


def _mail(_world: World, event: Event, person: Person) -> Shape:
    more = {
        "ResultStatus": "Succeeded", "MailboxOwnerUPN": person.email, "LogonType": 0, "ExternalAccess": False,
        "Folders": [{"Path": "\\Inbox", "FolderItems": [{"InternetMessageId": f"<{event.serial:x}@{DOMAIN}>"}]}],
    }  # fmt: skip
    return 50, "MailItemsAccessed", "Exchange", more


def _logon(_world: World, _event: Event, person: Person) -> Shape:
    more = {
        "ResultStatus": "Success", "ApplicationId": _PORTAL, "ObjectId": _PORTAL, "ActorIpAddress": person.ip,
        "ExtendedProperties": [{"Name": "UserAgent", "Value": tools.AGENTS_OF_BROWSERS[0]}],
    }  # fmt: skip
    return 15, "UserLoggedIn", "AzureActiveDirectory", more


_SHAPES: dict[str, Callable[[World, Event, Person], Shape]] = {
    events.COPILOT: _copilot, events.BUILD: _build, events.CONSENT: _consent, events.DLP: _dlp, events.FILE: _file,
    events.MAIL: _mail,
    events.LOGON: _logon,
}  # fmt: skip
