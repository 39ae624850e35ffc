"""Elastic Common Schema 9.4: an alert with ECS fields, what ECS has no field for under `penumbra`.

https://github.com/elastic/ecs/tree/v9.4.0/schemas: `event`, `rule`, `observer`, `ecs`, `message`, `labels`, `tags`. The
`gen_ai` fields that hold content are never filled.
"""

import msgspec

from services.inventory.formats.declaration import PRODUCT, TEST, VENDOR, Event, Format
from services.inventory.formats.scales import analytic, classes, present, rule, severity, stamp, standing

VERSION = "9.4.0"
SEVERITIES = {"info": 10, "low": 21, "medium": 47, "high": 73, "critical": 99}
"""`event.severity` is a number of the source's own; these are the steps of Elastic's own alerts."""


def render(event: Event) -> str:
    """The JSON text."""
    alert = event.alert
    what = present(
        kind="alert", id=event.message, action=event.type, module="penumbra", dataset="penumbra.alert",
        severity=severity(alert, SEVERITIES, 47), reason="; ".join(alert.basis),
        start=stamp(alert.first_seen) if alert.first_seen else None,
        end=stamp(alert.last_seen) if alert.last_seen else None, created=stamp(alert.changed_at),
    )  # fmt: skip
    labels = present(
        standing=standing(alert), severity=alert.severity, state=alert.state.value, unit=alert.unit,
        tool=alert.tool, solution=alert.solution, data_classes=",".join(classes(alert)), decision=alert.decision,
    )  # fmt: skip
    content = {
        "@timestamp": stamp(alert.changed_at), "ecs": {"version": VERSION}, "event": what, "message": alert.title,
        "rule": {"id": rule(event), "name": analytic(alert)},
        "observer": {"vendor": VENDOR, "product": PRODUCT}, "labels": labels,
        "tags": ["shadow-ai", *(["test"] if event.type == TEST else [])], "penumbra": {"alert": alert},
    }  # fmt: skip
    return msgspec.json.encode(content).decode()


FORMAT = Format(
    name="ecs", title="Elastic Common Schema 9.4", content_type="application/json", render=render,
    source="https://github.com/elastic/ecs/tree/v9.4.0/schemas",
)  # fmt: skip
