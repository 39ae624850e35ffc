"""Spans and days as people write them, on the command line and in forms."""

import re
from datetime import UTC, date, datetime, time, timedelta

from services.kit.errors import Misconfigured

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
LONGEST = 366 * 86_400


def span(text: str, option: str) -> timedelta:
    """`300`, `30s`, `5m`, `1h`, `2d`; raises Misconfigured naming the option."""
    found = _SPAN.fullmatch(text.strip().lower())
    seconds = float(found[1]) * _UNITS[found[2]] if found else 0.0
    if not 1 <= seconds <= LONGEST:
        raise Misconfigured(f"{option} {text!r}: write 30s, 5m, 1h or 2d, at least one second")
    return timedelta(seconds=seconds)


def day(text: str, option: str) -> datetime:
    """`2026-11-01` as midnight in UTC; raises Misconfigured naming the option."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise Misconfigured(f"{option} {text!r}: write a day like 2026-11-01") from None


def shown(spans: timedelta) -> str:
    """A span in its largest whole unit, as `span` reads it."""
    seconds = spans.total_seconds()
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size:.0f}{unit}"
    return f"{seconds:g}s"


def rough(seconds: float | None) -> str:
    """A span in words, to two digits or so; a dash for none."""
    if seconds is None:
        return "—"
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 1 or seconds == 0 else "under 1 s"
