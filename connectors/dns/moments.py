"""When a line was written: the times resolvers and syslog put before it, some of them without a year. Pure.

A year-less time is the latest one not after the record's arrival. A log in local time may run ahead of UTC by as much
as a zone does; so far a time may lie after the arrival before it is taken for last year's. `zone` sets it right.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from connectors.base import Rejected

AHEAD = timedelta(hours=14)
"""The zone furthest ahead of UTC."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BACK = 8
"""A 29 February may be this many years ago."""
_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)  # noqa: SIM905 - reads as a calendar
}
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?"
_TIMES = re.compile(
    rf"(?P<iso>\d{{4}}-\d{{2}}-\d{{2}}[T ]{_CLOCK}(?: ?(?:Z|[+-]\d{{2}}:?\d{{2}}))?)"
    rf"|(?P<day>\d{{1,2}})-(?P<month>{_MONTH})-(?P<year>\d{{4}}) (?P<clock>{_CLOCK})"
    rf"|(?P<s_month>{_MONTH}) {{1,2}}(?P<s_day>\d{{1,2}}) (?:(?P<s_year>\d{{4}}) )?(?P<s_clock>{_CLOCK})"
    r"(?: (?P<s_after>\d{4})(?!\S))?"
    r"|\[(?P<seconds>\d{9,10}(?:\.\d{1,9})?)\]"
)


def written(before: str, zone: float, arrived: datetime | None) -> datetime:
    """The last time in the text before a message, in UTC: the program's own where syslog put another before it.

    `zone` is hours east of UTC for times without one. Raises Rejected where there is none, or none that can be.
    """
    found = None
    for found in _TIMES.finditer(before):  # noqa: B007 - the last one counts
        pass
    if found is None:
        raise Rejected("the line has no time")
    try:
        return _moment(found.group(), zone, arrived)
    except Rejected:
        raise
    except (ValueError, OverflowError, OSError):
        raise Rejected("the time is not one") from None


@lru_cache(maxsize=1 << 12)
def _moment(text: str, zone: float, arrived: datetime | None) -> datetime:
    """A time as written; the lines of one second share it."""
    found = _TIMES.fullmatch(text)
    if found is None:
        raise ValueError(text)
    if seconds := found["seconds"]:
        return epoch(seconds)
    if iso := found["iso"]:
        return _zoned(datetime.fromisoformat(iso.replace(",", ".").replace(" Z", "Z").replace(" +", "+")), zone)
    if found["year"]:
        return _zoned(_date(int(found["year"]), found["month"], found["day"], found["clock"]), zone)
    month, day, clock = found["s_month"], found["s_day"], found["s_clock"]
    if year := found["s_year"] or found["s_after"]:
        return _zoned(_date(int(year), month, day, clock), zone)
    if arrived is None:
        raise Rejected("a time without its year, and no time of arrival to tell it by")
    latest = arrived + AHEAD
    for year in range(latest.year, latest.year - _BACK - 1, -1):
        moment = _perhaps(year, month, day, clock)
        if moment is not None and _zoned(moment, zone) <= latest:
            return _zoned(moment, zone)
    raise ValueError(month)


def _perhaps(year: int, month: str, day: str, clock: str) -> datetime | None:
    """The date in a year, or None in one that has no such day."""
    try:
        return _date(year, month, day, clock)
    except ValueError:
        if int(day) == 29 and month.lower() == "feb":  # noqa: PLR2004 - a leap day
            return None
        raise


def _date(year: int, month: str, day: str, clock: str) -> datetime:
    whole, _, fraction = clock.replace(",", ".").partition(".")
    hour, minute, second = (int(part) for part in whole.split(":"))
    micro = int(fraction.ljust(6, "0")[:6]) if fraction else 0
    return datetime(year, _MONTHS[month.lower()], int(day), hour, minute, min(second, 59), micro)  # noqa: DTZ001 - the caller knows the zone


def _zoned(moment: datetime, zone: float) -> datetime:
    given = moment if moment.tzinfo else moment.replace(tzinfo=timezone(timedelta(hours=zone)))
    return given.astimezone(UTC)


def epoch(seconds: str | float) -> datetime:
    """Seconds since 1970 as a time; raises ValueError or OverflowError for what is none."""
    whole, _, fraction = str(seconds).partition(".")
    micro = int(fraction.ljust(6, "0")[:6]) if fraction.isdigit() else 0
    return _EPOCH + timedelta(0, int(whole), micro)


def iso(text: str) -> datetime:
    """An ISO 8601 time in UTC; nanoseconds are cut. Raises ValueError for what is none."""
    found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
