"""Azure OpenAI and AI Foundry diagnostics: each call of a deployed model, and calls through API Management.

Categories: https://learn.microsoft.com/azure/azure-monitor/reference/supported-logs/microsoft-cognitiveservices-accounts-logs;
envelope: https://learn.microsoft.com/azure/azure-monitor/platform/resource-logs-schema (read 2026-11-21). Records of
others it was run over: elastic/integrations:packages/azure_openai/data_stream/logs/_dev/test/pipeline (RequestResponse,
Audit, GatewayLogs). Bodies that a gateway logs are dropped unread, and so are queries of addresses.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.azure_monitor import Resource, address, identity, opened, resource
from connectors.shared.graph import moment, text, under
from schemas.observation import Actor, App, Kind, Observation, Solution

SOURCE = "azure_openai"
_PROVIDER = "microsoft.cognitiveservices"
_GATEWAY = "microsoft.apimanagement"
_FAILED = Ignored("call that did not succeed")
_REFUSED = 400


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is to be set: records say which account they are of."""


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """One record. Raises Rejected for what is none, or has no time."""
    found = opened(record)
    category, about = text(found.get("category")), resource(found.get("resourceId"))
    if category is None or not about.provider:
        raise Rejected("no category or no resourceId: not a record of Azure Monitor")
    read = _BY_CATEGORY.get((about.provider, category.lower()))
    return read(found, about) if read else Ignored("another log of Azure")


def _request(record: Mapping[str, Any], about: Resource) -> Iterator[Observation] | Ignored:
    """A call of a model: who, where they gave a token of Entra; which deployment; how long what was said is."""
    told, status = under(record, "properties"), _number(record.get("resultSignature"))
    if status is not None and status >= _REFUSED:
        return _FAILED
    at = moment(record.get("time"), "time")
    deployment = text(told.get("modelDeploymentName"))
    return iter(
        (
            _observation(
                record,
                App(name=_product(told), publisher="Microsoft"),
                told,
                status=status,
                solution=_deployment(about, deployment, told, at) if deployment else None,
                bytes_out=_number(told.get("requestLength")),
                bytes_in=_number(told.get("responseLength")),
            ),
        )
    )


def _audit(record: Mapping[str, Any], _about: Resource) -> Iterator[Observation] | Ignored:
    """Somebody took or changed the keys of an account."""
    told = under(record, "properties")
    return iter((_observation(record, App(name="Azure AI services", publisher="Microsoft"), told),))


def _gateway(record: Mapping[str, Any], _about: Resource) -> Iterator[Observation] | Ignored:
    """A request that API Management handed on: the host behind it says whether it is AI."""
    told = under(record, "properties")
    try:
        to = urlsplit(text(told.get("backendUrl")) or "")
        host = to.hostname
    except ValueError:
        return Ignored("request without a host")
    if host is None:
        return Ignored("request without a host")
    operation = text(told.get("operationId"))
    return iter(
        (
            Observation(
                source=SOURCE,
                kind=Kind.WEB,
                at=moment(record.get("time"), "time"),
                id=identity(record, SOURCE, operation or "gateway"),
                host=host,
                path=to.path or None,
                method=text(told.get("method")),
                status=_number(told.get("responseCode")),
                actor=_actor(record, told),
                bytes_out=_number(told.get("requestSize")),
                bytes_in=_number(told.get("responseSize")),
                attributes=_attributes(record, {"operation": operation, "api": text(told.get("apiId"))}),
            ),
        )
    )


def _usage(_record: Mapping[str, Any], _about: Resource) -> Ignored:
    return Ignored("tokens of a call that is told by itself")


_BY_CATEGORY: Mapping[
    tuple[str, str], Callable[[Mapping[str, Any], Resource], Iterator[Observation] | Ignored]
] = {
    (_PROVIDER, "requestresponse"): _request,
    (_PROVIDER, "audit"): _audit,
    (_PROVIDER, "azureopenairequestusage"): _usage,
    (_GATEWAY, "gatewaylogs"): _gateway,
}  # fmt: skip


