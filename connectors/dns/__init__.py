"""Names looked up: query logs of resolvers (dnsmasq, BIND, Unbound, CoreDNS, Windows, clouds) and Zeek's logs.

A lookup says which host somebody was about to visit, no more: an observation of it has a host and no path. Clients and
their resolvers ask for several record types at one visit, and each counts. `resolvers` reads lines (`coredns` and
`windows` theirs), `zeek` its TSV and JSON (and its ssl.log and http.log, which are visits), `cloud` JSON of the clouds.
What is not reported stands in connectors/shared/hostnames.py.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.dns import cloud, coredns, resolvers, usual, zeek
from connectors.dns.lookup import Config, Lookup, observed
from connectors.records import parted
from connectors.records.usual import alone
from schemas.observation import Kind, Observation

_LONGEST = 1 << 16
_DEFAULTS = Config()
_JSON = b'{"'
_AT_LEAST = 0.5
_SOME_DAY = datetime(2000, 3, 1, tzinfo=UTC)
"""For recognising alone: any day after a leap day dates every line."""


def parse(
    record: Any, config: Config | None, arrived: datetime | None = None
) -> Iterator[Observation] | Ignored:  # fmt: skip
    """One line with the header lines that hold for it, or one JSON object. `arrived` dates times without a year.

    Raises Rejected naming what is wrong with it.
    """
    found = _read(record, config or _DEFAULTS, arrived)
    return found if isinstance(found, Ignored) else iter((found,))


def _read(record: Any, config: Config, arrived: datetime | None) -> Observation | Ignored:
    if isinstance(record, dict):
        return _object(record, config)
    if not isinstance(record, bytes):
        raise Rejected("neither a line nor a JSON object")
    header, line = parted(record)
    if len(line) > _LONGEST:
        raise Rejected(f"line longer than {_LONGEST} bytes")
    inside = _json_of(line) if _JSON in line else None
    if inside is not None:
        return _object(inside, config)
    text = line.decode("utf-8", "replace")
    asked = alone(usual.usual, text, header, config) if header else None
    if asked is not None:
        return asked
    tsv = zeek.row(text, header)
    if tsv is not None:
        return zeek.read(tsv[1], tsv[0], config)
    if text.startswith("#"):
        return Ignored("comment")
    return _observed(resolvers.read(text, config, arrived), config)


def _object(record: Mapping[str, Any], config: Config) -> Observation | Ignored:
    raw = record.get("_raw")
    if isinstance(raw, str) and "ts" not in record:
        return _object(_json_of(raw.encode("utf-8", "replace")) or {}, config)
    lookup = cloud.read(record) or coredns.wrapped(record, config)
    if lookup is not None:
        return _observed(lookup, config)
    if "ts" not in record:
        raise Rejected("a JSON object of no resolver that is known: no ts, query_timestamp or jsonPayload.queryName")
    return zeek.read(record, "", config)


def _observed(found: Lookup | Ignored, config: Config) -> Observation | Ignored:
    return found if isinstance(found, Ignored) else observed(found, config)


def _json_of(line: bytes) -> dict[str, Any] | None:
    """The object a line ends with: Zeek's JSON, alone or after syslog's words."""
    start = line.find(_JSON)
    if start < 0 or not line.rstrip().endswith(b"}"):
        return None
    try:
        value = msgspec.json.decode(line[start:])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return value if isinstance(value, dict) else None


def recognise(record: Any) -> float:
    """How much a record looks like a resolver's or Zeek's."""
    if isinstance(record, dict):
        return _recognised(record)
    if not isinstance(record, bytes) or len(record) > _LONGEST:
        return 0.0
    header, line = parted(record)
    inside = _json_of(line)
    if inside is not None:
        return _recognised(inside)
    text = line.decode("utf-8", "replace")
    try:
        if zeek.row(text, header) is not None:
            return 0.95
        told = resolvers.read(text, _DEFAULTS, _SOME_DAY)
    except Rejected as fault:
        return 0.0 if str(fault) == resolvers.NOT_READ else 0.6
    return 0.95 if isinstance(told, Lookup) else 0.9


def _recognised(record: Mapping[str, Any]) -> float:
    raw = record.get("_raw")
    if isinstance(raw, str) and "ts" not in record:
        return min(_AT_LEAST, _recognised(_json_of(raw.encode("utf-8", "replace")) or {}))
    try:
        if cloud.read(record) is not None or coredns.wrapped(record, _DEFAULTS) is not None:
            return 0.95
    except Rejected:
        return _AT_LEAST
    return zeek.looks_like(record)


CONNECTOR = Connector(
    name="dns",
    title="DNS query logs: dnsmasq, BIND, Unbound, CoreDNS, Windows, Zeek",
    kinds=(Kind.WEB,),
    how=("file", "push"),
    parse=parse,
    usual=usual.usual,
    recognise=recognise,
    records="lines",
    directives=zeek.DIRECTIVES,
    dates_by_arrival=True,
    config=Config,
    docs="https://docs.zeek.org/en/master/logs/dns.html",
    permissions=("read the resolver's query log, or Zeek's logs",),
    granted_in=(
        "the resolver's own settings: log-queries (dnsmasq), querylog yes (BIND), log-queries: yes (Unbound), log "
        "(CoreDNS); DNS Manager > the server > Properties > Debug Logging (Windows)"
    ),
    plan="any",
    cursor="offset in the file",
    lateness=timedelta(hours=1),
    evidence="real sample",
    samples=(
        "dns/dnsmasq.log", "dns/bind.log", "dns/unbound.log", "dns/zeek_dns.log", "dns/zeek_dns.json",
        "dns/zeek_http.log", "dns/cloud.json", "dns/coredns.log", "dns/windows.log",
    ),
)  # fmt: skip
