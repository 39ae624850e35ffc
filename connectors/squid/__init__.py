"""Squid's access log: native, common, combined, and any `logformat`.

Native: `seconds.milliseconds elapsed client result/status bytes method URL user hierarchy/peer type`, elapsed aligned
right (https://wiki.squid-cache.org/Features/LogFormat). `bytes` is what went to the client; what a client sent is
seen only where the format has `%>st`. A CONNECT names host:port and no path. With `uri_whitespace allow` a URL holds
spaces (https://www.squid-cache.org/Doc/config/uri_whitespace/). Query strings and referrers are dropped here.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.squid.logformat import Format, compiled
from schemas.observation import Actor, Kind, Observation

AUTO = "auto"
COLUMNS = 10
REMEMBERED = 50_000
"""Authorities and people kept as they were read."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 1 << 16
_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)  # noqa: SIM905 - reads as a calendar
}
_NATIVE = re.compile(
    r"\s*+(?P<seconds>\d{9,11})\.(?P<fraction>\d{3})\s++-?\d+\s++(?P<client>\S++)\s++(?P<result>[A-Z][A-Z_0-9]*)/"
    r"(?P<status>\d+)\s++(?P<bytes_in>-?\d+)\s++(?P<method>\S++)\s++(?P<url>\S++(?:\s++\S++)*?)\s++(?P<user>\S++)\s++"
    r"[A-Z][A-Z_0-9]*/\S*+\s++(?P<content_type>\S++)(?:\s++\[.*\])?\s*+"
)
_LOOKS_NATIVE = re.compile(r"\s*\d{9,11}\.\d{3}\s")
_LOCAL = re.compile(r"(\d{1,2})/([A-Za-z]{3})/(\d{4}):(\d{1,2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})")
_QUERY = re.compile(r"[?#;]|%3f|%23", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:[0-9a-fA-F]*:[0-9a-fA-F:.]*|\d{1,3}(?:\.\d{1,3}){3})(?:%\S*)?")
_HOST = re.compile(r"[^\s/\\?#@\[\]<>\"'%]+")
_USERS = ("user", "user_any", "user_external", "user_ident")
_USUAL_PORTS = {"", "80", "443"}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`format`: auto (native, common and combined told apart line by line), a built-in name, or a logformat.

    `zone` is added to times that carry none, as hours east of UTC.
    """

    format: str = AUTO
    zone: float = 0.0

    def __post_init__(self) -> None:
        if self.format != AUTO:
            compiled(self.format)


@lru_cache(REMEMBERED)
def host_of(authority: str) -> tuple[str, str]:
    """Host in lower case without final dot or brackets, and the port's digits or nothing; ("", "") where it is none."""
    bare = authority.rpartition("@")[2]
    if bare.startswith("["):
        host, _, port = bare[1:].partition("]")
        port = port.removeprefix(":")
        return (host.lower(), port if port.isdigit() else "") if _ADDRESS.fullmatch(host) else ("", "")
    host, _, port = bare.rpartition(":") if bare.count(":") == 1 else (bare, "", "")
    host = host.lower().rstrip(".")
    known = _ADDRESS if ":" in host else _HOST
    return (host, port if port.isdigit() else "") if known.fullmatch(host) else ("", "")


def actor(client: bytes, user: bytes) -> Actor:
    """Who the client and user columns of a native line name, as `parse` reads them."""
    # Not remembered: who asks keeps what it makes of each, and half the memory.
    return _named.__wrapped__(user.decode("utf-8", "replace"), client.decode("utf-8", "replace"))


def parse(record: Any, config: Config) -> Iterator[Observation] | Ignored:
    """One line (bytes). Raises Rejected naming the column that is wrong."""
    if not isinstance(record, bytes):
        raise Rejected("a JSON object where a line of Squid's access log was expected")
    if len(record) > _LONGEST:
        raise Rejected(f"line longer than {_LONGEST} bytes")
    line = record.decode("utf-8", "replace")
    if config.format == AUTO and (native := _NATIVE.fullmatch(line)):
        return _nothing(native["url"], native["result"], native["status"]) or iter((_native(*native.groups()),))
    found, form = _matched(line, config.format)
    nothing = _nothing(found.get("url") or "", found.get("result") or "", found.get("status"))
    return nothing or iter((_observation(found, form, config.zone),))


