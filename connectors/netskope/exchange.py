"""Records that Netskope's Cloud Exchange has written under other names, put back under those of the REST API.

It nests what the API keeps flat (`netskope.events.app.name` for `app`) and moves what the Elastic Common Schema has a
place for; read off the records published with elastic/integrations (packages/netskope, data streams alerts and events).
"""

from collections.abc import Mapping
from typing import Any

NAMES: Mapping[str, tuple[str, ...]] = {
    "access_method": ("access_method",), "activity": ("activity.name",), "alert": ("is_alert", "alert.is_present"),
    "alert_name": ("alert.name",), "app": ("app.name", "app.app_name"),
    "appcategory": ("app.category", "category.name"),
    "ccl": ("ccl",), "device_classification": ("device.classification",), "dlp_profile": ("dlp.profile",),
    "dlp_rule": ("dlp.rule.name",), "dlp_incident_id": ("dlp.incident.id",), "domain": ("domain",),
    "instance_id": ("instance.id", "instance_id"), "managed_app": ("managed.app",), "object": ("object.name",),
    "object_id": ("object.id",), "object_type": ("object.type",),
    "organization_unit": ("organization.unit", "organization_unit"), "page": ("page.url", "page"),
    "policy": ("policy.name",), "site": ("site",), "url": ("url",), "userip": ("user.ip",),
    "record_type": ("event_type",),
    "audit_log_event": ("audit.log.event", "audit_log_event"),
}  # fmt: skip
COMMON: Mapping[str, tuple[str, ...]] = {
    "_id": ("event.id",), "action": ("event.action",), "srcip": ("source.ip",), "user": ("user.email.1", "user.name"),
    "useragent": ("user_agent.original",), "timestamp": ("@timestamp",), "hostname": ("host.hostname",),
    "file_size": ("file.size",), "file_type": ("file.mime_type.1",), "client_bytes": ("client.bytes",),
    "server_bytes": ("server.bytes",),
}  # fmt: skip


def is_exchange(record: Mapping[str, Any]) -> bool:
    """Whether the record has Cloud Exchange's shape."""
    inner = record.get("netskope")
    return isinstance(inner, dict) and any(isinstance(inner.get(kind), dict) for kind in ("alerts", "events"))


def as_api(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record under the API's names; what says nothing is left out."""
    inner = record["netskope"].get("alerts") or record["netskope"].get("events") or {}
    found = {name: _first(inner, paths) for name, paths in NAMES.items()}
    found |= {name: value for name, paths in COMMON.items() if (value := _first(record, paths)) is not None}
    found["_id"] = found.get("_id") or record.get("event.id")
    kind = inner.get("type")
    if "alerts" in record["netskope"]:
        found["alert_type"] = kind or _first(inner, ("alert.type",))
    else:
        found["type"] = kind
    return {name: value for name, value in found.items() if value not in (None, "", "null")}


def _first(record: Mapping[str, Any], paths: tuple[str, ...]) -> Any:
    """What stands at the first path that leads to a plain value."""
    for path in paths:
        value: Any = record
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, str | int | float):
            return value
    return None
