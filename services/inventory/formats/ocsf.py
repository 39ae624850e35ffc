"""OCSF 1.8.0, Detection Finding (class 2004).

https://schema.ocsf.io/1.8.0/classes/detection_finding; names, enumerations and constraints as in the schema's tag
1.8.0, https://github.com/ocsf/ocsf-schema/tree/1.8.0, against which the tests validate. Times are milliseconds. Fields
for content (`raw_data`, prompt and response texts of later versions) are never filled.
"""

import msgspec

from schemas.alert import Alert, AlertState
from services.inventory.delivery.message import CHANGED, CLOSED, OPENED
from services.inventory.formats.declaration import PRODUCT, TEST, VENDOR, Event, Format
from services.inventory.formats.declaration import VERSION as OURS
from services.inventory.formats.scales import analytic, classes, milliseconds, present, severity, standing

VERSION = "1.8.0"
CATEGORY, CLASS = 2, 2004
ACTIVITIES = {OPENED: (1, "Create"), CHANGED: (2, "Update"), CLOSED: (3, "Close"), TEST: (99, "Test")}
SEVERITIES = {"info": 1, "low": 2, "medium": 3, "high": 4, "critical": 5}
SEVERITY_NAMES = ("Unknown", "Informational", "Low", "Medium", "High", "Critical")
AFFECTED = 3
"""Role of a resource: it is what the finding is about."""
RULE = 1
"""Type of the analytic: a rule, since a standing follows from the registry and from nothing learnt."""
CATEGORIES = {
    "pii": 1, "phi": 1, "customer": 1, "financial": 3, "pci": 3, "hr": 4, "legal": 4, "source_code": 4,
    "credentials": 6,
}  # fmt: skip
"""Our data classes among `category_id`: 1 Personal, 3 Financial, 4 Business, 6 Security."""
CONFIDENTIALITY = {"public": 1, "internal": 5, "confidential": 2, "regulated": 6}
"""Our levels among `confidentiality_id`: 1 Not Confidential, 2 Confidential, 5 Private, 6 Restricted."""
CLASSIFIED = "data_classification"


def render(event: Event) -> str:
    """The JSON text of one Detection Finding."""
    alert = event.alert
    activity, activity_name = ACTIVITIES[event.type]
    level = severity(alert, SEVERITIES, 0)
    status, status_name = _status(alert)
    content = {
        "activity_id": activity, "activity_name": activity_name,
        "category_uid": CATEGORY, "category_name": "Findings", "class_uid": CLASS, "class_name": "Detection Finding",
        "type_uid": CLASS * 100 + activity, "type_name": f"Detection Finding: {activity_name}",
        "severity_id": level, "severity": SEVERITY_NAMES[level], "status_id": status, "status": status_name,
        "time": milliseconds(alert.changed_at), "message": alert.title, "is_alert": not event.test,
        "metadata": _metadata(event), "finding_info": _finding(alert), "resources": [_resource(alert)],
    }  # fmt: skip
    if evidence := _evidence(alert):
        content["evidences"] = [{"name": "What was seen", "data": evidence}]
    return msgspec.json.encode(content | _seen(alert, "start_time", "end_time")).decode()


def _status(alert: Alert) -> tuple[int, str]:
    """New until somebody decides; what was found to be no fault is suppressed, all else that is closed is resolved."""
    if alert.state is AlertState.CLOSED:
        return (3, "Suppressed") if alert.decision == "false_positive" else (4, "Resolved")
    if alert.state is AlertState.SNOOZED:
        return 99, "Snoozed"
    return (2, "In Progress") if alert.decision else (1, "New")


def _metadata(event: Event) -> dict[str, object]:
    profiles = [CLASSIFIED] if _classifications(event.alert) else []
    return present(
        version=VERSION, uid=event.message, event_code=event.type, log_name="penumbra.alert.v1", profiles=profiles,
        product={"name": PRODUCT, "vendor_name": VENDOR, "version": OURS},
        labels=["test"] if event.test else [],
    )  # fmt: skip


def _finding(alert: Alert) -> dict[str, object]:
    """`uid` is the alert's: one finding through all its changes."""
    tags = present(
        standing=standing(alert), unit=alert.unit, decision=alert.decision, reason=alert.reason, grain=alert.grain
    )
    return present(
        uid=alert.id, title=alert.title, desc="; ".join(alert.basis), types=[alert.kind],
        created_time=milliseconds(alert.opened_at), modified_time=milliseconds(alert.changed_at),
        data_sources=sorted(alert.events), tags=[{"name": name, "value": value} for name, value in tags.items()],
        analytic={"type_id": RULE, "type": "Rule", "uid": standing(alert) or "not_seen", "name": analytic(alert)},
    ) | _seen(alert, "first_seen_time", "last_seen_time")  # fmt: skip


def _resource(alert: Alert) -> dict[str, object]:
    """What the finding is about: the tool, the solution or the source."""
    subject = alert.solution or alert.tool or alert.grain.partition(":")[2]
    name = alert.tool_name if alert.solution is None else None
    return present(
        uid=subject, name=name, type=f"AI {alert.kind}" if alert.kind != "source" else "source", role_id=AFFECTED,
        role="Affected", labels=[alert.vendor] if alert.vendor else [], data_classifications=_classifications(alert),
        group={"name": alert.unit} if alert.unit else None,
    )  # fmt: skip


def _classifications(alert: Alert) -> list[dict[str, object]]:
    """The data classes that OCSF has a word for; `uid` is ours."""
    return [
        {"uid": name, "category_id": CATEGORIES[name]}
        if name in CATEGORIES
        else {"uid": name, "confidentiality_id": CONFIDENTIALITY[name]}
        for name in classes(alert)
        if name in CATEGORIES or name in CONFIDENTIALITY
    ]


def _evidence(alert: Alert) -> dict[str, object]:
    """Counts as they are: events by source type, which are never summed."""
    found = present(
        events=alert.events, basis=alert.basis,
        classes=[{"name": each.name, "confidence": each.confidence, "basis": each.basis} for each in alert.classes],
    )  # fmt: skip
    if alert.kind != "source":
        found |= {"people": alert.people, "bytes_out": alert.bytes_out}
    return found


def _seen(alert: Alert, first: str, last: str) -> dict[str, object]:
    times = {first: alert.first_seen, last: alert.last_seen}
    return {name: milliseconds(at) for name, at in times.items() if at is not None}


FORMAT = Format(
    name="ocsf", title="OCSF 1.8 Detection Finding", content_type="application/json", render=render,
    source="https://schema.ocsf.io/1.8.0/classes/detection_finding",
)  # fmt: skip
