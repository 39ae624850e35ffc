"""Times as audit logs write them: seconds or milliseconds since the epoch, or ISO 8601 with or without a zone."""

from datetime import UTC, datetime
from typing import Any

from connectors.base import Rejected

_MILLISECONDS_FROM = 1e11
"""Seconds since the epoch reach this in the year 5138, milliseconds in 1973."""
_DIGITS = 16


def maybe(value: Any) -> datetime | None:
    """A time as UTC (it is UTC where no zone stands); None where it is none."""
    try:
        if isinstance(value, str):
            text = value.strip()
            if not text.isdecimal():
                found = datetime.fromisoformat(text)
                return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
            if len(text) > _DIGITS:
                return None
            value = int(text)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return datetime.fromtimestamp(value / 1000 if value >= _MILLISECONDS_FROM else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def moment(value: Any, field: str) -> datetime:
    """As `maybe`; raises Rejected naming the field where it is no time."""
    found = maybe(value)
    if found is None:
        raise Rejected(f"{field} is not a time")
    return found
