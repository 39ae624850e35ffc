"""Times as spreadsheets, consoles and programs write them: ISO 8601, seconds since the epoch, the usual spellings."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = re.compile(r"(\d{9,10})(\d{3}|\d{6}|\d{9})?(?:\.(\d{1,9}))?")
_DAYS = ("%Y/%m/%d", "%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%Y%m%d")
_DAY_FIRST = ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%d.%m.%y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%m/%d/%y")
"""One of the two for a whole file: row by row 05/11 would be read as a day of another month than 20/11 beside it."""
_CLOCKS = ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_WHOLE = ("%a %b %d %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S %z", "%d/%b/%Y:%H:%M:%S %z", "%b %d %Y %H:%M:%S")
_BETWEEN = re.compile(r"(?:,? @ |,? +|T|:)(?=\d{1,2}:\d\d)")
_OUTLINES = {
    "d": r"\d{1,2}", "m": r"\d{1,2}", "Y": r"\d{4}", "y": r"\d{2}", "b": "[A-Za-z]{3}", "B": "[A-Za-z]{3,9}",
    "a": "[A-Za-z]{3}", "H": r"\d{1,2}", "I": r"\d{1,2}", "M": r"\d{2}", "S": r"\d{2}", "f": r"\d{1,6}",
    "p": "[AaPp][Mm]", "z": r"[+-]\d{2}:?\d{2}",
}  # fmt: skip
_ZONE = re.compile(r"\s*(?:Z|UTC|GMT)$", re.IGNORECASE)


def moment(text: str, *, form: str = "", month_first: bool = False, zone: float = 0.0) -> datetime:
    """The time in UTC; `form` is a strptime format, `zone` hours east of UTC where the text has none.

    Raises ValueError where it is no time. Days come before months unless `month_first`.
    """
    given = datetime.strptime(text, form) if form else _read(text.strip(), month_first=month_first)  # noqa: DTZ007 - the zone is added below
    return given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC) - timedelta(hours=zone)


def _read(text: str, *, month_first: bool) -> datetime:
    if found := _EPOCH.fullmatch(text):
        seconds, finer, fraction = found.groups()
        micro = f"{finer or fraction or ''}000000"[:6]
        return datetime.fromtimestamp(int(seconds), UTC) + timedelta(microseconds=int(micro))
    bare = _ZONE.sub("", text)
    try:
        given = datetime.fromisoformat(bare)
    except ValueError:
        given = _usual(bare, month_first=month_first)
    return given.replace(tzinfo=UTC) if bare != text and given.tzinfo is None else given


def _usual(text: str, *, month_first: bool) -> datetime:
    found = _BETWEEN.search(text) if ":" in text else None
    for form, pattern in _forms(found.group() if found else "", month_first=month_first):
        if pattern.fullmatch(text):
            try:
                return datetime.strptime(text, form)  # noqa: DTZ007 - the caller adds the zone
            except ValueError:
                continue
    raise ValueError("no time")


@lru_cache(64)
def _forms(between: str, *, month_first: bool) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The forms to try in their order, each with its outline, which is quicker to compare than to parse by."""
    days = (*(_MONTH_FIRST if month_first else _DAY_FIRST), *_DAYS)
    clocks = [f"{between}{clock}" for clock in _CLOCKS] if between else [""]
    forms = [*_WHOLE, *(day + clock for day in days for clock in clocks)]
    return tuple((form, re.compile(re.sub("%([a-zA-Z])", _outline, re.escape(form)))) for form in forms)


def _outline(found: re.Match[str]) -> str:
    return _OUTLINES[found[1]]
