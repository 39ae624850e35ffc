"""What is delivered: the type of an event, and the CloudEvent on `alert.v1`. Bodies are made by `../formats`."""

from schemas.alert import Alert, AlertState

OPENED, CHANGED, CLOSED = "alert.opened", "alert.changed", "alert.closed"
TYPES = (OPENED, CHANGED, CLOSED)
SOURCE = "/penumbra/inventory"


def type_of(alert: Alert) -> str:
    """The event's type: the first revision opens, a closed alert closes, all else changes."""
    if alert.state is AlertState.CLOSED:
        return CLOSED
    return OPENED if alert.revision <= 1 else CHANGED


def cloud_event_headers(message: str, alert: Alert) -> tuple[tuple[str, bytes], ...]:
    """Headers of the Kafka binding's binary mode, CloudEvents 1.0
    (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md).
    """
    attributes = {
        "ce_specversion": "1.0", "ce_id": message, "ce_source": SOURCE, "ce_type": type_of(alert),
        "ce_subject": alert.id, "ce_time": alert.changed_at.isoformat().replace("+00:00", "Z"),
        "content-type": "application/json",
    }  # fmt: skip
    return tuple((name, value.encode()) for name, value in attributes.items())