def _matched(line: str, wanted: str) -> tuple[Mapping[str, str | None], Format | None]:
    if wanted != AUTO:
        form = compiled(wanted)
        found = form.expression.fullmatch(line)
        if found is None:
            raise Rejected("the line does not fit the configured logformat")
        return found.groupdict(), form
    if _LOOKS_NATIVE.match(line):
        found = _NATIVE.fullmatch(line)
        if found is None:
            raise Rejected(_native_fault(line.split()))
        return found.groupdict(), None
    for name in ("combined", "common"):
        if found := compiled(name).expression.fullmatch(line):
            return found.groupdict(), None
    raise Rejected("neither Squid's native nor its common or combined format; set `format` to the logformat in use")


def _native_fault(parts: list[str]) -> str:
    if len(parts) < COLUMNS:
        return f"{len(parts)} columns, the native format has {COLUMNS}"
    if "/" not in parts[3]:
        return "column 4 is not result/status"
    if not parts[4].lstrip("-").isdigit():
        return "column 5 is not a size in bytes"
    return f"{len(parts)} columns that do not fit the native format (hierarchy/peer and type are expected last)"


def _nothing(url: str, result: str, status: str | None) -> Ignored | None:
    """Lines that stand for no request of a person."""
    if result.startswith("UDP_"):
        return Ignored("query between caches")
    if url.startswith("error:"):
        return Ignored("connection without a request")
    if url.startswith("cache_object:") or "/squid-internal-" in url:
        return Ignored("cache's own page")
    if status == "407":
        return Ignored("proxy asked for a sign-in")
    return None


def _native(
    seconds: str, fraction: str, client: str, result: str, status: str, bytes_in: str, method: str, url: str, user: str,
    content_type: str,
) -> Observation:  # fmt: skip
    """What `_observation` makes of a native line, without looking for columns that it never has."""
    tunnel = method == "CONNECT"
    host, port, path = _requested(url, tunnel=tunnel)
    if not host:
        raise Rejected("the request has no host")
    return Observation(
        source="squid",
        kind=Kind.WEB,
        at=_since_epoch(seconds, fraction),
        host=host,
        path=path or None,
        method=None if method == "-" else method.upper(),
        status=int(status) or None if len(status) < 20 else None,  # noqa: PLR2004 - beyond 64 bits it is damage
        actor=_named(user, client),
        action="blocked" if "DENIED" in result else "allowed",
        bytes_in=_size(bytes_in),
        content_type=None if content_type == "-" else content_type,
        attributes={} if port in _USUAL_PORTS else {"port": port},
    )


def _observation(found: Mapping[str, str | None], form: Format | None, zone: float) -> Observation:
    host, port, path = _destination(found)
    total, inward, outward = (_size(found.get(name)) for name in ("bytes_both", "bytes_in", "bytes_out"))
    if outward is None and total is not None and inward is not None:
        outward = max(total - inward, 0)
    method = _said(found.get("method"))
    return Observation(
        source="squid",
        kind=Kind.WEB,
        at=_at(found, form, zone),
        host=host,
        path=path,
        method=method.upper() if method else None,
        status=_size(found.get("status") or found.get("status_server")) or None,
        actor=_actor(found),
        action="blocked" if "DENIED" in (found.get("result") or "") else "allowed",
        bytes_in=inward,
        bytes_out=outward,
        user_agent=_said(found.get("user_agent")),
        content_type=_said(found.get("content_type")),
        attributes={} if port in _USUAL_PORTS else {"port": port},
    )


