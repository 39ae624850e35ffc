"""Suricata's EVE log: requests, TLS and QUIC by server name, lookups, and files that were sent; AWS Network Firewall's.

Format: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html; AWS wraps the same events under `event`:
https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging-contents.html (read 2026-11-21).
Records of others it was run over: elastic/integrations:packages/suricata/data_stream/eve/_dev/test/pipeline
(test-eve-small.log, test-eve-dns-4-1-4.log). QUIC, version 3 of the lookups and AWS's TLS events were met in the
documentation alone. Answers, certificates, file names and queries of addresses are dropped.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.graph import items, moment, text, under
from connectors.shared.hostnames import ADDRESS, asked_for, authority, host, nothing, path_of
from schemas.observation import Actor, Kind, Observation

SOURCE = "suricata"
_WORD = re.compile(r"[a-z0-9_]{1,24}")
_SENDING = {"POST", "PUT", "PATCH"}
_NO_HOST = Ignored("request without a host")
_NO_NAME = Ignored("TLS without a server name")
_USUAL_PORTS = {0, 53, 80, 443, 853}
_SIGNS = ("flow_id", "src_ip", "dest_ip", "proto", "in_iface")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`local` are the organisation's own suffixes: lookups of them are not reported."""

    local: tuple[str, ...] = ()


_DEFAULTS = Config()
_Read = Callable[[Mapping[str, Any], Config], tuple[Observation, ...] | Ignored]


def parse(record: Any, config: Config | None) -> Iterator[Observation] | Ignored:
    """One event. Raises Rejected for what is none, or has no time."""
    event, at_aws = _opened(record)
    kind = event.get("event_type")
    if not isinstance(kind, str):
        raise Rejected("no event_type: not an event of EVE")
    read = _alert_of_aws if at_aws and kind == "alert" else _BY_TYPE.get(kind)
    if read is None:
        return Ignored(f"{kind} event" if _WORD.fullmatch(kind) else "another event")
    found = read(event, config or _DEFAULTS)
    return found if isinstance(found, Ignored) else iter(found)


def _opened(record: Any) -> tuple[Mapping[str, Any], bool]:
    """(event, whether AWS wrapped it)."""
    if not isinstance(record, dict):
        raise Rejected("not a JSON object")
    if "event_type" in record:
        return record, False
    inner = record.get("event")
    if isinstance(inner, dict) and "event_type" in inner:
        return inner, "firewall_name" in record
    return record, False


def _http(event: Mapping[str, Any], _config: Config) -> tuple[Observation, ...] | Ignored:
    told = under(event, "http")
    made = _request(event, told)
    return (made,) if made else _NO_HOST


def _request(event: Mapping[str, Any], told: Mapping[str, Any], action: str | None = None) -> Observation | None:
    url = text(told.get("url")) or ""
    to, _ = authority(text(told.get("hostname")) or url.partition("://")[2].partition("/")[0])
    if not to:
        return None
    method = text(told.get("http_method"))
    return _visit(
        event, to,
        path=path_of(url),
        method=method.upper() if method else None,
        status=_number(told.get("status")),
        action=action,
        bytes_in=_number(told.get("length")),
        user_agent=text(told.get("http_user_agent")),
        content_type=text(told.get("http_content_type")),
    )  # fmt: skip


def _tls(event: Mapping[str, Any], _config: Config) -> tuple[Observation, ...] | Ignored:
    told = event.get("tls") or event.get("quic")
    name = told.get("sni") if isinstance(told, dict) else None
    to = host(name) if isinstance(name, str) else ""
    return (_visit(event, to),) if to else _NO_NAME


def _dns(event: Mapping[str, Any], config: Config) -> tuple[Observation, ...] | Ignored:
    """The query; version 3 lists several names, the older ones have one in the event."""
    told = under(event, "dns")
    if told.get("type") not in ("query", "request"):
        return Ignored("answer")
    asked = tuple(items(told.get("queries"))) or (told,)
    reason: str | None = "lookup of no name"
    found = []
    for query in asked:
        name, kind = host(text(query.get("rrname")) or ""), asked_for(text(query.get("rrtype")))
        reason = nothing(name, kind, config.local)
        if reason is None:
            found.append(_visit(event, name, attributes={"query_type": kind} if kind else {}))
    return tuple(found) or Ignored(reason or "lookup of no name")


