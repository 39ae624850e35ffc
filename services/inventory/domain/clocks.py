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
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(day.weekday() < SATURDAY and day not in holidays for day in days)
