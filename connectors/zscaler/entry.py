"""One entry of the web log: its values by role whatever the feed calls them, and when it was."""

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.base import Rejected

FIELDS: dict[str, tuple[str, ...]] = {
    "time": ("time", "datetime", "rt", "devtime"), "epoch": ("epochtime",), "tz": ("tz", "timezone"),
    "user": ("login", "user", "suser", "usrname", "ologin"), "dept": ("dept", "department", "cs1"),
    "ip": ("cintip", "cip", "cltip", "cltintip", "clientip", "src"),
    "device": ("devicehostname", "devicename"), "location": ("location", "spriv"),
    "host": ("host", "hostname", "dhost"), "url": ("url", "request"), "method": ("reqmethod", "requestmethod"),
    "status": ("respcode", "status", "outcome"), "action": ("action", "act"),
    "app": ("appname", "destinationservicename"), "class": ("appclass",),
    "out": ("reqsize", "requestsize", "out"), "in": ("respsize", "responsesize", "in"),
    "categories": ("urlcat", "urlcategory", "urlsubcat", "cat"), "super": ("urlsupercat", "urlsupercategory"),
    "engines": ("dlpeng", "dlpengine"), "dictionaries": ("dlpdict", "dlpdictionaries"),
    "agent": ("ua", "useragent", "requestclientapplication"), "content_type": ("contenttype",),
    "file": ("upload_filename", "filename"), "record": ("recordid", "event_id", "externalid"),
}  # fmt: skip
OF_A_WEB_LOG = {name for names in FIELDS.values() for name in names} | {
    "urlclass", "riskscore", "pagerisk", "malwarecat", "threatname", "threatcategory", "proto", "protocol", "sip",
    "serverip", "ruletype", "rulelabel", "totalsize", "transactionsize", "fileclass", "filetype",
    "refererurl", "referer",
}  # fmt: skip
COMMON = {
    "time", "datetime", "rt", "devtime", "epochtime", "tz", "timezone", "user", "suser", "usrname", "src", "clientip",
    "host", "hostname", "dhost", "url", "request", "status", "outcome", "action", "act", "out", "in", "cat", "filename",
    "useragent", "contenttype", "department", "location", "protocol", "referer", "event_id", "device", "devicename",
}  # fmt: skip
"""Names that many products have: they say nothing about whose record it is."""
NOTHING = {"", "none", "na", "n/a", "-", "null", "unknown", "other"}
_LONGEST_NOTHING = 12
"""No word for nothing is longer: small letters are not fewer than half of the large ones they were."""
_SPOKEN = re.compile(
    r"(?:[A-Z][a-z]{2},? )?([A-Z][a-z]{2}) +(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?: (\d{4}))?(?: GMT| UTC)?"
)
_MONTHS = dict(zip("jan feb mar apr may jun jul aug sep oct nov dec".split(), range(1, 13), strict=True))  # noqa: SIM905 - reads as a calendar


@lru_cache(1024)
def present(keys: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Of each role the fields that are there, the better one first: entries of a feed have the same fields."""
    return {
        role: tuple(key for name in names for key in (f"e{name}", f"b64{name}", name) if key in keys)
        for role, names in FIELDS.items()
    }


class Entry:
    """One entry of the web log: values by the roles of FIELDS."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self._keys = present(tuple(values))

    def said(self, role: str) -> str | None:
        """The first field of that role that says something, without %HH; b64-fields decoded.

        An address keeps its %HH: they part nothing there, and its query must still be told from its path. A template
        may give an e-field a plain name, so plain names may hold %HH too.
        """
        for key in self._keys[role]:
            value = _read(self.values[key], packed=key.startswith("b64"), address=role == "url")
            if value is not None:
                return value
        return None


@lru_cache(20_000)
def _read(raw: str, *, packed: bool, address: bool) -> str | None:
    """A field's value, None where it says nothing; kept, as most come again."""
    return value_of(_unpacked(raw) if packed else raw, address=address)


def value_of(raw: str, *, address: bool) -> str | None:
    """What a field that is not packed says."""
    value = raw.strip()
    value = unquote(value) if "%" in value and not address else value
    return value if len(value) > _LONGEST_NOTHING or value.lower() not in NOTHING else None


def _unpacked(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except ValueError:
        return ""


def moment(entry: Entry, zone: float) -> datetime:
    """When it was, in UTC; `zone` is the feed's. Raises Rejected."""
    return _moment(entry.said("epoch"), entry.said("time") or "", entry.said("tz"), zone)


@lru_cache(10_000)
def _moment(epoch: str | None, text: str, tz: str | None, zone: float) -> datetime:
    named = _zone(tz) if tz and tz.upper() not in {"GMT", "UTC"} else None
    try:
        if epoch:
            return datetime.fromtimestamp(int(epoch), UTC)
        given = _spoken(text) or datetime.fromisoformat(text)
        if given.tzinfo:
            return given.astimezone(UTC)
        if named is not None:
            return given.replace(tzinfo=named).astimezone(UTC)
        return given.replace(tzinfo=UTC) - timedelta(hours=0 if tz else zone)
    except (ValueError, OverflowError, OSError):
        raise Rejected("the time is not one, or has no year") from None


@lru_cache(64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise Rejected("the time zone is not known; leave tz out of the feed and set `zone`") from None


def _spoken(text: str) -> datetime | None:
    """`Mon Jun 20 15:29:11 2022`, and `Jun 20 2022 15:29:11` of CEF."""
    found = _SPOKEN.fullmatch(text)
    if found is None:
        return None
    month, day, early, hour, minute, second, late = found.groups()
    year = int(early or late or 0)
    return datetime(year, _MONTHS.get(month.lower(), 0), int(day), int(hour), int(minute), int(second))  # noqa: DTZ001 - the zone is added by the caller