def _file(event: Mapping[str, Any], _config: Config) -> tuple[Observation, ...] | Ignored:
    """A file on its way to a server: how much was sent stands nowhere else. What came from one is ignored."""
    told, size = under(event, "http"), _number(under(event, "fileinfo").get("size"))
    if (text(told.get("http_method")) or "").upper() not in _SENDING or not _to_server(event):
        return Ignored("file that was received")
    made = _request(event, told, "uploaded")
    if made is None:
        return _NO_HOST
    return (msgspec.structs.replace(made, bytes_out=size, bytes_in=None, status=None),)


def _to_server(event: Mapping[str, Any]) -> bool:
    """Servers listen below the ports that clients send from; newer versions say the direction."""
    direction = event.get("direction")
    if direction in ("to_server", "to_client"):
        return bool(direction == "to_server")
    source, destination = _number(event.get("src_port")), _number(event.get("dest_port"))
    return source is not None and destination is not None and destination < source


def _alert(event: Mapping[str, Any], _config: Config) -> tuple[Observation, ...] | Ignored:
    """What a rule stopped is told by no other event."""
    if under(event, "alert").get("action") != "blocked":
        return Ignored("alert")
    return _named(event, "blocked")


def _alert_of_aws(event: Mapping[str, Any], _config: Config) -> tuple[Observation, ...] | Ignored:
    """AWS logs requests and server names with alerts alone."""
    return _named(event, "blocked" if under(event, "alert").get("action") == "blocked" else "allowed")


def _named(event: Mapping[str, Any], action: str) -> tuple[Observation, ...] | Ignored:
    made = _request(event, under(event, "http"), action)
    if made is None:
        to = host(text(under(event, "tls").get("sni")) or "")
        made = _visit(event, to, action=action) if to else None
    return (made,) if made else Ignored("alert without a host")


_BY_TYPE: Mapping[str, _Read] = {
    "http": _http, "tls": _tls, "quic": _tls, "dns": _dns, "fileinfo": _file, "alert": _alert,
}  # fmt: skip


def _visit(
    event: Mapping[str, Any], to: str, *,
    path: str | None = None, method: str | None = None, status: int | None = None, action: str | None = None,
    bytes_in: int | None = None, user_agent: str | None = None, content_type: str | None = None,
    attributes: Mapping[str, str] | None = None,
) -> Observation:  # fmt: skip
    """An Observation of a request to a host, by the address it came from."""
    port = event.get("dest_port")
    told = {} if attributes is None else dict(attributes)
    if port.__class__ is int and port not in _USUAL_PORTS:
        told["port"] = str(port)
    client = event.get("src_ip")
    return Observation(
        source=SOURCE,
        kind=Kind.WEB,
        at=moment(event.get("timestamp"), "timestamp"),
        host=to,
        path=path,
        method=method,
        status=status or None,
        actor=_actor(client) if isinstance(client, str) else None,
        action=action,
        bytes_in=bytes_in,
        user_agent=user_agent,
        content_type=content_type,
        attributes=told,
    )


@lru_cache(maxsize=1 << 14)
def _actor(client: str) -> Actor | None:
    """The address a request came from; the same come again and again."""
    bare = client.strip()
    return Actor(ip=bare) if ADDRESS.fullmatch(bare) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62 else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event of EVE."""
    try:
        event, at_aws = _opened(record)
    except Rejected:
        return 0.0
    if not isinstance(event.get("event_type"), str) or "timestamp" not in event:
        return 0.0
    return 0.95 if at_aws else round(min(0.95, 0.4 + 0.14 * sum(sign in event for sign in _SIGNS)), 2)


CONNECTOR = Connector(
    name=SOURCE,
    title="Suricata EVE and AWS Network Firewall",
    kinds=(Kind.WEB,),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    docs="https://docs.suricata.io/en/latest/output/eve/eve-json-format.html",
    permissions=("read eve.json, or the bucket of the firewall's logs",),
    granted_in=(
        "suricata.yaml > outputs > eve-log > types: http, tls, dns, files; "
        "AWS console > VPC > Network Firewall > Firewalls > the firewall > Logging"
    ),
    plan="any",
    cursor="offset in the file",
    lateness=timedelta(minutes=5),
    evidence="real sample",
    samples=("suricata/eve.json",),
)
