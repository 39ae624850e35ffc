"""DLP records: which policy, rule and information types were met, where the data went. Never what was matched.

Schema: office-365-management-activity-api-schema.md, "DLP schema": PolicyDetails[].Rules[].ConditionsMatched
.SensitiveInformation[]; `SensitiveInformationDetections.DetectedValues` holds clear text and is not read.
`EnforcementMode` 4 is block, by the same page's EndpointMetadata table.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from connectors.m365_management.record import actor, items, observation, text, under
from schemas.observation import Actor, App, Kind, Object, Observation

RECORD_TYPES = {11, 13, 33, 63}
OPERATIONS = {"dlprulematch", "dlpruleundo", "dlpinfo"}
_SEVERITIES = ("low", "medium", "high")
_BLOCK = 4
_ACTIONS = {"dlprulematch": "match", "dlpruleundo": "undo", "dlpinfo": "info"}


def matched(record: Mapping[str, Any]) -> Iterator[Observation]:
    """One observation a record, its labels the names of policies, rules and information types."""
    endpoint = under(record, "EndpointMetaData")
    rules = [rule for policy in items(record.get("PolicyDetails")) for rule in items(policy.get("Rules"))]
    blocked = str(endpoint.get("EnforcementMode")) == str(_BLOCK) or any(_blocks(rule) for rule in rules)
    operation = (text(record.get("Operation")) or "").lower()
    application, domain = text(endpoint.get("Application")), text(endpoint.get("TargetDomain"))
    yield observation(
        record,
        Kind.DLP,
        action="blocked" if blocked and operation != "dlpruleundo" else _ACTIONS.get(operation, operation),
        who=_who(record),
        app=App(name=application) if application else None,
        host=domain.lower() if domain and "/" not in domain else None,
        thing=_thing(record),
        labels=tuple(_labels(record, rules)),
        attributes={
            "severity": _severity(rules),
            "workload": text(record.get("Workload")),
            "enforcement_mode": str(endpoint["EnforcementMode"]) if "EnforcementMode" in endpoint else None,
        },
    )


def _blocks(rule: Mapping[str, Any]) -> bool:
    actions = rule.get("Actions")
    return isinstance(actions, list) and any(isinstance(name, str) and name.startswith("Block") for name in actions)


def _labels(record: Mapping[str, Any], rules: list[Mapping[str, Any]]) -> Iterator[str]:
    for policy in items(record.get("PolicyDetails")):
        yield from _named(policy, "PolicyName")
    for rule in rules:
        yield from _named(rule, "RuleName")
        for kind in items(under(rule, "ConditionsMatched").get("SensitiveInformation")):
            yield from _named(kind, "SensitiveInformationTypeName", "SensitiveType")
    for kind in items(under(record, "EndpointMetaData").get("SensitiveInfoTypeData")):
        yield from _named(kind, "SensitiveInfoTypeName", "SensitiveInfoTypeId")


def _named(thing: Mapping[str, Any], *keys: str) -> Iterator[str]:
    name = next((found for key in keys if (found := text(thing.get(key)))), None)
    if name:
        yield name


def _severity(rules: list[Mapping[str, Any]]) -> str | None:
    met = {(text(rule.get("Severity")) or "").lower() for rule in rules}
    return next((name for name in reversed(_SEVERITIES) if name in met), None)


def _who(record: Mapping[str, Any]) -> Actor:
    """The person, not the agent that looked: the sender, who changed the file last, or the device's user."""
    known = actor(record)
    device = text(under(record, "EndpointMetaData").get("DeviceName"))
    if known and (known.email or known.id):
        return msgspec.structs.replace(known, device=device)
    metadata = (under(record, "ExchangeMetaData"), under(record, "SharePointMetaData"))
    sender = next((name for part in metadata if (name := text(part.get("From")))), "")
    return Actor(email=sender.lower() if "@" in sender else None, device=device)


def _thing(record: Mapping[str, Any]) -> Object | None:
    """A file by its name, a message without its subject."""
    shared, endpoint = under(record, "SharePointMetaData"), under(record, "EndpointMetaData")
    if name := text(shared.get("FileName")):
        return Object(type="file", id=text(shared.get("UniqueID")), name=name)
    if kind := text(endpoint.get("FileExtension")) or text(endpoint.get("FileType")):
        return Object(type="file", name=kind)
    return Object(type="message") if under(record, "ExchangeMetaData") else None
