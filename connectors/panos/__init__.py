"""Palo Alto Networks PAN-OS and Strata Logging Service: TRAFFIC, THREAT (url, file, data) and DECRYPTION logs.

Lines are syslog's CSV of any width (connectors/panos/logs.py says where the order is documented), CEF or LEEF as the
vendor's guides set them up, or JSON of Strata Logging Service (connectors/panos/named.py). TRAFFIC says the application
(App-ID) and bytes, URL filtering says the page, DECRYPTION the name in the handshake: they tell of the same visit, each
in its own way. Read against real lines of other people, PAN-OS 4 to 11: github.com/elastic/integrations,
packages/panw/data_stream/panos/_dev/test/pipeline/test-panw-panos-{traffic,threat,decryption,inc-traffic,inc-threat,
inc-other,userid,globalprotect}-sample.log. Query strings and referrers are dropped here; of a data filtering hit the
log has the rule, the file and no data.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.panos import logs, named, url
from connectors.panos.logs import Config
from connectors.records.usual import alone
from connectors.shared.textlog.visit import vocabulary
from schemas.observation import Kind, Observation

_LONGEST = 1 << 16
_HEAD = 5


_Log = Callable[[str, Config], Observation | Ignored]
_BY_TYPE: dict[str, _Log] = {"TRAFFIC": logs.traffic, "DECRYPTION": logs.decryption}
_BY_SUBTYPE: dict[str, _Log] = {
    "url": url.url, "file": logs.held, "data": logs.held, "dlp": logs.held, "dlp-non-file": logs.held,
}  # fmt: skip
_OTHER_LOGS = {
    "CONFIG": Ignored("configuration log"),
    "SYSTEM": Ignored("system log"),
    "USERID": Ignored("User-ID log: who has which address"),
    "GLOBALPROTECT": Ignored("GlobalProtect log"),
    "HIPMATCH": Ignored("HIP match log"),
    "HIP-MATCH": Ignored("HIP match log"),
    "AUTHENTICATION": Ignored("authentication log"),
    "CORRELATION": Ignored("correlation log"),
    "IPTAG": Ignored("IP-Tag log"),
    "TUNNEL": Ignored("tunnel inspection log"),
    "START": Ignored("tunnel inspection log"),
    "END": Ignored("tunnel inspection log"),
    "GTP": Ignored("mobile network log"),
    "SCTP": Ignored("mobile network log"),
    "AUDIT": Ignored("audit log of administrators"),
}
_OTHER_THREAT = Ignored("threat log of no request")


def parse(record: Any, config: Config | None) -> Iterator[Observation] | Ignored:
    """One line (bytes), or one log of Strata Logging Service (JSON object). Raises Rejected naming what is wrong."""
    if type(record) is not bytes:
        return _object(record, config or _DEFAULTS)
    if len(record) > _LONGEST:
        raise Rejected(f"line longer than {_LONGEST} bytes")
    line = record.decode("utf-8", "replace")
    how = config or _DEFAULTS
    request = alone(url.usual, line, b"", how)
    log = _log(line) if request is None else None
    if request is not None:
        found = request
    elif log is None:
        found = named.parse(named.read(line), how)
    elif isinstance(log, Ignored):
        return log
    else:
        found = log(line.rstrip(), how)
    return found if isinstance(found, Ignored) else iter((found,))


def _object(record: Any, how: Config) -> Iterator[Observation] | Ignored:
    if not isinstance(record, dict):
        raise Rejected("neither a line nor a JSON object")
    found = named.parse(named.of_object(record), how)
    return found if isinstance(found, Ignored) else iter((found,))


def _log(line: str) -> _Log | Ignored | None:
    """How a CSV line of its type is read; None for a line that is none of PAN-OS."""
    cells = line.split(",", _HEAD)
    if len(cells) <= _HEAD:
        return None
    kind = cells[logs.TYPE]
    if kind == "THREAT":
        return _BY_SUBTYPE.get(cells[logs.SUBTYPE], _OTHER_THREAT)
    return _BY_TYPE.get(kind) or _OTHER_LOGS.get(kind)


def action_of(record: Any) -> str | None:
    """Log type and subtype of a CSV line: `THREAT/url`."""
    cells = record.split(b",", _HEAD) if isinstance(record, bytes) else []
    if len(cells) <= _HEAD:
        return None
    kind, subtype = (cells[place].decode("ascii", "replace") for place in (logs.TYPE, logs.SUBTYPE))
    return vocabulary(kind) if subtype == "0" else vocabulary(kind, subtype)


def recognise(record: Any) -> float:
    """How much a line looks like one of PAN-OS: by its log type in the fourth field, or by the vendor it names."""
    if isinstance(record, dict):
        return 0.95 if named.looks_like(record) else 0.0
    if not isinstance(record, bytes) or len(record) > _LONGEST:
        return 0.0
    line = record.decode("utf-8", "replace")
    if _log(line) is not None and line.split(",", 2)[1][:2].isdecimal():
        return 0.95
    try:
        named.read(line)
    except Rejected:
        return 0.0
    return 0.95


_DEFAULTS = Config()
CONNECTOR = Connector(
    name="panos",
    title="Palo Alto Networks PAN-OS",
    kinds=(Kind.WEB, Kind.DLP),
    how=("push", "file"),
    parse=parse,
    usual=url.usual,
    recognise=recognise,
    records="lines",
    action_of=action_of,
    config=Config,
    docs="https://docs.paloaltonetworks.com/pan-os/11-0/pan-os-admin/monitoring/use-syslog-for-monitoring/syslog-field-descriptions",
    permissions=(
        "a syslog server profile and log forwarding of Traffic, URL, Data and Decryption logs; no API permission",
    ),
    granted_in="Device > Server Profiles > Syslog, then Objects > Log Forwarding, and that in the security rules",
    plan="any; URL logs need the (Advanced) URL Filtering licence",
    cursor="offset in the file; what syslog sends has none",
    lateness=timedelta(minutes=15),
    evidence="real sample",
    samples=("panos/syslog.log", "panos/cef.log", "panos/leef.log", "panos/strata.json"),
)
