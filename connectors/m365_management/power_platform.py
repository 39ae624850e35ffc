"""Power Automate, Power Apps and Copilot Studio: what people build, share and delete.

Flows: MicrosoftDocs/power-platform:power-platform/admin/activity-logging-auditing/activity-logs-power-automate
(FlowDetailsUrl, FlowConnectorNames, SharingPermission 3 owner, 2 run-only). Apps and the unified record type 256:
…/activity-logs-power-apps (PropertyCollection, resource.type PowerApp). The cloud-flow keys of 256 follow the same
naming and are unverified. Agents: https://learn.microsoft.com/microsoft-copilot-studio/admin-logging-copilot-studio;
operations drift, so a record is routed by its BotId, not by one exact name.

Power Apps come in parallel as records of the older schema and of the unified one, each under an id of its own: both get
one id here, made of the app, the operation, who did it and the second, which both tell alike.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypedDict

from connectors.base import Ignored
from connectors.m365_management.record import GUID, actor, moment, observation, pairs, text
from schemas.observation import Actor, App, Kind, Object, Observation, Solution

FLOW, APPS, DATA_POLICY, UNIFIED = 30, {45, 46, 79}, 187, 256
_AGENT_OPERATIONS = ("bot", "aipluginoperation", "createbot", "publishbot", "deletebot")
_SHARING = {"3": "owner", "2": "run-only", "1": "view"}
_RESOURCE = "powerplatform.analytics.resource."
_MADE = {"createflow", "createpowerapp", "importnewcanvasapp", "botcreate", "createbot"}
_RUN = "launchpowerapp"
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
        or ("PropertyCollection" in record and properties(record).get(f"{_RESOURCE}bot.id"))
        or operation.lower().startswith(_AGENT_OPERATIONS)
    )


def agent(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """A Copilot Studio agent created, changed, published, shared or deleted."""
    told, operation = properties(record), text(record.get("Operation")) or ""
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
        **_life(record, operation),
    )
    return _built(record, solution, {"component": text(record.get("BotComponentType"))})


def flow(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """A cloud flow created, edited, shared or deleted; runs are not in the feed. Trials and licences are no flow."""
    address, operation = text(record.get("FlowDetailsUrl")) or "", text(record.get("Operation")) or ""
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
        deleted=operation.lower().endswith("deleteflow"),
        makers=_made_owner(record),
        **_life(record, operation),
    )
    return _built(record, solution, {"shared_with": _outside(record)})


def _made_owner(record: Mapping[str, Any]) -> tuple[Actor, ...]:
    """Who was made an owner beside the first: they may change the flow. Who may run it only is no maker."""
    mail = text(record.get("RecipientUPN")) or ""
    owns = _SHARING.get(str(record.get("SharingPermission"))) == "owner"
    return (Actor(email=mail.lower()),) if owns and "@" in mail else ()


def _outside(record: Mapping[str, Any]) -> str | None:
    """The domain of the one it was shared with, where that is not the domain of the one who shared it."""
    given = (text(record.get(key)) or "" for key in ("RecipientUPN", "UserId"))
    other, own = (mail.lower().rpartition("@")[2] for mail in given)
    return other if other and other != own and "." in other else None


def app(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """A Power App in the older schema; its id stands in one of several fields."""
    keys = ("AppId", "AppName", "ObjectId", "ResourceId")
    vendor_id = next((found[0] for key in keys if (found := GUID.search(text(record.get(key)) or ""))), None)
    if vendor_id is None:
        return Ignored("Power Apps plan or licence")
    name = text(record.get("AppDisplayName")) or text(record.get("DisplayName"))
    operation = text(record.get("Operation")) or ""
    solution = Solution(
        id=f"power_app:{vendor_id.lower()}",
        type="power_app",
        name=name,
        environment=text(record.get("EnvironmentId")) or text(record.get("EnvironmentName")),
        deleted="delete" in operation.lower(),
        **_life(record, operation),
    )
    return _built(record, solution, {}, key=_one_of_two(record, solution, operation))


def unified(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """The record type that carries everything as properties: apps and flows are told by resource.type."""
    told = properties(record)
    kind = _UNIFIED.get(told.get(f"{_RESOURCE}type", ""))
    if kind is None:
        return Ignored("Power Platform administration")
    vendor_id = text(told.get(f"{_RESOURCE}{_IDS[kind]}.id")) or _bare(told)
    if vendor_id is None:
        return Ignored("Power Platform change without a resource")
    operation = text(record.get("Operation")) or text(told.get("powerplatform.analytics.activity.name")) or ""
    solution = Solution(
        id=f"{kind}:{vendor_id.lower()}",
        type=kind,
        name=text(told.get(f"{_RESOURCE}{_IDS[kind]}.display_name")),
        environment=_environment(record, told),
        deleted="delete" in operation.lower(),
        **_life(record, operation),
    )
    return _built(
        record, solution, {}, user_agent=text(told.get("user_agent.original")), action=operation or None,
        key=_one_of_two(record, solution, operation) if kind == "power_app" else None,
    )  # fmt: skip


def _bare(told: Mapping[str, str]) -> str | None:
    """The resource's id as the first edition of the schema names it; its own example holds a word there."""
    given = text(told.get(f"{_RESOURCE}id")) or ""
    return given if GUID.fullmatch(given) else None


def _one_of_two(record: Mapping[str, Any], solution: Solution, operation: str) -> str:
    """One id for the records of both schemas that tell one event of an app. It names a person: the at sign in it has
    `protect` put it under the key.
    """
    user = (text(record.get("UserId")) or text(record.get("UserKey")) or "").lower()
    return f"{solution.id}:{operation.lower()}:{user}@{moment(record.get('CreationTime')):%Y%m%dT%H%M%S}"


class _Life(TypedDict, total=False):
    owner: Actor | None
    created_at: datetime
    last_run_at: datetime


def _life(record: Mapping[str, Any], operation: str) -> _Life:
    """What the operation says of a solution's life: who makes one owns it, and who launches one runs it."""
    what = operation.lower()
    if what == _RUN:
        return {"last_run_at": moment(record.get("CreationTime"))}
    if what not in _MADE:
        return {}
    who = actor(record)
    owner = Actor(id=who.id, email=who.email, idp_id=who.idp_id) if who else Actor()
    return {"created_at": moment(record.get("CreationTime")), "owner": owner if owner != Actor() else None}


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
    key: str | None = None,
) -> Iterator[Observation]:
    run = (action or text(record.get("Operation")) or "").lower() == _RUN
    yield observation(
        record,
        Kind.AUDIT if run else Kind.BUILD,
        action=action,
        app=_MICROSOFT[solution.type],
        thing=Object(type=_NAMES[solution.type], id=solution.id.partition(":")[2], name=solution.name),
        solution=solution,
        user_agent=user_agent,
        attributes=attributes,
        key=key,
    )
