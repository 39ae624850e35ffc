"""Times and severities on the scales of other formats."""

from collections.abc import Mapping
from datetime import UTC, datetime

from schemas.alert import Alert

SEVERITIES = ("info", "low", "medium", "high", "critical")
"""Our severities, the least first."""


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970, in UTC."""
    return int(at.timestamp() * 1000)


def stamp(at: datetime, digits: str = "milliseconds") -> str:
    """RFC 3339 in UTC with `Z`."""
    return at.astimezone(UTC).isoformat(timespec=digits).replace("+00:00", "Z")


def severity(alert: Alert, scale: Mapping[str, int], unknown: int) -> int:
    """The alert's severity on another scale; `unknown` for one this program does not know."""
    return scale.get(alert.severity, unknown)


def classes(alert: Alert) -> tuple[str, ...]:
    """The names of the data classes, each once, in the alert's order."""
    return tuple(dict.fromkeys(label.name for label in alert.classes))


def present(**given: object) -> dict[str, object]:
    """The members that say something: neither None nor empty."""
    return {name: value for name, value in given.items() if value not in (None, "", (), [], {})}
