"""A row of the table PowerPlatformResources: one app, flow or agent as a solution.

A row names people by object id and its environment by id; the feed asks for the environment's name beside it
(`environmentName`). An agent lists at most 200 rows of connectors, while `capabilitiesCounts` counts all.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.base import Ignored, Rejected
from connectors.power_platform.people import connector, connectors, people, person, shared
from connectors.shared.graph import items, maybe_moment, moment, text, under
from schemas.observation import App, Kind, Object, Observation, Solution

SOURCE = "power_platform"
FLOW, APP, AGENT = "power_automate_flow", "power_app", "copilot_studio_agent"
KINDS: Mapping[str, str] = {
    "microsoft.powerapps/canvasapps": APP,
    "microsoft.powerapps/modeldrivenapps": APP,
    "microsoft.powerapps/codeapps": APP,
    "microsoft.powerapps/apps": APP,
    "microsoft.powerautomate/cloudflows": FLOW,
    "microsoft.powerautomate/agentflows": FLOW,
    "microsoft.powerautomate/m365agentflows": FLOW,
    "microsoft.copilotstudio/agents": AGENT,
}
ABOUT: Mapping[str, str] = {
    "microsoft.powerplatform/environments": "environment",
    "microsoft.powerplatform/environmentgroups": "environment group",
    "microsoft.powerplatformconnector/connectors": "connector of the catalogue",
    "microsoft.powerplatformusage/usagerecords": "usage record",
    "microsoft.businessappplatform/scopes/environments": "environment",
    "microsoft.businessappplatform/environments": "environment",
    "microsoft.processsimple/environments": "environment",
}
FAMILIES = ("microsoft.power", "microsoft.copilotstudio/", "microsoft.processsimple/", "microsoft.businessapp")
APPS = {
    FLOW: App(name="Power Automate", publisher="Microsoft"),
    APP: App(name="Power Apps", publisher="Microsoft"),
    AGENT: App(name="Copilot Studio", publisher="Microsoft"),
}
_THINGS = {FLOW: "flow", APP: "app", AGENT: "agent"}
_LITE = {"copilotstudiolite", "microsoft365copilotagentbuilder"}


def resource(row: Mapping[str, Any], kind: str, taken: str | None) -> Iterator[Observation] | Ignored:
    """One row; what came with the platform itself, and belongs to nobody, is ignored."""
    told = under(row, "properties") or row
    key = text(told.get("botId")) if kind == AGENT else None
    key = key or text(row.get("name"))
    if key is None:
        raise Rejected("a resource without a name")
    owner, makers = person(told.get("ownerId")), people(told.get("createdBy"), told.get("lastModifiedBy"))
    if owner is None and not makers and (text(told.get("createdBy")) or text(told.get("ownerId"))):
        return Ignored("resource of the platform itself")
    solution = Solution(
        id=f"{kind}:{key.lower()}",
        type=kind,
        name=text(told.get("displayName")),
        environment=text(row.get("environmentName")) or text(told.get("environmentId")),
        connectors=connectors(_connectors(told)),
        sharing=_sharing(told),
        owner=owner,
        makers=makers,
        touches=connectors(_knowledge(told)),
        created_at=maybe_moment(told.get("createdAt")),
        last_run_at=maybe_moment(told.get("lastUsed")),
    )
    return iter((present(solution, row, taken, _facts(row, told, solution)),))


def present(
    solution: Solution, row: Mapping[str, Any], taken: str | None, attributes: Mapping[str, str | None]
) -> Observation:  # fmt: skip
    """A thing that stands, once a day; without the time it was read, as of its last change."""
    told = under(row, "properties") or row
    changed = (
        told.get(name) for name in ("lastModifiedAt", "lastModifiedTime", "lastPublishedAt", "createdAt", "createdTime")
    )
    given = taken or next((one for one in changed if text(one)), None)
    at = moment(given, "the time it was read or changed")
    return Observation(
        source=SOURCE,
        kind=Kind.BUILD,
        at=at,
        id=f"{SOURCE}:{solution.id}:{at:%Y-%m-%d}",
        actor=solution.makers[0] if solution.makers else solution.owner,
        app=APPS[solution.type],
        action="present",
        object=Object(type=_THINGS[solution.type], id=solution.id.partition(":")[2], name=solution.name),
        solution=solution,
        tenant=text(row.get("tenantId")),
        attributes={"standing": "true", **{name: value for name, value in attributes.items() if value}},
    )


def _connectors(told: Mapping[str, Any]) -> Iterator[Any]:
    """What it calls, and what starts it: a bare id, or an object in rows of live tenants."""
    for each in (*items(told.get("powerPlatformConnectors")), *items(told.get("connectors"))):
        yield each.get("connectorId")
    trigger = told.get("trigger")
    yield trigger.get("connectorId") if isinstance(trigger, dict) else trigger


def _knowledge(told: Mapping[str, Any]) -> Iterator[Any]:
    """The connectors an agent reads from, rather than acts with."""
    for each in items(told.get("powerPlatformConnectors")):
        if any((text(one.get("usedAs")) or "").lower() == "knowledge" for one in items(each.get("operations"))):
            yield each.get("connectorId")


def _sharing(told: Mapping[str, Any]) -> str | None:
    viewers, editors = under(told, "sharedWithViewers"), under(told, "sharedWithEditors")
    everyone = viewers.get("entireTenant") is True or editors.get("entireTenant") is True
    if viewers or editors:
        return shared(viewers.get("userCount"), viewers.get("groupCount"), everyone=everyone) or shared(
            editors.get("userCount"), editors.get("groupCount")
        )
    return shared(told.get("sharedUsersCount"), told.get("sharedGroupsCount"))


def _facts(row: Mapping[str, Any], told: Mapping[str, Any], solution: Solution) -> dict[str, str | None]:
    made_in = (text(told.get("createdIn")) or "").replace(" ", "").replace("_", "").lower()
    channels = told.get("channels")
    named = [text(one) for one in channels] if isinstance(channels, list) else []
    return {
        "resource": (text(row.get("type")) or "").lower(),
        "environment_type": text(row.get("environmentType")),
        "state": text(told.get("status")),
        "made_in": "Microsoft 365 Copilot Agent Builder" if made_in in _LITE else text(told.get("createdIn")),
        "models": text(told.get("model")),
        "authentication": text(told.get("authentication")),
        "channels": ", ".join(name for name in named if name) or None,
        "published": text(told.get("lastPublishedAt")),
        "quarantined": "true" if told.get("isQuarantined") is True else None,
        "web_search": "true" if told.get("isWebSearchEnabledForKnowledge") is True else None,
        "entra_agent": text(told.get("entraAgentId")),
        "connectors_left_out": _left_out(told, solution),
        "trigger": _trigger(told),
    }


def _left_out(told: Mapping[str, Any], solution: Solution) -> str | None:
    """How many connectors the row counts and does not list."""
    counted = under(told, "capabilitiesCounts").get("distinctPowerPlatformConnectors")
    if not isinstance(counted, int) or isinstance(counted, bool):
        return None
    missing = counted - len(solution.connectors)
    return str(missing) if missing > 0 else None


def _trigger(told: Mapping[str, Any]) -> str | None:
    trigger = told.get("trigger")
    operation = trigger.get("operationId") if isinstance(trigger, dict) else told.get("triggerOperation")
    starts = connector(trigger.get("connectorId") if isinstance(trigger, dict) else trigger)
    return ".".join(part for part in (starts, text(operation)) if part) or text(told.get("flowTriggerType"))
