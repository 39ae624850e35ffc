"""Copilot and AI application records: who used which assistant, in which host, on which labelled resources.

Schema: MicrosoftDocs/office-365-management-api:office-365-management-api/copilot-schema.md. `AppIdentity` reads
`<workload>.<group>.<app>`; 284 are applications of others that the organisation has not deployed, 328 those it has
(https://learn.microsoft.com/purview/audit-copilot). Prompts are not in these records; message ids, contexts and
resource names are left out. Record types are added faster than pages tell of them: one whose name speaks of AI, Copilot
or agents is reported as it calls itself (names: microsoftgraph SDKs, AuditLogRecordType). Agent 365's operations are
named at https://learn.microsoft.com/purview/audit-log-activities; their fields are unverified.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.m365_management.record import (
    GUID,
    TYPE_NAMES,
    items,
    moment,
    observation,
    record_type,
    text,
    under,
)
from schemas.observation import App, Kind, Object, Observation, Solution

OF_OTHERS = {284, 328}
RECORD_TYPES = {261, 334, *OF_OTHERS}
ADMINISTRATION = {*range(310, 326), 363, 373, 383, 384}
_SECURITY = {383, 384}
"""Security Copilot's: a CopilotAgentManagement record comes in the same second as a CopilotForSecurityTrigger."""
_IN_365 = {334, 363, 373}
_COPILOT = App(name="Microsoft Copilot", publisher="Microsoft")
_COPILOT_365 = App(name="Microsoft 365 Copilot", publisher="Microsoft")
_COPILOT_SECURITY = App(name="Security Copilot", publisher="Microsoft")
_AGENT_OPERATIONS = ("agentadmin", "agentsettingsadmin")
_AT_WORK = {"AIInvokeAgent", "AIExecuteTool", "AIInferenceCall", "AIGuardrail"}
"""What agents do under Agent 365; the older record types begin with A365."""
_SPEAKS_OF_AI = re.compile(r"(?:^|[a-z0-9])AI(?=[A-Z][a-z]|$)|[Cc]opilot|Agent(?=[A-Z]|$)")
_NEW = 256
"""Record types of older services are known, and theirs are other agents (of mail transport, of backup)."""


def speaks_of_ai(record: Mapping[str, Any], kind: int | str, operation: str) -> bool:
    """Whether a record of a type not known here is about AI, by what it is called."""
    if isinstance(kind, int) and kind < _NEW:
        return False
    names = (kind if isinstance(kind, str) else TYPE_NAMES.get(kind, ""), operation, text(record.get("Workload")) or "")
    return any(_SPEAKS_OF_AI.search(name) for name in names)


def spoken_of(record: Mapping[str, Any], kind: int | str, operation: str) -> Iterator[Observation]:
    """A record about AI that is known by its name only: who did it, and to which agent where it says so."""
    agent = _agent(record, text(record.get("AppIdentity")) or "", ran=operation.removeprefix("A365") in _AT_WORK)
    yield observation(
        record, Kind.AUDIT, app=_COPILOT_365,
        action=operation or (kind if isinstance(kind, str) else None),
        thing=Object(type="agent", id=agent.id.partition(":")[2], name=agent.name) if agent else None, solution=agent,
        attributes={"record_type_name": kind if isinstance(kind, str) else TYPE_NAMES.get(kind)},
    )  # fmt: skip


def is_agent_administration(operation: str) -> bool:
    """AgentAdminActivity and AgentSettingsAdminActivity, as operations."""
    return operation.lower().startswith(_AGENT_OPERATIONS)


def used(record: Mapping[str, Any]) -> Iterator[Observation]:
    """One interaction. A Copilot Studio agent is a solution; an AI application is named by the end of AppIdentity."""
    event = under(record, "CopilotEventData")
    identity = text(record.get("AppIdentity")) or text(event.get("AppIdentity")) or ""
    agent = _agent(record, identity, ran=True)
    models = (text(model.get("ModelName")) for model in items(event.get("ModelTransparencyDetails")))
    plugins = [text(plugin.get("Id")) or text(plugin.get("Name")) for plugin in items(event.get("AISystemPlugin"))]
    yield observation(
        record,
        Kind.AUDIT,
        app=_app(identity, of_others=record_type(record) in OF_OTHERS) if identity else _unnamed(record),
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


def _unnamed(record: Mapping[str, Any]) -> App | None:
    """Whose it is by the record's type; another vendor's that the record does not name is nobody's."""
    kind = record_type(record)
    if kind in OF_OTHERS:
        return None
    return _COPILOT_365 if kind in _IN_365 else _COPILOT_SECURITY if kind in _SECURITY else _COPILOT


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


def _agent(record: Mapping[str, Any], identity: str, *, ran: bool = False) -> Solution | None:
    """The agent named; one whose id is a GUID is taken for Copilot Studio's (unverified for agents of others).

    Where it `ran`, the record's time is a time of its running.
    """
    vendor_id = text(record.get("AgentId")) or text(record.get("AgentID"))
    if not vendor_id and identity.startswith("Copilot.Studio."):
        vendor_id = identity.removeprefix("Copilot.Studio.")
    if not vendor_id:
        return None
    bare = vendor_id.removeprefix("Copilot.Studio.")
    studio = bare != vendor_id or identity.startswith("Copilot.Studio") or GUID.fullmatch(bare)
    kind = "copilot_studio_agent" if studio else "copilot_agent"
    when = moment(record.get("CreationTime")) if ran else None
    return Solution(id=f"{kind}:{bare}", type=kind, name=text(record.get("AgentName")), last_run_at=when)


def _labels(event: Mapping[str, Any]) -> Iterator[str]:
    for resource in items(event.get("AccessedResources")):
        if label := text(resource.get("SensitivityLabelId")):
            yield label


def administered(record: Mapping[str, Any]) -> Iterator[Observation]:
    """An agent registered, assigned, blocked; or a setting, plugin or promptbook of Copilot changed."""
    agent = _agent(record, "")
    if agent is None:
        yield observation(record, Kind.AUDIT, thing=Object(type="copilot_setting"), app=_unnamed(record))
        return
    everyone = str(record.get("ForAllUsers")).lower() == "true"
    solution = Solution(id=agent.id, type=agent.type, name=agent.name, sharing="everyone" if everyone else None)
    yield observation(
        record,
        Kind.BUILD,
        app=_unnamed(record),
        thing=Object(type="agent", id=agent.id.partition(":")[2], name=agent.name),
        solution=solution,
        attributes={"agent_type": text(record.get("AgentType"))},
    )
