"""Zscaler Internet Access: the web log that NSS or Cloud NSS streams, in whatever output format its feed has.

The forms are read in connectors/zscaler/feed.py, which says where they are documented. NSS sends lines over TCP to a
collector that writes or forwards them, Cloud NSS posts batches of JSON. `None` and `NA` stand for nothing; an address
has no scheme. After a reconnect NSS may send again what it sent before (at most an hour, by its settings), so that
`recordid` belongs into the output format. Queries and referrers are dropped here. Firewall, DNS, tunnel and audit logs
of NSS are counted, not read.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.records import parted
from connectors.records.usual import alone
from connectors.zscaler import web
from connectors.zscaler.entry import COMMON, OF_A_WEB_LOG, Entry
from connectors.zscaler.feed import Template, compiled, of_line, of_object
from connectors.zscaler.relay import own
from connectors.zscaler.usual import Shapes
from schemas.observation import Kind, Observation

AUTO = "auto"
_LONGEST = 1 << 17
DIRECTIVES = re.compile(rb'()"?(?:time|datetime)"?[\t,](?:"?[A-Za-z]\w{1,40}"?[\t,]){3,}"?[A-Za-z]\w{1,40}"?\s*$')
"""A header line: names of fields, the time's first."""
_OTHER_LOGS = {
    "fw": "firewall log", "dns": "DNS log", "tunnel": "tunnel log", "audit": "audit log of administrators",
    "casb": "SaaS security log", "endpointdlp": "endpoint DLP log", "emaildlp": "e-mail DLP log",
}  # fmt: skip
_SHAPES = Shapes()


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
    if type(record) is bytes and len(record) <= _LONGEST and b"\n" not in record:
        told = alone(_of_known_feeds, record.decode("utf-8", "replace"), b"", config)
        if told is not None:
            return told if isinstance(told, Ignored) else iter((told,))
    values = _values(record, None if config.format == AUTO else compiled(config.format))
    if isinstance(values, Ignored):
        return values
    entry = Entry(values)
    return web.nothing(entry) or web.observations(entry, config.zone)


def _of_known_feeds(
    lines: Iterator[str], header: bytes, config: Config | None
) -> Iterator[Observation | Ignored | None]:  # fmt: skip
    """What lines of pairs of a feed met before say; None for any other."""
    config = config or _DEFAULTS
    if header or config.format != AUTO:
        return (None for _ in lines)
    return _SHAPES.read(lines, config.zone)


def _values(record: Any, template: Template | None) -> dict[str, str] | Ignored:
    if isinstance(record, dict):
        return _of_object(record, template)
    if not isinstance(record, bytes):
        raise Rejected("neither a line nor a JSON object")
    if len(record) > _LONGEST:
        raise Rejected(f"line longer than {_LONGEST} bytes")
    before, text = parted(record)
    line = text.decode("utf-8", "replace")
    entry = line if line[:1].isdecimal() else own(line)  # where a time stands first, nothing is before it
    if entry is None:
        return Ignored("alert of the NSS service itself")
    found = of_line(entry, before.decode("utf-8", "replace"), template)
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
    usual=_of_known_feeds,
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
