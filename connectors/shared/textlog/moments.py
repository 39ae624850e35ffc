"""Times as firewalls and proxies write them, in UTC. Lines of one second share a time, so that it is read once.

ISO 8601 with or without zone, `2026/11/20 10:00:00`, `Nov 20 2026 10:00:00` (CEF's and LEEF's, with milliseconds and a
zone or without), and counts since 1970 of seconds, milliseconds, microseconds or nanoseconds, told apart by their size.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from connectors.base import Rejected

REMEMBERED = 1 << 14
_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)  # noqa: SIM905 - reads as a calendar
}
_SPOKEN = re.compile(
    r"(?:[A-Z][a-z]{2},? )?(?P<month>[A-Za-z]{3}) {1,2}(?P<day>\d{1,2}),? (?:(?P<year>\d{4}),? )?"
    r"(?P<clock>\d\d:\d\d:\d\d)(?:[.,](?P<fraction>\d{1,9}))?(?: (?P<after>\d{4})(?!\d))?"
    r"(?: ?(?P<zone>UTC|GMT|Z|[+-]\d\d:?\d\d))?(?: [A-Z]{2,5})?"
)
_FRACTION = re.compile(r"(\.\d{6})\d+")
_HEADER = re.compile(
    r"(?P<iso>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<spoken>[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d)"
)
_AHEAD = timedelta(hours=14)
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-]?)(\d{1,2}):?(\d\d)")
_SECONDS, _MILLISECONDS, _MICROSECONDS, _NANOSECONDS = 11, 14, 17, 19
"""So many digits, or fewer, a count of that unit has."""


@lru_cache(REMEMBERED)
def moment(text: str, zone: float = 0.0) -> datetime:
    """The time a text says, in UTC; `zone` is hours east of it where the text names none. Raises Rejected."""
    try:
        if text.isdecimal() and text.isascii():
            return _counted(text)
        given = _spoken(text) or datetime.fromisoformat(_FRACTION.sub(r"\1", text.strip().replace("/", "-")))
        known = given if given.tzinfo else given.replace(tzinfo=timezone(timedelta(hours=zone)))
        return known.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise Rejected("the time is not one, or has no year") from None


@lru_cache(1 << 8)
def offset(text: str, otherwise: float) -> float:
    """Hours east of UTC of `-0500`, `+05:30` or `UTC-5:00`; `otherwise` where it is none of these."""
    found = _OFFSET.fullmatch(text.strip())
    if found is None:
        return otherwise
    hours = int(found[2]) + int(found[3]) / 60
    return -hours if found[1] == "-" else hours


def header(before: str, zone: float, arrived: datetime | None) -> datetime:
    """The last time in syslog's words before a message. Raises Rejected where there is none.

    A time without its year (RFC 3164) is the latest one that is not later than the arrival, by the zone furthest ahead.
    """
    found = None
    for found in _HEADER.finditer(before):  # noqa: B007 - the last one counts
        pass
    if found is None:
        raise Rejected("the event has no time")
    if found["iso"]:
        return moment(found["iso"], zone)
    if arrived is None:
        raise Rejected("a time without its year, and no time of arrival to tell it by")
    latest = arrived + _AHEAD
    for year in (latest.year, latest.year - 1):
        said = moment(f"{found['spoken'][:-9]} {year} {found['spoken'][-8:]}", zone)
        if said <= latest:
            return said
    raise Rejected("the time is not one")


def _counted(text: str) -> datetime:
    if len(text) > _NANOSECONDS:
        raise ValueError
    if len(text) <= _SECONDS:
        return datetime.fromtimestamp(int(text), UTC)
    scale = 3 if len(text) <= _MILLISECONDS else 6 if len(text) <= _MICROSECONDS else 9
    whole, part = text[:-scale], text[-scale:]
    return datetime.fromtimestamp(int(whole), UTC) + timedelta(microseconds=int(part.ljust(6, "0")[:6]))


def _spoken(text: str) -> datetime | None:
    found = _SPOKEN.fullmatch(text.strip())
    year = found and (found["year"] or found["after"])
    if found is None or year is None or found["month"].lower() not in _MONTHS:
        return None
    hour, minute, second = (int(part) for part in found["clock"].split(":"))
    micro = int((found["fraction"] or "0").ljust(6, "0")[:6])
    month, day = _MONTHS[found["month"].lower()], int(found["day"])
    zone = found["zone"]
    tz = timezone(timedelta(hours=offset(zone, 0.0))) if zone else None
    return datetime(int(year), month, day, hour, minute, second, micro, tz)
