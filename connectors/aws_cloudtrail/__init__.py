"""AWS CloudTrail: who called which AI service of AWS, and what was built there.

Record: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html;
Bedrock's events: https://docs.aws.amazon.com/bedrock/latest/userguide/logging-using-cloudtrail.html; AgentCore's:
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-cloudtrail.html (read 2026-11-21). Records of
others it was run over: DataDog/stratus-red-team:docs/detonation-logs/aws.impact.bedrock-invoke-model.json,
panther-labs/panther-analysis:rules/aws_cloudtrail_rules. `services` says which services are AI, `built` what came of a
call. Requests and answers are read for ids, names and models alone: what was asked and answered is dropped.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from connectors.aws_cloudtrail.built import changed, ran
from connectors.aws_cloudtrail.services import looked_at, product
from connectors.base import Connector, Ignored, Rejected
from connectors.shared.aws import ADDRESS, WRAPPED_IN, Principal, of_identity, opened, shown
from connectors.shared.graph import moment, under
from schemas.observation import Actor, App, Kind, Observation

SOURCE = "aws_cloudtrail"
_OTHER = Ignored("event of another service")
_LOOKED_AT = Ignored("AI service looked at")
_FAILED = Ignored("call that did not succeed")
_DIGEST = Ignored("digest file")
_BUILDS = ("Create", "Update", "Delete", "Put", "Prepare", "Associate", "Disassociate", "Import", "Publish")
_NO_BUILD = (
    "PutFoundationModelEntitlement", "CreateFoundationModelAgreement", "PutUseCaseForModelAccess", "PutFeedback",
    "CreateServiceSpecificCredential",
)  # fmt: skip
_CONSOLE = ("console.amazonaws.com", "signin.amazonaws.com")
_KEYS = (
    "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress",
    "userAgent", "errorCode", "requestParameters", "responseElements", "additionalEventData", "eventID",
    "recipientAccountId",
)  # fmt: skip
_CANONICAL = {key.lower(): key for key in _KEYS}
_REQUIRED = ("eventVersion", "userIdentity", "eventTime", "eventName", "awsRegion", "eventID", "requestParameters")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is to be set: records say which service they are of."""


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """One event of a trail. Raises Rejected for what is none, or has no time."""
    record = _opened(record)
    source = record.get("eventSource") if isinstance(record, dict) else None
    if not isinstance(source, str):
        return _no_event(record)
    found = product(source)
    if found is None:
        return _with_key(record, source)
    event = shown(record.get("eventName"))
    if event is None:
        raise Rejected("no eventName: not an event of CloudTrail")
    if looked_at(event):
        return _LOOKED_AT
    return _FAILED if record.get("errorCode") else iter((_told(record, source, event, found),))


def _opened(record: Any) -> Any:
    """The event out of its envelope, its keys in CloudTrail's own case: tables of Athena write them all small."""
    record = opened(record, "eventSource")
    if isinstance(record, dict) and "eventsource" in record:
        return {_CANONICAL.get(key, key): value for key, value in record.items()}
    return record


def _no_event(record: Any) -> Ignored:
    """Raises Rejected for a record that is none of CloudTrail's."""
    if isinstance(record, dict) and "digestS3Object" in record:
        return _DIGEST
    if isinstance(record, dict) and ("eventName" in record or "userIdentity" in record):
        return Ignored("event that names no service")
    raise Rejected("no eventSource: not an event of CloudTrail")


def _with_key(record: Mapping[str, Any], source: str) -> Iterator[Observation] | Ignored:
    """A key for Bedrock is made in IAM: the one event of another service that says AI."""
    if source != "iam.amazonaws.com" or record.get("eventName") != "CreateServiceSpecificCredential":
        return _OTHER
    if under(record, "requestParameters").get("serviceName") != "bedrock.amazonaws.com":
        return _OTHER
    return _FAILED if record.get("errorCode") else iter((_told(record, source, record["eventName"], "Amazon Bedrock"),))


def _told(record: Mapping[str, Any], source: str, event: str, found: str) -> Observation:
    at = moment(record.get("eventTime"), "eventTime")
    service = source.partition(".")[0]
    solution = changed(service, event, record, at) or ran(service, event, record, at)
    builds = solution.last_run_at is None if solution else event.startswith(_BUILDS) and event not in _NO_BUILD
    identity = under(record, "userIdentity")
    who = of_identity(identity, in_console=_in_console(record))
    vendor_id = shown(record.get("eventID"))
    return Observation(
        source=SOURCE,
        kind=Kind.BUILD if builds else Kind.AUDIT,
        at=at,
        id=f"{SOURCE}:{vendor_id}" if vendor_id else "",
        actor=_actor(who, record),
        app=App(name=found, publisher="Amazon Web Services"),
        action=event,
        solution=solution,
        user_agent=shown(record.get("userAgent")),
        tenant=shown(record.get("recipientAccountId")) or shown(identity.get("accountId")),
        attributes=_attributes(record, source, who),
    )


def _in_console(record: Mapping[str, Any]) -> bool:
    return record.get("sessionCredentialFromConsole") in (True, "true") or record.get("userAgent") in _CONSOLE


def _actor(who: Principal, record: Mapping[str, Any]) -> Actor | None:
    """The person with the address they came from; a workload is nobody."""
    if who.person is None:
        return None
    address = shown(record.get("sourceIPAddress")) or ""
    return msgspec.structs.replace(who.person, ip=address) if ADDRESS.fullmatch(address) else who.person


def _attributes(record: Mapping[str, Any], source: str, who: Principal) -> dict[str, str]:
    request, more = under(record, "requestParameters"), under(record, "additionalEventData")
    model = _model(shown(request.get("modelId")) or shown(request.get("foundationModel"))) if request else None
    told = (
        ("event_source", source),
        ("region", shown(record.get("awsRegion"))),
        ("inference_region", shown(more.get("inferenceRegion")) if more else None),
        ("model", model),
        ("principal", who.workload),
    )
    return {name: value for name, value in told if value}


def _model(name: str | None) -> str | None:
    """The model without the account and region an ARN puts before it."""
    return name.rpartition("/")[2] if name else None


def action_of(record: Any) -> str | None:
    """The service and its call for AI, the service alone for others: a new one shows itself so."""
    record = _opened(record)
    source = record.get("eventSource") if isinstance(record, dict) else None
    if not isinstance(source, str):
        return None
    event = shown(record.get("eventName"))
    return f"{source}/{event}" if event and product(source) else source


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event of CloudTrail."""
    record = _opened(record)
    if not isinstance(record, dict):
        return 0.0
    if "digestS3Object" in record:
        return 0.8
    if not isinstance(record.get("eventSource"), str) or "eventName" not in record:
        return 0.0
    return round(min(0.98, 0.4 + 0.6 * sum(key in record for key in _REQUIRED) / 6), 2)


CONNECTOR = Connector(
    name=SOURCE,
    title="AWS CloudTrail",
    kinds=(Kind.AUDIT, Kind.BUILD),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    wrapped_in=WRAPPED_IN,
    config=Config,
    docs="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html",
    permissions=("s3:GetObject and s3:ListBucket on the trail's bucket, for whoever copies its files",),
    granted_in=(
        "AWS console > CloudTrail > Trails > the trail > S3 bucket; "
        "IAM > Roles > the copying role > Add permissions > Create inline policy"
    ),
    plan="any; calls of agents, knowledge bases, flows and endpoints are data events, to be switched on in the trail",
    cursor="seen keys of the folder",
    lateness=timedelta(minutes=15),
    evidence="real sample",
    samples=("aws_cloudtrail/trail.json",),
)
