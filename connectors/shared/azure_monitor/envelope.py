"""The envelope of Azure Monitor's resource logs, however it was exported. Pure.

Event Hubs and Storage: https://learn.microsoft.com/azure/azure-monitor/platform/resource-logs-schema (read 2026-11-21).
Columns of a Log Analytics workspace (`TimeGenerated`, `OperationNameValue`) are read under the names of that schema;
those were taken from https://learn.microsoft.com/azure/azure-monitor/reference/tables/azureactivity and not tried.
"""

import re
from collections.abc import Mapping
from typing import Any

from connectors.base import Rejected
from connectors.shared.graph import text

_COLUMNS = {
    "TimeGenerated": "time", "ResourceId": "resourceId", "_ResourceId": "resourceId", "Category": "category",
    "CategoryValue": "category", "OperationName": "operationName", "OperationNameValue": "operationName",
    "ActivityStatusValue": "resultType", "ResultType": "resultType", "ResultSignature": "resultSignature",
    "CallerIPAddress": "callerIpAddress", "CallerIpAddress": "callerIpAddress", "CorrelationId": "correlationId",
    "properties_s": "properties", "Properties": "properties", "Claims_d": "claims", "Caller": "caller",
    "EventDataId": "eventDataId", "TenantId": "tenantId",
}  # fmt: skip
_ADDRESS = re.compile(r"\[?((?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]*:[0-9a-fA-F:.]+)\]?(?::\d{1,5})?")
_BEGUN = {"start", "started", "accept", "accepted", "in progress", "inprogress", "running"}
_FAILED = {"failed", "failure", "fail", "error", "canceled", "cancelled", "denied"}


def opened(record: Any) -> Mapping[str, Any]:
    """The record under the names of the resource log schema. Raises Rejected for what is none."""
    if not isinstance(record, dict):
        raise Rejected("not a JSON object")
    if "time" not in record and "TimeGenerated" in record:
        record = {_COLUMNS.get(key, key): value for key, value in record.items()}
    found: Mapping[str, Any] = record
    return found


def outcome(result: Any) -> str:
    """`begun`, `failed` or `done`: an operation that takes long is told when it begins and when it ends."""
    word = (text(result) or "").lower()
    return "begun" if word in _BEGUN else "failed" if word in _FAILED else "done"


def address(value: Any) -> str | None:
    """An address without its port; None where Azure hides part of it (`203.0.113.***`)."""
    found = _ADDRESS.fullmatch(text(value) or "")
    return found[1] if found else None


def identity(record: Mapping[str, Any], source: str, operation: str) -> str:
    """An id for a record whose schema has none: several of one correlation differ in operation or time."""
    correlation, time = text(record.get("correlationId")), text(record.get("time"))
    return f"{source}:{correlation}/{time}/{operation.lower()}" if correlation and time else ""
