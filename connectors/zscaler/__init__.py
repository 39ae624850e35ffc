"""Zscaler Internet Access: the web log that NSS or Cloud NSS streams, in whatever output format its feed has.

The forms are read in connectors/zscaler/feed.py, which says where they are documented. NSS sends lines over TCP to a
collector that writes or forwards them, Cloud NSS posts batches of JSON. `None` and `NA` stand for nothing; an address
has no scheme. After a reconnect NSS may send again what it sent before (at most an hour, by its settings), so that
`recordid` belongs into the output format. Queries and referrers are dropped here. Firewall, DNS, tunnel and audit logs
of NSS are counted, not read.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.records import parted
from connectors.zscaler.entry import COMMON, NOTHING, OF_A_WEB_LOG, Entry, moment
from connectors.zscaler.feed import Template, compiled, of_line, of_object
from schemas.observation import Actor, App, Kind, Object, Observation

AUTO = "auto"
_LONGEST = 1 << 17
DIRECTIVES = re.compile(rb'()"?(?:time|datetime)"?[\t,](?:"?[A-Za-z]\w{1,40}"?[\t,]){3,}"?[A-Za-z]\w{1,40}"?\s*$')
"""A header line: names of fields, the time's first."""
_NO_UNIT = {"default department", *NOTHING}
_OTHER_LOGS = {
    "fw": "firewall log", "dns": "DNS log", "tunnel": "tunnel log", "audit": "audit log of administrators",
    "casb": "SaaS security log", "endpointdlp": "endpoint DLP log", "emaildlp": "e-mail DLP log",
}  # fmt: skip
_RELAY = re.compile(
    r"(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ )?(?=[{\"]|CEF:|LEEF:|\d{4}-|[A-Z][a-z]{2} [A-Z])"
)
_ALERT = re.compile(r"<\d{1,3}>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \[[\da-fA-F.:]+\] ")
_ADDRESS = re.compile(r"(?:[0-9a-fA-F]*:[0-9a-fA-F:.]*|\d{1,3}(?:\.\d{1,3}){3})(?:%\S*)?")
_HOST = re.compile(r"[^\s/\\?#@\[\]<>\"'%:]+")
_QUERY = re.compile(r"[?#;]|%3f|%23", re.IGNORECASE)
_USUAL_PORTS = {"", "80", "443"}
REMEMBERED = 50_000
"""People, hosts and categories kept as they were read."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one instance.

    `format` is the Feed Output Format copied from the feed's page; auto knows JSON and name-value feeds by their usual
    names, and separated values by a header line or in the order of the vendor's example.
    `zone` is the feed's time zone as hours east of UTC, where the record does not name it.
    """

    format: str = AUTO
    zone: float = 0.0

    def __post_init__(self) -> None:
        if self.format != AUTO:
            try:
                compiled(self.format)
            except ValueError as fault:
                raise ValueError(f"format: {fault}") from None


def parse(record: Any, config: Config | None) -> Iterator[Observation] | Ignored:
    """One entry: a line (bytes) or a JSON object. Raises Rejected naming what is wrong."""
    config = config or _DEFAULTS
    values = _values(record, None if config.format == AUTO else compiled(config.format))
    if isinstance(values, Ignored):
        return values
    entry = Entry(values)
    if entry.said("status") == "407":
        return Ignored("proxy asked for a sign-in")
    return _observations(entry, config.zone)


def _values(record: Any, template: Template | None) -> dict[str, str] | Ignored:
    if isinstance(record, dict):
        return _of_object(record, template)
    if not isinstance(record, bytes):
        raise Rejected("neither a line nor a JSON object")
    if len(record) > _LONGEST:
        raise Rejected(f"line longer than {_LONGEST} bytes")
    before, own = parted(record)
    line = own.decode("utf-8", "replace")
    if _ALERT.match(line):
        return Ignored("alert of the NSS service itself")
    relay = None if line[:1].isdecimal() else _RELAY.match(line)  # a time stands first, nothing before it
    found = of_line(line[relay.end() if relay else 0 :], before.decode("utf-8", "replace"), template)
    if found is None:
        raise Rejected("no web log in a form that is known; set `format` to the feed's Feed Output Format")
    return found


def _of_object(record: Mapping[str, Any], template: Template | None) -> dict[str, str] | Ignored:
    kind = record.get("sourcetype")
    log = kind.lower().removeprefix("zscalernss-") if isinstance(kind, str) else "web"
    if log != "web":
        return Ignored(_OTHER_LOGS.get(log, "another log of NSS"))
    inner = record.get("event", record)
    if not isinstance(inner, dict):
        raise Rejected("event is no object")
    return of_object(inner, template)


def _observations(entry: Entry, zone: float) -> Iterator[Observation]:
    """The request, and where a DLP engine or dictionary fired that too: as a fact of its own, without the bytes."""
    seen = _request(entry, zone)
    yield seen
    rules = _listed(entry, "engines") + _listed(entry, "dictionaries")
    if rules:
        yield msgspec.structs.replace(
            seen, kind=Kind.DLP, id=f"{seen.id}:dlp" if seen.id else "", labels=tuple(dict.fromkeys(rules)),
            bytes_in=None, bytes_out=None,
        )  # fmt: skip


