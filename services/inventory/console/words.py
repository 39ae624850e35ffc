"""How values are said on screen: standings, severities, states, sizes, counts and times."""

from datetime import UTC, datetime
from datetime import date as Date  # noqa: N812 - `date` is the filter of that name

from schemas.alert import Standing
from services.inventory.domain.grain import UNKNOWN

STANDINGS: dict[str, tuple[str, str]] = {
    Standing.PROHIBITED: ("Prohibited", "red"),
    Standing.UNREGISTERED: ("Unregistered", "orange"),
    Standing.EXPIRED: ("Expired", "orange"),
    Standing.OUT_OF_SCOPE: ("Out of scope", "orange"),
    Standing.OWNERLESS: ("Ownerless", "yellow"),
    Standing.DRIFTED: ("Drifted", "yellow"),
    Standing.UNDER_REVIEW: ("Under review", "blue"),
    Standing.TOLERATED: ("Tolerated", "blue"),
    Standing.DORMANT: ("Dormant", "grey"),
    Standing.REGISTERED: ("Registered", "green"),
}
"""Each standing in words and with its colour, in the order pages show them: what needs somebody first."""

DECISIONS: dict[str, tuple[str, str]] = {
    "register": ("Register", "put it under review; the review clock runs"),
    "approve": ("Approve", "allowed here, with an entry in the registry"),
    "tolerate_until": ("Tolerate", "allowed until a day"),
    "prohibit": ("Prohibit", "forbidden; elsewhere too, unless another entry allows it there"),
    "false_positive": ("False positive", "not what it was taken for; only later evidence opens it again"),
    "snooze": ("Snooze", "ask again on a day"),
    "assign": ("Assign", "give it to somebody to look at"),
}
"""Each decision in words, and what it means. Which of them an alert takes, the inventory says."""

VERDICTS = {
    "ai": "AI", "embedded": "AI feature", "related": "Related, no use", "suspected": "Suspected AI",
    "review": "For review", "none": "Not AI",
}  # fmt: skip
SEVERITIES = {"critical": "red", "high": "red", "medium": "orange", "low": "yellow", "info": "grey"}
STATES = {
    "open": "orange", "snoozed": "blue", "closed": "grey",
    "healthy": "green", "silent": "orange", "failing": "red", "no_permission": "red", "not_licensed": "red",
    "not_enabled": "orange", "empty": "grey", "paused": "grey", "never_run": "grey",
    "active": "green", "disabled": "red",
}  # fmt: skip
CLASSES = {"pii": "PII", "phi": "PHI", "pci": "PCI", "hr": "HR"}
SOURCES = {
    "squid": "Squid proxy", "m365_management": "Microsoft 365", "okta": "Okta", "directory_csv": "Directory",
    "registry_csv": "Registry", "dns": "DNS", "google_workspace": "Google Workspace", "entra": "Microsoft Entra ID",
    "purview": "Microsoft Purview",
    "scim": "SCIM", "csv": "CSV", "elff": "W3C extended log", "netskope": "Netskope", "zscaler": "Zscaler",
}  # fmt: skip
NO_UNIT = "Unit not known"
UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
THOUSAND = 1000
TEN = 10


def words(name: str) -> str:
    """An identifier as words: `no_permission` → `No permission`."""
    return name.replace("_", " ").capitalize()


def standing(name: str) -> str:
    """A standing in words."""
    return STANDINGS.get(name, (words(name), "grey"))[0]


def standing_colour(name: str) -> str:
    """A standing's colour; never the only sign, the word stands beside it."""
    return STANDINGS.get(name, ("", "grey"))[1]


def decision(name: str) -> str:
    """A decision in words."""
    return DECISIONS[name][0] if name in DECISIONS else words(name)


def verdict(name: str) -> str:
    """What a label takes something for, in words."""
    return VERDICTS.get(name, words(name))


def unit(name: str | None) -> str:
    """A unit's name; of people whom no directory places, that."""
    return "—" if not name else NO_UNIT if name == UNKNOWN else name


def data_class(name: str) -> str:
    """A data class in words."""
    return CLASSES.get(name, words(name))


def source(name: str) -> str:
    """A source type by the product's name."""
    return SOURCES.get(name, words(name))


def count(number: int) -> str:
    """A number with its thousands set apart."""
    return f"{number:,}"


def size(number: int) -> str:
    """Bytes in the largest unit that keeps a digit before the point, in powers of 1000."""
    value, unit = float(number), 0
    while value >= THOUSAND and unit < len(UNITS) - 1:
        value, unit = value / THOUSAND, unit + 1
    digits = 1 if unit and value < TEN else 0
    return f"{value:.{digits}f} {UNITS[unit]}"


def stamp(at: datetime) -> str:
    """A time for machines, RFC 3339."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def when(at: datetime | None) -> str:
    """A time for people, to the minute, in UTC."""
    return "never" if at is None else f"{at.astimezone(UTC):%-d %b %Y, %H:%M}"


def date(on: Date) -> str:
    """A day of a calendar, for people."""
    return f"{on:%-d %b %Y}"


def day(at: datetime | None) -> str:
    """A day for people."""
    return "never" if at is None else f"{at.astimezone(UTC):%-d %b %Y}"


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago, in the largest unit."""
    if at is None:
        return "never"
    seconds = max(0, int((now - at).total_seconds()))
    for size_, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size_:
            return f"{seconds // size_} {name} ago"
    return "just now"