def _product(told: Mapping[str, Any]) -> str:
    """Azure's other AI services write the same log: `apiName` says which it is."""
    api = (text(told.get("apiName")) or "").lower()
    if "foundry" in api:
        return "Azure AI Foundry"
    return "Azure OpenAI" if "openai" in api or told.get("modelDeploymentName") else "Azure AI services"


def _deployment(about: Resource, deployment: str, told: Mapping[str, Any], at: Any) -> Solution:
    """The deployment as the activity log names it."""
    model = text(told.get("modelName"))
    return Solution(
        id=f"azure_model_deployment:{about.id}/deployments/{deployment.lower()}",
        type="azure_model_deployment",
        name=deployment,
        environment=about.group or None,
        touches=(model,) if model else (),
        last_run_at=at,
    )


def _observation(
    record: Mapping[str, Any], app: App, told: Mapping[str, Any], *,
    status: int | None = None, solution: Solution | None = None, bytes_out: int | None = None,
    bytes_in: int | None = None,
) -> Observation:  # fmt: skip
    operation = text(record.get("operationName")) or "unknown"
    model = {"model": text(told.get("modelName")), "api": text(told.get("apiName"))}
    return Observation(
        source=SOURCE,
        kind=Kind.AUDIT,
        at=moment(record.get("time"), "time"),
        id=identity(record, SOURCE, operation),
        status=status,
        actor=_actor(record, told),
        app=app,
        action=operation,
        solution=solution,
        bytes_out=bytes_out,
        bytes_in=bytes_in,
        attributes=_attributes(record, model),
    )


def _actor(record: Mapping[str, Any], told: Mapping[str, Any]) -> Actor | None:
    """The directory's id of the caller, a person's or a program's: the log does not say which; nobody with a key."""
    made = Actor(idp_id=text(told.get("objectId")), ip=address(record.get("callerIpAddress")))
    return made if made != Actor() else None


def _attributes(record: Mapping[str, Any], more: Mapping[str, str | None]) -> dict[str, str]:
    told = {**more, "location": text(record.get("location"))}
    return {name: value for name, value in told.items() if value}


def _number(value: Any) -> int | None:
    plain = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(plain) if plain.isdecimal() and len(plain) < 19 else None  # noqa: PLR2004 - beyond 64 bits it is damage


def action_of(record: Any) -> str | None:
    """The operation, `ChatCompletions_Create` for one."""
    return text(record.get("operationName")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like a diagnostic record of an AI account, or of API Management."""
    try:
        found = opened(record)
    except Rejected:
        return 0.0
    about, category = resource(found.get("resourceId")), text(found.get("category")) or ""
    if (about.provider, category.lower()) in _BY_CATEGORY:
        return 0.97 if "operationName" in found and "time" in found else 0.7
    return 0.6 if about.provider == _PROVIDER and category in {"Trace", "ManagedNetworkEvent"} else 0.0


CONNECTOR = Connector(
    name=SOURCE,
    title="Azure OpenAI and AI Foundry diagnostics",
    kinds=(Kind.AUDIT, Kind.WEB),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    wrapped_in=("records",),
    config=Config,
    docs="https://learn.microsoft.com/azure/azure-monitor/reference/supported-logs/microsoft-cognitiveservices-accounts-logs",
    permissions=("Microsoft.Insights/diagnosticSettings/write on each account, to export its logs",),
    granted_in="Azure portal > the Azure OpenAI or Foundry resource > Monitoring > Diagnostic settings > Add",
    plan="any; off until a diagnostic setting is made for each account",
    cursor="seen keys of the folder",
    lateness=timedelta(minutes=15),
    evidence="real sample",
    samples=("azure_openai/records.ndjson",),
)
