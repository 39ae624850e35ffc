"""LEEF 2.0 with a tab between attributes: `LEEF:2.0|Vendor|Product|Version|EventID|x09|key=value<tab>…`.

https://www.ibm.com/docs/en/dsm?topic=overview-leef-event-components: the keys `cat`, `devTime` (milliseconds), `sev`
(1…10) and `resource` are its own; further keys are allowed. The format has no escaping, so what would end a field is
replaced by a space.
"""

import re

from services.inventory.formats.declaration import PRODUCT, VENDOR, VERSION, Event, Format
from services.inventory.formats.scales import classes, milliseconds, rule, severity

SEVERITIES = {"info": 1, "low": 3, "medium": 5, "high": 8, "critical": 10}
DELIMITER, WRITTEN = "\t", "x09"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def render(event: Event) -> str:
    """The line."""
    alert = event.alert
    header = ("LEEF:2.0", VENDOR, PRODUCT, VERSION, rule(event), WRITTEN)
    people = alert.people if alert.kind != "source" else None
    attributes = {
        "cat": event.type, "devTime": milliseconds(alert.changed_at), "sev": severity(alert, SEVERITIES, 5),
        "resource": alert.solution or alert.tool, "alertId": alert.id, "revision": alert.revision,
        "title": alert.title, "state": alert.state.value, "unit": alert.unit, "people": people,
        "dataClasses": ",".join(classes(alert)), "decision": alert.decision, "reason": alert.reason,
        "basis": "; ".join(alert.basis),
    }  # fmt: skip
    pairs = (f"{key}={_plain(str(value))}" for key, value in attributes.items() if value not in (None, ""))
    return "|".join(_plain(part).replace("|", " ") for part in header) + "|" + DELIMITER.join(pairs)


def _plain(text: str) -> str:
    return _CONTROLS.sub(" ", text)


FORMAT = Format(
    name="leef", title="LEEF 2.0", content_type="text/plain; charset=utf-8", render=render, json=False,
    source="https://www.ibm.com/docs/en/dsm?topic=overview-leef-event-components",
)  # fmt: skip
