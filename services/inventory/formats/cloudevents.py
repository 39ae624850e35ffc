"""CloudEvents 1.0.2, structured mode: the alert as `data` of one JSON event.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md. `id` and `source` together say
whether an event was seen before, and all attributes are those of the same event on the topic `penumbra.alert.v1`.
"""

import msgspec

from services.inventory.delivery.message import SOURCE
from services.inventory.formats.declaration import Event, Format
from services.inventory.formats.scales import stamp


def render(event: Event) -> str:
    """The JSON text."""
    content = {
        "specversion": "1.0", "id": event.message, "source": SOURCE, "type": event.type,
        "subject": event.alert.id, "time": stamp(event.alert.changed_at), "datacontenttype": "application/json",
        "data": event.alert,
    }  # fmt: skip
    return msgspec.json.encode(content).decode()


FORMAT = Format(
    name="cloudevents", title="CloudEvents 1.0", content_type="application/cloudevents+json", render=render,
    source="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md",
)  # fmt: skip
