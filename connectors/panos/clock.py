"""When a PAN-OS log was made: the firewall's own time, which has no zone, and the one of the high resolution timestamp.

Since PAN-OS 10 a line ends with the time of the same second as `2026-11-20T10:00:00.123+08:00`: its zone is taken.
"""

from datetime import datetime
from functools import lru_cache

from connectors.shared.textlog.moments import moment, offset

_FRACTION, _OFFSET = 4, 6


def at(line: str, generated: str, zone: float) -> datetime:
    """The time in UTC; `zone` is hours east of it where the line has none. Raises Rejected."""
    without, start = _read(generated, zone)
    found = line.find(start) if start else -1
    if found < 0:
        return without
    end = found + len(start) + _FRACTION
    return _zoned(generated, line[end : end + _OFFSET], zone)


@lru_cache(1 << 12)
def _zoned(generated: str, told: str, zone: float) -> datetime:
    """The time in the zone that a timestamp told."""
    return moment(generated, offset(told, zone))


@lru_cache(1 << 12)
def _read(generated: str, zone: float) -> tuple[datetime, str]:
    """The time in the configured zone, and how a timestamp of that second begins; nothing where it has a zone."""
    start = generated.replace("/", "-").replace(" ", "T", 1) if "/" in generated else ""
    return moment(generated, zone), start
