"""Fortinet FortiGate: web filter, application control, DLP, file filter, DNS and TLS logs, and forward traffic.

Lines of name=value (syslog's default format) or CEF. Where documented: FortiOS Log Message Reference
(https://docs.fortinet.com/document/fortigate/7.6.1/fortios-log-message-reference), fields of DLP logs there under 24577
LOG_ID_DLP_NOTIF, of application control on generative AI (`model`, `usecase`, `prompt` …) in the Administration Guide
(https://docs.fortinet.com/document/fortigate/7.6.5/administration-guide/679448). Read 2026-11-21, and against lines of
other people: github.com/elastic/integrations, packages/fortinet_fortigate/data_stream/log/_dev/test/pipeline/
test-fortinet.log. `prompt`, `msg`, `rawdata`, query strings, referrers and subjects of mails are dropped here.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.fortigate.event import Config, observed
from connectors.fortigate.named import of_cef
from connectors.shared.textlog import cef, pairs
from connectors.shared.textlog.visit import vocabulary
from schemas.observation import Kind, Observation

_LONGEST = 1 << 16
_LOG = re.compile(r"(?:^|[\s>])(?:logid|devid|date)=")
_TYPE, _SUBTYPE, _ENOUGH = " type=", "subtype=", 80
_READ = {"webfilter", "app-ctrl", "dlp", "file-filter", "dns", "ssl", "forward", "casb"}
_OTHER = {
    "event": Ignored("event log of the device"),
    "traffic": Ignored("traffic to or within the device"),
    "utm": Ignored("security log of no visit"),
}
_NO_TYPE = Ignored("message without type and subtype")


def parse(record: Any, config: Config | None) -> Iterator[Observation] | Ignored:
    """One line (bytes). Raises Rejected naming what is wrong."""
    if type(record) is not bytes:
        raise Rejected("a JSON object where a line of FortiGate was expected")
    if len(record) > _LONGEST:
        raise Rejected(f"line longer than {_LONGEST} bytes")
    line = record.decode("utf-8", "replace")
    if "CEF:" in line and cef.begins(line) >= 0:
        kind, subtype, values = of_cef(line)
    else:
        if _TYPE not in line and ",type=" in line:
            line = _spaced(line)
        (kind, subtype), values = _kind(line), None
        if not kind:
            return _untyped(line)
    if subtype not in _READ:
        return _OTHER.get(kind, _OTHER["utm"])
    if kind == "traffic" and values is None and " app=" not in line:
        return _OTHER_TRAFFIC
    said = observed(subtype, values if values is not None else pairs.read(line), config or _DEFAULTS)
    return said if isinstance(said, Ignored) else iter((said,))


def _kind(line: str) -> tuple[str, str]:
    """Type and subtype, which stand side by side before everything that a visitor could have written."""
    start = line.find(_TYPE)
    words = line[start + len(_TYPE) : start + _ENOUGH].split(None, 2) if start >= 0 else []
    if len(words) < 2 or not words[1].startswith(_SUBTYPE):  # noqa: PLR2004 - the type and the subtype
        return "", ""
    return words[0].strip('"'), words[1][len(_SUBTYPE) :].strip('"')


def _spaced(line: str) -> str:
    """A line of the format csv, its commas outside quotes made the blanks of the default format."""
    return '"'.join(part if number & 1 else part.replace(",", " ") for number, part in enumerate(line.split('"')))


def _untyped(line: str) -> Ignored:
    if _LOG.search(line) is None:
        raise Rejected("no log of FortiGate: neither name=value pairs with type and subtype, nor its CEF")
    return _NO_TYPE


def action_of(record: Any) -> str | None:
    """Type and subtype of a line: `utm/app-ctrl`."""
    kind, subtype = _kind(record.decode("utf-8", "replace")) if isinstance(record, bytes) else ("", "")
    return vocabulary(kind, subtype)


def recognise(record: Any) -> float:
    """How much a line looks like FortiGate's: by its type, subtype and log id, or by the vendor CEF names."""
    if not isinstance(record, bytes) or len(record) > _LONGEST:
        return 0.0
    line = record.decode("utf-8", "replace")
    if cef.begins(line) >= 0:
        try:
            of_cef(line)
        except Rejected:
            return 0.0
        return 0.95
    return (
        0.95
        if _kind(_spaced(line) if _TYPE not in line else line)[0] and ("logid=" in line or "devid=" in line)
        else 0.0
    )


_OTHER_TRAFFIC = Ignored("session that names no application")
_DEFAULTS = Config()
CONNECTOR = Connector(
    name="fortigate",
    title="Fortinet FortiGate",
    kinds=(Kind.WEB, Kind.DLP),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    records="lines",
    action_of=action_of,
    config=Config,
    docs="https://docs.fortinet.com/document/fortigate/7.6.1/fortios-log-message-reference",
    permissions=("a syslog server that gets traffic and UTM logs; no API permission",),
    granted_in="Log & Report > Log Settings > Syslog logging, or config log syslogd setting (set mode reliable)",
    plan="any; web filter, application control and DLP need their FortiGuard subscriptions",
    cursor="offset in the file; what syslog sends has none",
    lateness=timedelta(minutes=15),
    evidence="real sample",
    samples=("fortigate/syslog.log", "fortigate/cef.log"),
)
