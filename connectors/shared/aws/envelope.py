"""Envelopes around AWS's records, and the words AWS puts where it hides a value. Pure.

CloudWatch Logs subscriptions wrap records as `logEvents[].message`, JSON as text
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html); EventBridge puts them under
`detail` (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html); CloudTrail's LookupEvents
answers them as text in `CloudTrailEvent`
(https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html). Read 2026-11-21.
"""

from typing import Any

import msgspec

WRAPPED_IN = ("logEvents", "Events", "Records")
HIDDEN = frozenset({"HIDDEN_DUE_TO_SECURITY_REASONS", "***"})
_AS_TEXT = ("CloudTrailEvent", "message")


def opened(record: Any, mark: str) -> Any:
    """The record that has the field `mark`, out of an envelope where one is around it; else as it came."""
    if not isinstance(record, dict) or mark in record:
        return record
    detail = record.get("detail")
    if isinstance(detail, dict) and mark in detail:
        return detail
    for key in _AS_TEXT:
        inner = _decoded(record.get(key))
        if isinstance(inner, dict) and mark in inner:
            return inner
    return record


def _decoded(value: Any) -> Any:
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return None


def shown(value: Any) -> str | None:
    """A text that says something: None where it is none, empty, or hidden by AWS."""
    if not isinstance(value, str) or value in HIDDEN:
        return None
    return value.strip() or None
