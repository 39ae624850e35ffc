"""Times and severities on the scales of other formats."""

from collections.abc import Mapping
from datetime import UTC, datetime

from schemas.alert import Alert
from services.inventory.formats.declaration import Event

SEVERITIES = ("info", "low", "medium", "high", "critical")
"""Our severities, the least first."""
NOT_SEEN, TEST = "source.not_seen", "test"


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970, in UTC."""
    return int(at.timestamp() * 1000)


def stamp(at: datetime, digits: str = "milliseconds") -> str:
    """RFC 3339 in UTC with `Z`."""
    return at.astimezone(UTC).isoformat(timespec=digits).replace("+00:00", "Z")


def severity(alert: Alert, scale: Mapping[str, int], unknown: int) -> int:
    """The alert's severity on another scale; `unknown` for one this program does not know."""
    return scale.get(alert.severity, unknown)


def rule(event: Event) -> str:
    """What a SIEM knows it by: `tool.unregistered`, of a source `source.not_seen`, of a test `test`.

    A source's standing is one of the alert's own making: a source is in no registry.
    """
    if event.test:
        return TEST
    alert = event.alert
    return NOT_SEEN if alert.kind == "source" else f"{alert.kind}.{alert.standing.value}"


def standing(alert: Alert) -> str | None:
    """The alert's standing against the registry; None of a source, which has none."""
    return None if alert.kind == "source" else alert.standing.value


def analytic(alert: Alert) -> str:
    """What found it: usage was held to the registry, or a source's health was looked at."""
    return "Source health" if alert.kind == "source" else "Registry reconciliation"


def classes(alert: Alert) -> tuple[str, ...]:
    """The names of the data classes, each once, in the alert's order."""
    return tuple(dict.fromkeys(label.name for label in alert.classes))


def present(**given: object) -> dict[str, object]:
    """The members that say something: neither None nor empty."""
    return {name: value for name, value in given.items() if value not in (None, "", (), [], {})}
