"""Resolver logs of clouds, as JSON: Route 53 Resolver query logs and Cloud DNS query logs. Pure.

Route 53: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html.
Cloud DNS: https://cloud.google.com/dns/docs/monitoring, a log entry with the query under `jsonPayload`.
"""

from collections.abc import Mapping
from typing import Any

from connectors.base import Rejected
from connectors.dns.lookup import Lookup
from connectors.dns.moments import iso


def read(record: Mapping[str, Any]) -> Lookup | None:
    """The lookup of a record, or None for another's. Raises Rejected where it has no time."""
    if "query_name" in record and "query_timestamp" in record:
        return _route53(record)
    payload = record.get("jsonPayload")
    if isinstance(payload, dict) and "queryName" in payload:
        return _cloud_dns(record, payload)
    return None


def _route53(record: Mapping[str, Any]) -> Lookup:
    source = record.get("srcids")
    device = source.get("instance") if isinstance(source, dict) else None
    return Lookup(
        at=_at(record.get("query_timestamp")), name=_text(record.get("query_name")),
        kind=_text(record.get("query_type")), client=_text(record.get("srcaddr")) or None,
        device=_text(device) or None, blocked=record.get("firewall_rule_action") == "BLOCK",
        attributes=_told(record.get("rcode")),
    )  # fmt: skip


def _cloud_dns(record: Mapping[str, Any], payload: Mapping[str, Any]) -> Lookup:
    return Lookup(
        at=_at(record.get("timestamp")), name=_text(payload.get("queryName")), kind=_text(payload.get("queryType")),
        client=_text(payload.get("sourceIP")) or None, device=_text(payload.get("vmInstanceName")) or None,
        id=_text(record.get("insertId")), attributes=_told(payload.get("responseCode")),
    )  # fmt: skip


def _told(rcode: Any) -> dict[str, str]:
    return {"rcode": rcode[:20]} if isinstance(rcode, str) and rcode.isalnum() else {}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _at(value: Any) -> Any:
    try:
        return iso(value)
    except (TypeError, ValueError, OverflowError):
        raise Rejected("the query has no time that is one") from None
