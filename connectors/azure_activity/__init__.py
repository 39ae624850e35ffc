"""Azure activity log: who makes, changes, deletes or takes the keys of Azure's AI resources.

Exported (Event Hubs, Storage): https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema; the API's
events: https://learn.microsoft.com/rest/api/monitor/activity-logs/list (read 2026-11-21). Records of others it was run
over: panther-labs/panther-analysis:rules/azure_monitoractivity_rules and
legoguy1000/integrations:packages/azure (activitylogs); none of them is of an AI resource. `things` says which are.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from connectors.azure_activity.feed import LOOKBACK, MAX_BACK, Config, fetch
from connectors.azure_activity.things import product, thing
from connectors.base import Connector, Ignored, Rejected
from connectors.shared.azure_monitor import Caller, Resource, address, identity, of_claims, opened, outcome, resource
from connectors.shared.graph import moment, text, under
from schemas.observation import App, Kind, Observation, Solution

SOURCE = "azure_activity"
_CATEGORIES = {"administrative", "action", "write", "delete"}
_OTHER = Ignored("resource that is no AI")
_REASONS = {"begun": Ignored("operation begun"), "failed": Ignored("operation that did not succeed")}


class Event(msgspec.Struct, frozen=True):
    """One event however it was delivered: the API wraps words as `{value, localizedValue}` and has other names."""

    operation: str
    category: str
    result: str
    about: Resource
    record: Mapping[str, Any]


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """One event. Raises Rejected for what is none, or has no time."""
    found = opened(record)
    operation = _word(found.get("operationName"))
    category = _word(found.get("category")) or _word(found.get("Category"))
    if not operation:
        raise Rejected("no operationName: not an event of the activity log")
    if category and category.lower() not in _CATEGORIES:
        return Ignored("event of another category")
    about = resource(found.get("resourceId"))
    provider, _, rest = operation.lower().partition("/")
    called = product(provider, tuple(rest.split("/")))
    if called is None:
        return _OTHER
    result = _word(found.get("resultType")) or _word(found.get("status"))
    event = Event(operation, category, result, about, found)
    if rest.endswith("/read"):
        return Ignored("AI resource looked at")
    return _REASONS.get(outcome(result)) or iter((_told(event, called),))


def _word(value: Any) -> str:
    return text(value.get("value") if isinstance(value, dict) else value) or ""


def _told(event: Event, called: str) -> Observation:
    record = event.record
    verb = event.operation.rpartition("/")[2].lower()
    who = _caller(record)
    own = text(record.get("eventDataId"))
    return Observation(
        source=SOURCE,
        kind=Kind.BUILD if verb in {"write", "delete"} else Kind.AUDIT,
        at=moment(record.get("time") or record.get("eventTimestamp"), "time"),
        id=f"{SOURCE}:{own}" if own else identity(record, SOURCE, event.operation),
        actor=who.person,
        app=App(name=called, publisher="Microsoft"),
        action=event.operation.lower(),
        solution=_solution(event, verb),
        tenant=text(record.get("tenantId")),
        attributes=_attributes(record, who, event.about),
    )


def _caller(record: Mapping[str, Any]) -> Caller:
    told = under(record, "identity")
    claims = under(told, "claims") or under(record, "claims")
    evidence = under(under(told, "authorization"), "evidence")
    came_from = record.get("callerIpAddress") or under(record, "httpRequest").get("clientIpAddress")
    return of_claims(claims, record.get("caller"), evidence.get("principalType"), address(came_from))


def _solution(event: Event, verb: str) -> Solution | None:
    found = thing(event.about)
    if found is None:
        return None
    kind, built = found
    return Solution(
        id=f"{kind}:{built.id}",
        type=kind,
        name=built.names[-1] if built.names else None,
        environment=built.group or None,
        touches=_models(event.record) if kind == "azure_model_deployment" else (),
        deleted=verb == "delete" and built == event.about,
    )


def _models(record: Mapping[str, Any]) -> tuple[str, ...]:
    """The model a deployment serves, where the event carries the answer's body."""
    body = under(under(record, "properties"), "responseBody")
    name = text(under(under(body, "properties"), "model").get("name"))
    return (name,) if name else ()


def _attributes(record: Mapping[str, Any], who: Caller, about: Resource) -> dict[str, str]:
    told = {"principal": who.principal, "location": text(record.get("location")), "provider": about.provider}
    return {name: value for name, value in told.items() if value}


def action_of(record: Any) -> str | None:
    """The operation for AI, the provider alone for others: a new one shows itself so."""
    operation = _word(record.get("operationName")) if isinstance(record, dict) else ""
    provider, _, rest = operation.lower().partition("/")
    if not provider.startswith("microsoft."):
        return None
    return operation.lower() if product(provider, tuple(rest.split("/"))) else provider


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event of the activity log."""
    try:
        found = opened(record)
    except Rejected:
        return 0.0
    operation, category = _word(found.get("operationName")), _word(found.get("category")).lower()
    if not operation.lower().startswith("microsoft.") or "/" not in operation:
        return 0.0
    signs = ("correlationId", "resourceId", "level", "caller", "identity", "callerIpAddress", "eventTimestamp")
    known = 0.5 if category in _CATEGORIES else 0.2
    return round(min(0.95, known + 0.12 * sum(sign in found for sign in signs)), 2)


CONNECTOR = Connector(
    name=SOURCE,
    title="Azure activity log",
    kinds=(Kind.BUILD, Kind.AUDIT),
    how=("pull", "file", "push"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    wrapped_in=("records",),
    config=Config,
    fetch=fetch,
    docs="https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema",
    permissions=("Reader on the subscription (Microsoft.Insights/eventtypes/values/read)",),
    granted_in=(
        "Azure portal > Subscriptions > the subscription > Access control (IAM) > Add role assignment > Reader; to "
        "export: Monitor > Activity log > Export Activity Logs"
    ),
    plan="any",
    cursor="window with look-back and the page's link, by subscription",
    lateness=timedelta(minutes=20),
    lookback=LOOKBACK,
    max_back=MAX_BACK,
    evidence="real sample",
    samples=("azure_activity/events.json",),
    secrets=("client_secret",),
)
