"""Amazon Bedrock model invocation log: which model was called by whom, and how many tokens; never what was said.

Format: https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html (read 2026-11-21). Records of
others it was run over: panther-labs/panther-analysis:rules/aws_bedrockmodelinvocation_rules. Of `input` and `output`
only the counts and why the answer ended are told; what was asked is for `texts`, `requestMetadata` is dropped.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.ai_product import spoken
from connectors.shared.aws import WRAPPED_IN, of_arn, opened, shown
from connectors.shared.graph import moment, under
from schemas.observation import App, Kind, Observation

SOURCE = "bedrock_invocation"
_SCHEMA = "ModelInvocationLog"
_WORD = re.compile(r"[a-z_]{1,32}")
_OTHERS = (
    "schemaVersion",
    "timestamp",
    "accountId",
    "identity",
    "requestId",
    "operation",
    "modelId",
    "region",
    "input",
)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing is to be set."""


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """One invocation. Raises Rejected for what is none, or has no time."""
    record = opened(record, "schemaType")
    if not isinstance(record, dict) or not isinstance(record.get("schemaType"), str):
        raise Rejected("no schemaType: not a record of the model invocation log")
    if record["schemaType"] != _SCHEMA:
        return Ignored("another log of Bedrock")
    if record.get("errorCode"):
        return Ignored("call that did not succeed")
    operation = shown(record.get("operation")) or "unknown"
    return iter((_told(record, operation),))


def _told(record: Mapping[str, Any], operation: str) -> Observation:
    vendor_id = shown(record.get("requestId"))
    who = of_arn(shown(under(record, "identity").get("arn")) or "")
    return Observation(
        source=SOURCE,
        kind=Kind.AUDIT,
        at=moment(record.get("timestamp"), "timestamp"),
        id=f"{SOURCE}:{vendor_id}" if vendor_id else "",
        actor=who.person,
        app=App(name="Amazon Bedrock", publisher="Amazon Web Services"),
        action=operation,
        tenant=shown(record.get("accountId")),
        attributes=_attributes(record, who.workload),
    )


def _attributes(record: Mapping[str, Any], workload: str | None) -> dict[str, str]:
    asked, answered = under(record, "input"), under(record, "output")
    ended = under(answered, "outputBodyJson").get("stopReason")
    told = {
        "model": (shown(record.get("modelId")) or "").rpartition("/")[2],
        "region": shown(record.get("region")),
        "inference_region": shown(record.get("inferenceRegion")),
        "principal": workload,
        "input_tokens": _count(asked.get("inputTokenCount")),
        "output_tokens": _count(answered.get("outputTokenCount")),
        "stop_reason": ended if isinstance(ended, str) and _WORD.fullmatch(ended) else None,
    }
    return {name: value for name, value in told.items() if value}


def _count(value: Any) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def action_of(record: Any) -> str | None:
    """The operation, `Converse` for one."""
    record = opened(record, "schemaType")
    return shown(record.get("operation")) if isinstance(record, dict) else None


def texts(record: Any, _config: object) -> Iterator[str]:
    """What was asked of the model, as far as it stands in the record and not in a bucket."""
    record = opened(record, "schemaType")
    return spoken(under(record, "input").get("inputBodyJson")) if isinstance(record, dict) else iter(())


def recognise(record: Any) -> float:
    """How much a JSON object looks like a model invocation."""
    record = opened(record, "schemaType")
    if not isinstance(record, dict) or record.get("schemaType") != _SCHEMA:
        return 0.0
    return round(min(0.98, 0.5 + 0.5 * sum(key in record for key in _OTHERS) / 7), 2)


CONNECTOR = Connector(
    name=SOURCE,
    title="Amazon Bedrock model invocation log",
    kinds=(Kind.AUDIT,),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    texts=texts,
    records="json",
    wrapped_in=WRAPPED_IN,
    config=Config,
    docs="https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html",
    permissions=("s3:GetObject and s3:ListBucket on the log's bucket, for whoever copies its files",),
    granted_in=(
        "Amazon Bedrock console > Settings > Model invocation logging; "
        "IAM > Roles > the copying role > Add permissions > Create inline policy"
    ),
    plan="any; off until it is switched on, per region",
    cursor="seen keys of the folder",
    lateness=timedelta(minutes=15),
    evidence="real sample",
    samples=("bedrock_invocation/invocations.ndjson",),
)
