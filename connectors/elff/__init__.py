"""W3C extended log files: ProxySG (Blue Coat, Symantec, Broadcom), Netskope transaction events, any other with #Fields.

A `#Fields:` line says what the columns of the rows after it are; several may stand in one file, and each holds to the
next. A file that begins without one (a piece of a rotated file, rows sent by syslog) is read by the configured list, or
where ProxySG's own orders fit it plainly, by that (connectors/elff/layout.py has the sources). Queries, referrers and
cookies are dropped here.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.elff.layout import Layout, compiled, guessed
from connectors.records import parted
from schemas.observation import Actor, App, Kind, Observation

AUTO = "auto"
_LONGEST = 1 << 16
_RELAYED = rb"(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ (?:\S+: )?)?"
"""What a syslog relay puts before a line (RFC 3164)."""
DIRECTIVES = re.compile(
    _RELAYED + rb"#\s*(?:(?:(Fields|Date|Software)|Version|Start-Date|End-Date|Remark|GMT-Offset)\s*:|(?=[\s#]|$))",
    re.IGNORECASE,
)
_RELAY = re.compile(_RELAYED.decode())
_DATE = re.compile(r"#\s*Date\s*:\s*(\d{4}-\d\d-\d\d)", re.IGNORECASE)
_MICROSOFT = re.compile(r"#\s*Software\s*:\s*Microsoft", re.IGNORECASE)
_FIELDS = re.compile(r"#\s*Fields\s*:", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:[0-9a-fA-F]*:[0-9a-fA-F:.]*|\d{1,3}(?:\.\d{1,3}){3})(?:%\S*)?")
_HOST = re.compile(r"[^\s/\\?#@\[\]<>\"'%:]+")
_QUERY = re.compile(r"[?#;]|%3f|%23", re.IGNORECASE)
_NOTHING = {"", "-", "none", "unknown", "unavailable"}
_BLOCKED = re.compile(r"denied|block|drop|reject|reset", re.IGNORECASE)
_USUAL_PORTS = {"", "0", "80", "443"}
_LOCAL = "%d/%b/%Y:%H:%M:%S %z"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one instance.

    `format` is for rows before any #Fields line: auto (ProxySG's own orders are tried), one of them by name
    (bcreportermain_v1, main, bcreporterssl_v1), or the names of the fields in their order.
    `zone` is added to times that carry none, as hours east of UTC; W3C times are in UTC.
    """

    format: str = AUTO
    zone: float = 0.0

    def __post_init__(self) -> None:
        if self.format != AUTO:
            try:
                compiled(self.format)
            except ValueError as fault:
                raise ValueError(f"format: {fault}") from None


class _Header(NamedTuple):
    """What the directives before a row say."""

    layout: Layout | None
    date: str
    microsoft: bool


class _Row(NamedTuple):
    """A row's values with their layout and what the directives say of all rows."""

    layout: Layout
    values: list[str]
    header: _Header

    def said(self, role: str) -> str | None:
        """The value of a role, None where the row says nothing."""
        return self.layout.said(self.values, role)


def parse(record: Any, config: Config | None) -> Iterator[Observation] | Ignored:
    """One row (bytes), its directives before it. Raises Rejected naming what is wrong."""
    if not isinstance(record, bytes):
        raise Rejected("a JSON object where a row of an extended log was expected")
    if len(record) > _LONGEST:
        raise Rejected(f"row longer than {_LONGEST} bytes")
    row = _row(record, config or _DEFAULTS)
    nothing = _nothing(row)
    return nothing or iter((_observation(row, (config or _DEFAULTS).zone),))


def _row(record: bytes, config: Config) -> _Row:
    before, line = parted(record)
    header = _header(before)
    text = _RELAY.sub("", line.decode("utf-8", "replace"), count=1)
    layout = header.layout
    if layout is None and config.format != AUTO:
        layout = compiled(config.format)
    if layout is None:
        found = guessed(text)
        if found is None:
            raise Rejected("no #Fields line stands before the row; set `format` to the names of its fields")
        return _Row(*found, header)
    values = layout.values(text)
    if len(values) != layout.size and not (layout.more and len(values) > layout.size):
        raise Rejected(f"{len(values)} values where {layout.size} fields are named")
    return _Row(layout, values, header)


@lru_cache(256)
def _header(before: bytes) -> _Header:
    text = before.decode("utf-8", "replace")
    date, layout = _DATE.search(text), None
    for line in text.split("\n"):
        if _FIELDS.search(line):
            try:
                layout = compiled(line)
            except ValueError as fault:
                raise Rejected(f"the #Fields line can't be used: {fault}") from None
    return _Header(layout, date[1] if date else "", _MICROSOFT.search(text) is not None)


def _nothing(row: _Row) -> Ignored | None:
    """Rows that stand for no request of a person."""
    if row.said("status") == "407" or (row.said("exception") or "").startswith("authentication"):
        return Ignored("proxy asked for a sign-in")
    destination = ("host", "url", "address", "sni")
    if (row.said("method") or "-").lower() in _NOTHING and not any(row.said(role) for role in destination):
        return Ignored("connection without a request")
    if (row.said("result") or "").startswith("UDP_"):
        return Ignored("query between caches")
    return None


