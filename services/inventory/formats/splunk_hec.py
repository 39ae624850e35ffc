"""Splunk's HTTP Event Collector: one event envelope, whose `event` is the alert with the CIM names of Alerts beside it.

Envelope: https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector, `time` in seconds
with decimals, written plainly since exponents are refused. Names: https://docs.splunk.com/Documentation/CIM/latest/User/Alerts.
"""

import msgspec

from services.inventory.formats.cef import named
from services.inventory.formats.declaration import PRODUCT, Event, Format
from services.inventory.formats.scales import milliseconds, rule

SEVERITIES = {"info": "informational"}
SOURCE, SOURCETYPE = "penumbra", "penumbra:alert"


def render(event: Event) -> str:
    """The JSON text of the envelope."""
    alert = event.alert
    cim = {
        "app": "penumbra", "type": "alert", "signature": named(event), "vendor_product": PRODUCT,
        "signature_id": rule(event), "description": alert.title,
        "severity": SEVERITIES.get(alert.severity, alert.severity), "change": event.type, "message_id": event.message,
    }  # fmt: skip
    content = {
        "time": milliseconds(alert.changed_at) / 1000, "source": SOURCE, "sourcetype": SOURCETYPE,
        "event": msgspec.to_builtins(alert) | cim,
    }  # fmt: skip
    return msgspec.json.encode(content).decode()


FORMAT = Format(
    name="splunk_hec", title="Splunk HEC event", content_type="application/json", render=render,
    source="https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector",
)  # fmt: skip