def _request(entry: Entry, zone: float) -> Observation:
    host, port, path = _destination(entry)
    at, number, app = moment(entry, zone), entry.said("record"), entry.said("app")
    name, method, kind = entry.said("file"), entry.said("method"), entry.said("class")
    facts = {"application_class": kind or "", "port": "" if port in _USUAL_PORTS else port}
    return Observation(
        source="zscaler",
        kind=Kind.WEB,
        at=at,
        id=f"zscaler:{number}-{_stamp(at)}" if number and number != "0" else "",
        host=host,
        path=path,
        method=method.upper() if method else None,
        status=_size(entry.said("status")) or None,
        actor=_actor(entry),
        app=App(name=app) if app and app.lower() != "general browsing" else None,
        action="blocked" if (entry.said("action") or "").lower().startswith(("block", "drop", "den")) else "allowed",
        object=Object(type="file", name=name) if name else None,
        bytes_out=_size(entry.said("out")),
        bytes_in=_size(entry.said("in")),
        user_agent=entry.said("agent"),
        content_type=entry.said("content_type"),
        labels=tuple(dict.fromkeys(_listed(entry, "categories") + _listed(entry, "super"))),
        attributes={name: value for name, value in facts.items() if value},
    )


@lru_cache(10_000)
def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%d%H%M%S}"


def _destination(entry: Entry) -> tuple[str, str, str | None]:
    """Host, port, and path without its query, of an address that has no scheme."""
    bare = _QUERY.split((entry.said("url") or "").partition("://")[2] or entry.said("url") or "", maxsplit=1)[0]
    authority, slash, rest = bare.partition("/")
    named = (_host(text) for text in (entry.said("host") or "", authority))
    host = next((found for found, _ in named if found), "")
    if not host:
        raise Rejected("the request has no host: the feed's output format needs ehost or eurl")
    return host, _host(authority)[1], slash + rest or None


@lru_cache(REMEMBERED)
def _host(text: str) -> tuple[str, str]:
    bare = text.rpartition("@")[2]
    if bare.startswith("["):
        host, _, port = bare[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = bare.partition(":") if bare.count(":") == 1 else (bare, "", "")
    host = host.lower().rstrip(".")
    fits = (_ADDRESS if ":" in host else _HOST).fullmatch(host)
    return (host, port if port.isdecimal() else "") if fits else ("", "")


def _actor(entry: Entry) -> Actor:
    """Who: where nobody signed in, NSS puts the location's name in place of the login."""
    user, ip, unit = entry.said("user"), entry.said("ip"), entry.said("dept")
    user = None if user == entry.said("location") else user
    return _person(user, ip, unit, entry.said("device"))


@lru_cache(REMEMBERED)
def _person(user: str | None, ip: str | None, unit: str | None, device: str | None) -> Actor:
    return Actor(
        id=user,
        email=user.lower() if user and "@" in user else None,
        ip=ip if ip and _ADDRESS.fullmatch(ip) else None,
        device=device,
        unit=unit if unit and unit.lower() not in _NO_UNIT else None,
    )


def _listed(entry: Entry, role: str) -> tuple[str, ...]:
    """Names between `|`, or commas where it has none of those."""
    return _names(entry.said(role) or "")


@lru_cache(REMEMBERED)
def _names(text: str) -> tuple[str, ...]:
    parts = (part.strip() for part in re.split(r"\||,(?=\S)", text))
    return tuple(part for part in parts if part.lower() not in NOTHING)


def _size(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and text.isascii() and len(text) < 20 else None  # noqa: PLR2004 - beyond 64 bits it is damage


def recognise(record: Any) -> float:
    """How much a record looks like an entry of NSS: by its envelope, or by how many of a web log's fields it has."""
    if isinstance(record, dict) and str(record.get("sourcetype", "")).lower().startswith("zscalernss-"):
        return 0.95
    try:
        values = _values(record, None)
    except Rejected:
        return 0.0
    if isinstance(values, Ignored):
        return 0.6 if b"ZscalerNSS" in record else 0.3
    plain = {name if name in OF_A_WEB_LOG else name.removeprefix("b64").removeprefix("e") for name in values}
    if isinstance(record, bytes) and b"|Zscaler|" in record:
        return 0.9
    known, own = len(plain & OF_A_WEB_LOG), len((plain & OF_A_WEB_LOG) - COMMON)
    return round(min(0.9, 0.1 * known), 2) if own > 3 else 0.0  # noqa: PLR2004 - one or two may be another product's too


_DEFAULTS = Config()
CONNECTOR = Connector(
    name="zscaler",
    title="Zscaler Internet Access (NSS web log)",
    kinds=(Kind.WEB, Kind.DLP),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    records="lines",
    config=Config,
    directives=DIRECTIVES,
    docs="https://help.zscaler.com/unified/nss-feed-output-format-web-logs",
    permissions=("an NSS or Cloud NSS feed of web logs; no API permission",),
    granted_in="Administration > Nanolog Streaming Service > NSS Feeds, or Cloud NSS Feeds",
    plan="ZIA with NSS or Cloud NSS",
    cursor="offset in the file; pushed batches have none",
    lateness=timedelta(hours=1),
    evidence="real sample",
    samples=(
        "zscaler/cloud_nss.json",
        "zscaler/pairs.log",
        "zscaler/tabs.log",
        "zscaler/example.csv",
        "zscaler/cef.log",
    ),
)