def _observation(row: _Row, zone: float) -> Observation:
    host, port, path = _destination(row)
    method, app, activity = row.said("method"), _word(row.said("app")), _word(row.said("activity"))
    facts = {"port": port} if port not in _USUAL_PORTS else {}
    return Observation(
        source="elff",
        kind=Kind.WEB,
        at=_at(row, zone),
        host=host,
        path=path,
        method=method.upper() if method and method.lower() not in _NOTHING else None,
        status=_size(row.said("status")) or None,
        actor=_actor(row),
        app=App(name=app) if app else None,
        action="blocked" if _blocked(row) else "allowed",
        bytes_in=_size(row.said("bytes_in")),
        bytes_out=_size(row.said("bytes_out")),
        user_agent=_agent(row),
        content_type=(row.said("content_type") or "").partition(";")[0] or None,
        labels=_categories(row.said("categories")),
        attributes=facts | ({"activity": activity} if activity else {}),
    )


def _blocked(row: _Row) -> bool:
    return any(_BLOCKED.search(row.said(role) or "") for role in ("result", "filtered"))


def _destination(row: _Row) -> tuple[str, str, str | None]:
    """Host, port, and path without its query; a name where the request has an address and the row also a name."""
    url, path, port = row.said("url") or "", row.said("path") or "", row.said("port") or ""
    if "://" in path:
        url, path = path, ""
    authority, rest = "", ""
    if "://" in url or (url and not url.startswith("/")):
        authority, slash, rest = _QUERY.split(url.partition("://")[2] or url, maxsplit=1)[0].partition("/")
        rest = slash + rest
    elif not path:
        path = url
    candidates = (row.said("host") or "", authority, row.said("address") or "")
    host, own = next((found for text in candidates if (found := _host(text))[0]), ("", ""))
    if not host or _ADDRESS.fullmatch(host):
        better = row.said("sni") or (row.said("certificate") or "").removeprefix("*.")
        host = _host("" if better.lower() in _NOTHING else better)[0] or host
    if not host:
        raise Rejected("the request has no host")
    tunnel = (row.said("method") or "").upper() == "CONNECT"
    plain = "" if tunnel else _QUERY.split(rest or path, maxsplit=1)[0]
    return host, port if port.isdecimal() else own, plain or None


def _host(text: str) -> tuple[str, str]:
    """Host in lower case without user, brackets, port and final dot, and the port; ("", "") where it is none."""
    bare = text.strip().rpartition("@")[2]
    if bare.startswith("["):
        host, _, port = bare[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = bare.partition(":") if bare.count(":") == 1 else (bare, "", "")
    host = host.lower().rstrip(".")
    fits = host not in _NOTHING and (_ADDRESS if ":" in host else _HOST).fullmatch(host)
    return (host, port if port.isdecimal() else "") if fits else ("", "")


def _actor(row: _Row) -> Actor:
    user = unquote(row.said("user") or "")
    user = "" if user.lower() in _NOTHING else user
    forwarded = (row.said("forwarded") or "").split(",")[0].strip()
    client = forwarded if _ADDRESS.fullmatch(forwarded) else row.said("client") or ""
    name = row.said("client_name")
    return Actor(
        id=user or None,
        email=user.lower() if "@" in user else None,
        ip=client if _ADDRESS.fullmatch(client) else None,
        device=name if name and not _ADDRESS.fullmatch(name) else None,
    )


def _agent(row: _Row) -> str | None:
    """The program; Microsoft's servers write `+` for a blank."""
    agent = row.said("agent")
    return agent.replace("+", " ") if agent and row.header.microsoft else agent


def _categories(text: str | None) -> tuple[str, ...]:
    """Categories of the site, `;` between; some write a blank, which stands in names too and so parts nothing."""
    found = (unquote(one).strip() for one in (text or "").split(";"))
    return tuple(dict.fromkeys(one for one in found if one.lower() not in _NOTHING))


def _word(text: str | None) -> str | None:
    return text if text and text.lower() not in _NOTHING else None


def _size(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and text.isascii() and len(text) < 20 else None  # noqa: PLR2004 - beyond 64 bits it is damage


def _at(row: _Row, zone: float) -> datetime:
    try:
        if (epoch := row.said("epoch")) and epoch.replace(".", "", 1).isdecimal():
            return datetime.fromtimestamp(float(epoch), UTC)
        if moment := row.said("moment"):
            return _moment(moment.strip("[]"), zone)
        day, time = row.said("date") or row.header.date, row.said("time") or ""
        return _zoned(datetime.fromisoformat(f"{day}T{time}"), zone)
    except (ValueError, OverflowError, OSError):
        raise Rejected("the time is not one") from None


def _moment(text: str, zone: float) -> datetime:
    if "/" in text:
        return datetime.strptime(text.replace("GMT", "+0000"), _LOCAL).astimezone(UTC)
    return _zoned(datetime.fromisoformat(text), zone)


def _zoned(given: datetime, zone: float) -> datetime:
    return given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC) - timedelta(hours=zone)


def recognise(record: Any) -> float:
    """How much a line looks like a row of an extended log: one after its #Fields line, or in an order ProxySG ships."""
    if not isinstance(record, bytes) or len(record) > _LONGEST:
        return 0.0
    try:
        row = _row(record, _DEFAULTS)
        _at(row, 0.0)
    except Rejected:
        return 0.1 if b"#Fields:" in record else 0.0
    return 0.95


_DEFAULTS = Config()
CONNECTOR = Connector(
    name="elff",
    title="W3C extended log (ProxySG and others)",
    kinds=(Kind.WEB,),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    records="lines",
    config=Config,
    directives=DIRECTIVES,
    docs="https://www.w3.org/TR/WD-logfile.html",
    permissions=("read the access log, or let the proxy upload or send it",),
    plan="any",
    cursor="offset in the file",
    lateness=timedelta(hours=1),
    evidence="real sample",
    samples=("elff/main.log", "elff/changing.log", "elff/headless.log"),
)
