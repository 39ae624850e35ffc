"""Syslog, RFC 5424 (https://www.rfc-editor.org/rfc/rfc5424): the header, no structured data, our own body as MSG.

The body is JSON in ASCII, so that it needs no byte-order mark and holds no line break. Structured data would need an
enterprise number of our own (§7.2.2), and the host that sends is the transport's to say: both are the nil value.
"""

import json

from services.inventory.formats import penumbra
from services.inventory.formats.declaration import Event, Format
from services.inventory.formats.scales import severity, stamp

LOCAL0 = 16
SEVERITIES = {"info": 6, "low": 5, "medium": 4, "high": 3, "critical": 2}
"""§6.2.1: 2 critical, 3 error, 4 warning, 5 notice, 6 informational."""


def render(event: Event) -> str:
    """The message, without the framing of a transport."""
    priority = LOCAL0 * 8 + severity(event.alert, SEVERITIES, 4)
    text = json.dumps(json.loads(penumbra.render(event)), separators=(",", ":"), ensure_ascii=True)
    return f"<{priority}>1 {stamp(event.alert.changed_at)} - penumbra - {event.type} - {text}"


FORMAT = Format(
    name="syslog", title="Syslog (RFC 5424)", content_type="text/plain; charset=utf-8", render=render, json=False,
    source="https://www.rfc-editor.org/rfc/rfc5424",
)  # fmt: skip
