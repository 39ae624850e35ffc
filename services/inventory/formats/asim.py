"""Microsoft Sentinel ASIM, alert event schema 0.1.

https://learn.microsoft.com/azure/sentinel/normalization-schema-alert: mandatory fields and the values of those with a
list. What the schema has no field for goes into `AdditionalFields`.
"""

import msgspec

from schemas.alert import Alert, AlertState
from services.inventory.formats.declaration import PRODUCT, VENDOR, Event, Format
from services.inventory.formats.scales import classes, present, rule, stamp

SCHEMA, VERSION = "AlertEvent", "0.1"
SEVERITIES = {"info": "Informational", "low": "Low", "medium": "Medium", "high": "High", "critical": "High"}


def render(event: Event) -> str:
    """The JSON text."""
    alert = event.alert
    content = {
        "TimeGenerated": stamp(alert.changed_at), "EventCount": 1,
        "EventStartTime": stamp(alert.first_seen or alert.opened_at),
        "EventEndTime": stamp(alert.last_seen or alert.changed_at), "EventType": "Alert",
        "EventSubType": "Compliance Violation", "EventUid": event.message, "EventVendor": VENDOR,
        "EventProduct": PRODUCT, "EventSchema": SCHEMA, "EventSchemaVersion": VERSION,
        "EventSeverity": SEVERITIES.get(alert.severity, "Medium"), "EventOriginalSeverity": alert.severity,
        "EventMessage": alert.title, "AlertName": alert.title, "AlertVerdict": _verdict(alert),
        "AlertStatus": "Closed" if alert.state is AlertState.CLOSED else "Active",
        "RuleName": rule(event), "AdditionalFields": _more(event),
    }  # fmt: skip
    return msgspec.json.encode(content).decode()


def _verdict(alert: Alert) -> str:
    return "False Positive" if alert.decision == "false_positive" else "Unknown"


def _more(event: Event) -> dict[str, object]:
    alert = event.alert
    return present(
        AlertId=alert.id, Change=event.type, Revision=alert.revision, Tool=alert.tool, Solution=alert.solution,
        Unit=alert.unit, People=alert.people or None, Events=alert.events, DataClasses=classes(alert),
        Decision=alert.decision, Reason=alert.reason, Basis=alert.basis,
    )  # fmt: skip


FORMAT = Format(
    name="asim", title="Microsoft Sentinel ASIM alert", content_type="application/json", render=render,
    source="https://learn.microsoft.com/azure/sentinel/normalization-schema-alert",
)  # fmt: skip
