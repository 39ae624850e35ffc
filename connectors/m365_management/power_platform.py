"""Power Automate, Power Apps and Copilot Studio: what people build, share and delete.

Flows: MicrosoftDocs/power-platform:power-platform/admin/activity-logging-auditing/activity-logs-power-automate
(FlowDetailsUrl, FlowConnectorNames, SharingPermission 3 owner, 2 run-only). Apps and the unified record type 256:
…/activity-logs-power-apps (PropertyCollection, resource.type PowerApp). The cloud-flow keys of 256 follow the same
naming and are unverified. Agents: https://learn.microsoft.com/microsoft-copilot-studio/admin-logging-copilot-studio;
operations drift, so a record is routed by its BotId, not by one exact name.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.base import Ignored
from connectors.m365_management.record import GUID, observation, pairs, text
from schemas.observation import App, Kind, Object, Observation, Solution

FLOW, APPS, DATA_POLICY, UNIFIED = 30, {45, 46, 79}, 187, 256
_AGENT_OPERATIONS = ("bot", "aipluginoperation", "createbot", "publishbot", "deletebot")
_SHARING = {"3": "owner", "2": "run-only", "1": "view"}
_RESOURCE = "powerplatform.analytics.resource."
_UNIFIED = {"PowerApp": "power_app", "PowerAppsApp": "power_app", "CloudFlow": "power_automate_flow"}
_IDS = {"power_app": "power_app", "power_automate_flow": "cloud_flow"}
_NAMES = {"power_automate_flow": "flow", "power_app": "app", "copilot_studio_agent": "agent"}
_MICROSOFT = {
    "power_automate_flow": App(name="Power Automate", publisher="Microsoft"),
    "power_app": App(name="Power Apps", publisher="Microsoft"),
    "copilot_studio_agent": App(name="Copilot Studio", publisher="Microsoft"),
}


def properties(record: Mapping[str, Any]) -> dict[str, str]:
    """The PropertyCollection of a unified record."""
    return pairs(record.get("PropertyCollection"))


def is_agent(record: Mapping[str, Any], operation: str) -> bool:
    """Whether it is about a Copilot Studio agent: by the presence of its id first, by its operation else."""
    return bool(
        text(record.get("BotId"))
        or properties(record).get(f"{_RESOURCE}bot.id")
        or operation.lower().startswith(_AGENT_OPERATIONS)
    )


def agent(record: Mapping[str, Any], operation: str) -> Iterator[Observation] | Ignored:
    """A Copilot Studio agent created, changed, published, shared or deleted."""
    told = properties(record)
    vendor_id = text(record.get("BotId")) or text(told.get(f"{_RESOURCE}bot.id"))
    if not vendor_id:
        return Ignored("Copilot Studio change without an agent")
    name = text(record.get("BotName")) or text(told.get(f"{_RESOURCE}bot.display_name"))
    name = name or text(record.get("BotSchemaName")) or text(told.get(f"{_RESOURCE}bot.schema.name"))
    solution = Solution(
        id=f"copilot_studio_agent:{vendor_id}",
        type="copilot_studio_agent",
        name=name,
        environment=_environment(record, told),
        sharing="shared" if "share" in operation.lower() else None,
        deleted=operation.lower() in {"botdelete", "deletebot"},
    )
    return _built(record, solution, {"component": text(record.get("BotComponentType"))})


def flow(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """A cloud flow created, edited, shared or deleted; runs are not in the feed. Trials and licences are no flow."""
    address = text(record.get("FlowDetailsUrl")) or ""
    found = re.search(r"/flows/(?:shared/|[a-z]+/)?([^/?#]+)", address)
    vendor_id = found[1] if found else text(record.get("ObjectId"))
    if not vendor_id or (not found and not GUID.fullmatch(vendor_id)):
        return Ignored("trial or licence of Power Automate")
    environment = re.search(r"/environments/([^/?#]+)", address)
    names = re.split(r"[,;]", text(record.get("FlowConnectorNames")) or "")
    solution = Solution(
        id=f"power_automate_flow:{vendor_id.lower()}",
        type="power_automate_flow",
        name=text(record.get("FlowName")) or text(record.get("FlowDisplayName")),
        environment=environment[1] if environment else text(record.get("EnvironmentId")),
        connectors=tuple(dict.fromkeys(name for part in names if (name := part.strip()))),
        sharing=_SHARING.get(str(record.get("SharingPermission"))),
        deleted=(text(record.get("Operation")) or "").lower().endswith("deleteflow"),
    )
    return _built(record, solution, {})


def app(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """A Power App in the older schema; its id stands in one of several fields."""
    keys = ("AppId", "AppName", "ObjectId", "ResourceId")
    vendor_id = next((found[0] for key in keys if (found := GUID.search(text(record.get(key)) or ""))), None)
    if vendor_id is None:
        return Ignored("Power Apps plan or licence")
    name = text(record.get("AppDisplayName")) or text(record.get("DisplayName"))
    deleted = "delete" in (text(record.get("Operation")) or "").lower()
    solution = Solution(
        id=f"power_app:{vendor_id.lower()}",
        type="power_app",
        name=name,
        environment=text(record.get("EnvironmentId")) or text(record.get("EnvironmentName")),
        deleted=deleted,
    )
    return _built(record, solution, {})


def unified(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """The record type that carries everything as properties: apps and flows are told by resource.type."""
    told = properties(record)
    kind = _UNIFIED.get(told.get(f"{_RESOURCE}type", ""))
    if kind is None:
        return Ignored("Power Platform administration")
    vendor_id = text(told.get(f"{_RESOURCE}{_IDS[kind]}.id"))
    if vendor_id is None:
        return Ignored("Power Platform change without a resource")
    operation = text(record.get("Operation")) or text(told.get("powerplatform.analytics.activity.name")) or ""
    solution = Solution(
        id=f"{kind}:{vendor_id.lower()}",
        type=kind,
        name=text(told.get(f"{_RESOURCE}{_IDS[kind]}.display_name")),
        environment=_environment(record, told),
        deleted="delete" in operation.lower(),
    )
    return _built(record, solution, {}, user_agent=text(told.get("user_agent.original")), action=operation or None)


def data_policy(record: Mapping[str, Any]) -> Iterator[Observation]:
    """A change of the policy that says which connectors may be used together."""
    yield observation(record, Kind.AUDIT, thing=Object(type="policy", name=text(record.get("PolicyDisplayName"))))


def _environment(record: Mapping[str, Any], told: Mapping[str, str]) -> str | None:
    return (
        text(record.get("EnvironmentId"))
        or text(told.get(f"{_RESOURCE}environment.id"))
        or text(told.get(f"{_RESOURCE}environment.name"))
    )


def _built(
    record: Mapping[str, Any],
    solution: Solution,
    attributes: Mapping[str, str | None],
    *,
    user_agent: str | None = None,
    action: str | None = None,
) -> Iterator[Observation]:
    yield observation(
        record,
        Kind.BUILD,
        action=action,
        app=_MICROSOFT[solution.type],
        thing=Object(type=_NAMES[solution.type], id=solution.id.partition(":")[2], name=solution.name),
        solution=solution,
        user_agent=user_agent,
        attributes=attributes,
    )