def _destination(found: Mapping[str, str | None]) -> tuple[str, str, str | None]:
    """Host, port, and path without its query: from the URL, else from the columns that carry them apart."""
    url = _said(found.get("url") or found.get("url_server"))
    host, port, path = _requested(url or "", tunnel=found.get("method") == "CONNECT")
    named = _said(found.get("sni")) or _said(found.get("host") or found.get("host_server"))
    if named and (not host or _ADDRESS.fullmatch(host) or found.get("sni")):
        host = host_of(named)[0] or host
    if not host:
        host = host_of(_said(found.get("host_header")) or "")[0]
    if not host:
        raise Rejected("the request has no host")
    apart = _said(found.get("path"))
    path = path if path or not apart else _QUERY.split(apart, maxsplit=1)[0]
    return host, port or (found.get("port") or "").strip("-"), path or None


def _requested(url: str, *, tunnel: bool) -> tuple[str, str, str | None]:
    """Host, port, and path without its query, of the URL column; a tunnel names host:port and no path."""
    scheme, mark, rest = url.partition("://")
    if tunnel or not (mark and scheme.isalnum()):
        return *host_of(url.partition("/")[0]), None
    authority, slash, tail = _QUERY.split(rest, maxsplit=1)[0].partition("/")
    return *host_of(authority), slash + tail


@lru_cache(REMEMBERED)
def _named(user: str, client: str) -> Actor:
    """What `_actor` makes of the two columns of a native line: the same people come again and again."""
    name = None if user == "-" else unquote(user)
    address = client if _ADDRESS.fullmatch(client) else None
    return Actor(
        id=name or None,
        email=name.lower() if name and "@" in name else None,
        ip=address,
        device=None if address or client == "-" else client,
    )


def _actor(found: Mapping[str, str | None]) -> Actor:
    user = next((name for key in _USERS if (name := _said(found.get(key)))), None)
    user = unquote(user) if user else None
    forwarded = (_said(found.get("forwarded")) or "").split(",")[0].strip()
    client = forwarded if _ADDRESS.fullmatch(forwarded) else _said(found.get("client")) or ""
    address = client if _ADDRESS.fullmatch(client) else None
    device = _said(found.get("client_name")) or (client if client and not address else None)
    return Actor(
        id=user,
        email=user.lower() if user and "@" in user else None,
        ip=address,
        device=(device if device != address else None) or _said(found.get("hardware")),
    )


def _said(value: str | None) -> str | None:
    return value if value and value != "-" else None


def _size(value: str | None) -> int | None:
    return max(int(value), 0) if value and value.lstrip("-").isdecimal() and len(value) < 20 else None  # noqa: PLR2004 - beyond 64 bits it is damage


def _at(found: Mapping[str, str | None], form: Format | None, zone: float) -> datetime:
    if seconds := found.get("seconds"):
        return _since_epoch(seconds, found.get("fraction") or "0")
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


def _since_epoch(seconds: str, fraction: str) -> datetime:
    try:
        return _EPOCH + timedelta(0, int(seconds), int(fraction.ljust(6, "0")[:6]))
    except (ValueError, OverflowError):
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


def recognise(record: Any) -> float:
    """How much a line looks like Squid's native or combined format."""
    if not isinstance(record, bytes) or len(record) > _LONGEST:
        return 0.0
    try:
        _matched(record.decode("utf-8", "replace"), AUTO)
    except Rejected:
        return 0.1 if _LOOKS_NATIVE.match(record[:40].decode("ascii", "replace")) else 0.0
    return 0.95


CONNECTOR = Connector(
    name="squid",
    title="Squid access log",
    kinds=(Kind.WEB,),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    records="lines",
    config=Config,
    docs="https://www.squid-cache.org/Doc/config/logformat/",
    permissions=("read access.log",),
    plan="any",
    cursor="offset in the file",
    lateness=timedelta(minutes=5),
    evidence="real sample",
    samples=("squid/native.log", "squid/combined.log"),
)
