"""What the columns of an access log say: destination, actor, sizes, times. Shared by all of Squid's formats."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from urllib.parse import unquote

from connectors.base import Rejected
from connectors.squid.logformat import Format
from schemas.observation import Actor

REMEMBERED = 50_000
"""Authorities and people kept as they were read."""
MILLISECONDS = 3
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)  # noqa: SIM905 - reads as a calendar
}
_LOCAL = re.compile(r"(\d{1,2})/([A-Za-z]{3})/(\d{4}):(\d{1,2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})")
QUERY = re.compile(r"[?#;]|%3f|%23", re.IGNORECASE)
ADDRESS = re.compile(r"(?:[0-9a-fA-F]*:[0-9a-fA-F:.]*|\d{1,3}(?:\.\d{1,3}){3})(?:%\S*)?")
_HOST = re.compile(r"[^\s/\\?#@\[\]<>\"'%]+")
_USERS = ("user", "user_any", "user_external", "user_ident")


@lru_cache(REMEMBERED)
def host_of(authority: str) -> tuple[str, str]:
    """Host in lower case without final dot or brackets, and the port's digits or nothing; ("", "") where it is none."""
    bare = authority.rpartition("@")[2]
    if bare.startswith("["):
        host, _, port = bare[1:].partition("]")
        port = port.removeprefix(":")
        return (host.lower(), port if port.isdigit() else "") if ADDRESS.fullmatch(host) else ("", "")
    host, _, port = bare.rpartition(":") if bare.count(":") == 1 else (bare, "", "")
    host = host.lower().rstrip(".")
    known = ADDRESS if ":" in host else _HOST
    return (host, port if port.isdigit() else "") if known.fullmatch(host) else ("", "")


def actor(client: bytes, user: bytes) -> Actor:
    """Who the client and user columns of a native line name, as `parse` reads them."""
    # Not remembered: who asks keeps what it makes of each, and half the memory.
    return named.__wrapped__(user.decode("utf-8", "replace"), client.decode("utf-8", "replace"))


def requested(url: str, *, tunnel: bool) -> tuple[str, str, str | None]:
    """Host, port, and path without its query, of the URL column; a tunnel names host:port and no path."""
    scheme, mark, rest = url.partition("://")
    if tunnel or not (mark and scheme.isalnum()):
        return *host_of(url.partition("/")[0]), None
    odd = "%" in rest or ";" in rest or "#" in rest
    authority, slash, tail = (QUERY.split(rest, maxsplit=1) if odd else rest.split("?", 1))[0].partition("/")
    return *host_of(authority), slash + tail


@lru_cache(REMEMBERED)
def named(user: str, client: str) -> Actor:
    """What `read_actor` makes of the two columns of a native line: the same people come again and again."""
    name = None if user == "-" else unquote(user)
    address = client if ADDRESS.fullmatch(client) else None
    return Actor(
        id=name or None,
        email=name.lower() if name and "@" in name else None,
        ip=address,
        device=None if address or client == "-" else client,
    )


def read_actor(found: Mapping[str, str | None]) -> Actor:
    """Who the columns of any format name: user, forwarded or client address, device."""
    user = next((name for key in _USERS if (name := said(found.get(key)))), None)
    user = unquote(user) if user else None
    forwarded = (said(found.get("forwarded")) or "").split(",")[0].strip()
    client = forwarded if ADDRESS.fullmatch(forwarded) else said(found.get("client")) or ""
    address = client if ADDRESS.fullmatch(client) else None
    device = said(found.get("client_name")) or (client if client and not address else None)
    return Actor(
        id=user,
        email=user.lower() if user and "@" in user else None,
        ip=address,
        device=(device if device != address else None) or said(found.get("hardware")),
    )


def said(value: str | None) -> str | None:
    """The value, None for `-` and nothing."""
    return value if value and value != "-" else None


def size(value: str | None) -> int | None:
    """A size in bytes or a status; None where it is none."""
    return max(int(value), 0) if value and value.lstrip("-").isdecimal() and len(value) < 20 else None  # noqa: PLR2004 - beyond 64 bits it is damage


def read_time(found: Mapping[str, str | None], form: Format | None, zone: float) -> datetime:
    """The request's time in UTC; `zone` (hours) where it carries none. Raises Rejected."""
    if seconds := found.get("seconds"):
        return since_epoch(seconds, found.get("fraction") or "0")
    try:
        if start := found.get("start"):
            return datetime.fromtimestamp(float(start), UTC)
        text = found.get("time") or ""
        if form is not None and form.time:
            given = datetime.strptime(text, form.time)  # noqa: DTZ007 - the zone is added below where it has none
            zoned = given if given.tzinfo else given.replace(tzinfo=timezone(timedelta(hours=zone)))
            return zoned.astimezone(UTC)
        return _local(text)
    except (ValueError, OverflowError, OSError):
        raise Rejected("the time is not one") from None


def since_epoch(seconds: str, fraction: str) -> datetime:
    """The time of `%ts` and the digits after its point. Raises Rejected."""
    try:
        if len(fraction) == MILLISECONDS:  # so few digits survive a float, in a fifth of the time
            return datetime.fromtimestamp(float(f"{seconds}.{fraction}"), UTC)
        return _EPOCH + timedelta(0, int(seconds), int(fraction.ljust(6, "0")[:6]))
    except (ValueError, OverflowError, OSError):
        raise Rejected("the time is not one") from None


def _local(text: str) -> datetime:
    """Squid's `%tl` and `%tg`: 20/Nov/2026:10:00:00 +0000, months in English whatever the locale."""
    found = _LOCAL.fullmatch(text)
    if found is None or found[2].lower() not in _MONTHS:
        raise ValueError(text)
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    here = datetime(int(year), _MONTHS[month.lower()], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    return here - offset
