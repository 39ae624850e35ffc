"""The clocks of governance (standards §5.2), all on UTC days."""

from collections.abc import Collection
from datetime import MAXYEAR, date, timedelta

SATURDAY = 5


def a_year_after(day: date) -> date:
    """One calendar year later; 29 February counts as the 28th, and the calendar's last year has no later one."""
    if day.year == MAXYEAR:
        return date.max
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def business_days(start: date, end: date, holidays: Collection[date] = ()) -> int:
    """Business days from `start` (day 0) to `end`."""
    weeks, rest = divmod(max(0, (end - start).days), 7)
    days = (start + timedelta(days=n) for n in range(1, rest + 1))
    free = sum(start < day <= end and day.weekday() < SATURDAY for day in set(holidays))
    return weeks * 5 + sum(day.weekday() < SATURDAY for day in days) - free
