"""Our own body, in the shape that Standard Webhooks asks for: `{"type", "timestamp", "data"}`.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md; `data` is the Alert of
`schemas/json/penumbra.alert.v1.schema.json`.
"""

from datetime import datetime

import msgspec

from schemas.alert import Alert
from services.inventory.formats.declaration import OWN, Event, Format


class Body(msgspec.Struct, frozen=True):
    """The body of a webhook: `type`, the time of the change, and the alert as it was then."""

    type: str
    timestamp: datetime
    data: Alert


def render(event: Event) -> str:
    """The JSON text."""
    return msgspec.json.encode(Body(event.type, event.alert.changed_at, event.alert)).decode()


FORMAT = Format(
    name=OWN, title="Penumbra's own", content_type="application/json", render=render,
    source="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
)  # fmt: skip
