"""Copilot and AI application records: who used which assistant, in which host, on which labelled resources.

Schema: MicrosoftDocs/office-365-management-api:office-365-management-api/copilot-schema.md. `AppIdentity` reads
`<workload>.<group>.<app>`; 284 are applications of others that the organisation has not deployed, 328 those it has
(https://learn.microsoft.com/purview/audit-copilot). Prompts are not in these records; message ids, contexts and
resource names are left out.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.m365_management.record import GUID, items, observation, record_type, text, under
from schemas.observation import App, Kind, Object, Observation, Solution

OF_OTHERS = {284, 328}
RECORD_TYPES = {261, 334, *OF_OTHERS}
ADMINISTRATION = {*range(310, 326), 363, 373, 383, 384}
_AGENT_OPERATIONS = ("agentadmin", "agentsettingsadmin")


def is_agent_administration(operation: str) -> bool:
    """AgentAdminActivity and AgentSettingsAdminActivity, as operations."""
    return operation.lower().startswith(_AGENT_OPERATIONS)


def used(record: Mapping[str, Any]) -> Iterator[Observation]:
    """One interaction. A Copilot Studio agent is a solution; an AI application is named by the end of AppIdentity."""
    event = under(record, "CopilotEventData")
    identity = text(record.get("AppIdentity")) or text(event.get("AppIdentity")) or ""
    agent = _agent(record, identity)
    models = (text(model.get("ModelName")) for model in items(event.get("ModelTransparencyDetails")))
    plugins = [text(plugin.get("Id")) or text(plugin.get("Name")) for plugin in items(event.get("AISystemPlugin"))]
    yield observation(
        record,
        Kind.AUDIT,
        app=_app(identity, of_others=record_type(record) in OF_OTHERS),
        thing=Object(type="agent", id=agent.id.partition(":")[2], name=agent.name) if agent else None,
        solution=agent,
        labels=tuple(_labels(event)),
        attributes={
            "app_host": text(event.get("AppHost")),
            "app_identity": identity or None,
            "models": ", ".join(sorted({model for model in models if model})) or None,
            "plugins": ", ".join(sorted({plugin for plugin in plugins if plugin})) or None,
            "web_search": "true" if "BingWebSearch" in plugins else None,
            "resources": str(sum(1 for _ in items(event.get("AccessedResources")))),
            "jailbreak_detected": "true" if _jailbreak(event) else None,
        },
    )  # fmt: skip


def _app(identity: str, *, of_others: bool) -> App | None:
    """`AIApp.SaaS.<name>` and `ConnectedAIApp.Entra.<app id>` name another vendor's product, the rest Microsoft's.

    None where it is another's that the record does not name.
    """
    workload, _, rest = identity.partition(".")
    group, _, name = rest.partition(".")
    if workload == "ConnectedAIApp" and group == "Entra":
        return App(client_id=name or None)
    if workload in {"AIApp", "ConnectedAIApp"}:
        return App(name=name or group or None, client_id=identity)
    if of_others:
        return App(name=name or identity, client_id=identity) if identity else None
    return App(name="Microsoft Copilot", client_id=identity or None, publisher="Microsoft")


def _jailbreak(event: Mapping[str, Any]) -> bool:
    return any(message.get("JailbreakDetected") is True for message in items(event.get("Messages")))


def _agent(record: Mapping[str, Any], identity: str) -> Solution | None:
    """The agent named; one whose id is a GUID is taken for Copilot Studio's (unverified for agents of others)."""
    vendor_id = text(record.get("AgentId")) or text(record.get("AgentID"))
    if not vendor_id and identity.startswith("Copilot.Studio."):
        vendor_id = identity.removeprefix("Copilot.Studio.")
    if not vendor_id:
        return None
    bare = vendor_id.removeprefix("Copilot.Studio.")
    studio = bare != vendor_id or identity.startswith("Copilot.Studio") or GUID.fullmatch(bare)
    kind = "copilot_studio_agent" if studio else "copilot_agent"
    return Solution(id=f"{kind}:{bare}", type=kind, name=text(record.get("AgentName")))


def _labels(event: Mapping[str, Any]) -> Iterator[str]:
    for resource in items(event.get("AccessedResources")):
        if label := text(resource.get("SensitivityLabelId")):
            yield label


def administered(record: Mapping[str, Any]) -> Iterator[Observation]:
    """An agent registered, assigned, blocked; or a setting, plugin or promptbook of Copilot changed."""
    agent = _agent(record, "")
    if agent is None:
        yield observation(record, Kind.AUDIT, thing=Object(type="copilot_setting"), app=App(publisher="Microsoft"))
        return
    everyone = str(record.get("ForAllUsers")).lower() == "true"
    solution = Solution(id=agent.id, type=agent.type, name=agent.name, sharing="everyone" if everyone else None)
    yield observation(
        record,
        Kind.BUILD,
        thing=Object(type="agent", id=agent.id.partition(":")[2], name=agent.name),
        solution=solution,
        attributes={"agent_type": text(record.get("AgentType"))},
    )
