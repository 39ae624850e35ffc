"""What a format is made of, and what it renders: an event, which is an alert as it was after a change."""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.alert import Alert
from services.inventory.delivery.message import type_of

OWN = "penumbra"
"""The name of our own format."""
TEST = "webhook.test"
"""The type of an event that was made up to try an endpoint: nothing happened."""
VENDOR, PRODUCT, VERSION = "Penumbra", "Penumbra", "1"
"""Who says it, in the formats that ask. The version is that of these renderings, and changes with their meaning."""


@dataclass(frozen=True)
class Event:
    """A change of an alert. `message` is its id, the same at each attempt and in each format; `type` is dotted."""

    message: str
    type: str
    alert: Alert

    @property
    def test(self) -> bool:
        """Whether nothing happened and this only tries an endpoint."""
        return self.type == TEST


@dataclass(frozen=True, kw_only=True)
class Format:
    """The declaration of a format. `render` makes one record without a line break at its end; `json` says that the
    record is a JSON object; `source` is the address of the specification and the version that was read.
    """

    name: str
    title: str
    content_type: str
    source: str
    render: Callable[[Event], str]
    json: bool = True


def event(alert: Alert, message: str | None = None) -> Event:
    """The event of an alert's latest change; its id is the one the judge gives the outbox row."""
    return Event(message or f"evt_{alert.id}_{alert.revision}", type_of(alert), alert)
