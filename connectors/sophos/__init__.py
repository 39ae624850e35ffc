"""Sophos: Firewall (SFOS, XG) and UTM web and application logs over syslog, and events of Sophos Central.

Firewall: name=value with `log_type`, `log_component`, `log_subtype` (https://docs.sophos.com/nsg/sophos-firewall/20.0/
syslog/index.html), two generations of names. UTM: `httpproxy` lines. Central: objects of its SIEM API, as the script
github.com/sophos/Sophos-Central-SIEM-Integration writes them. Read 2026-11-21, and against lines of other people:
github.com/elastic/integrations, packages/sophos/data_stream/xg/_dev/test/pipeline/{test-xg-cfilter-new,
test-xg-firewall-new,test-sophos-18-5-content-filtering-*}.log, …/utm/…/test-sophos-utm-http.log and
packages/sophos_central/…/event/…/test-pipeline-activity.log. Queries, referrers, and the words around a match
(`context_prefix`, `context_suffix`) are dropped here.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.textlog import pairs
from connectors.shared.textlog.standard import Config
from connectors.shared.textlog.visit import vocabulary
from connectors.sophos import central, firewall, utm
from schemas.observation import Kind, Observation

_LONGEST = 1 << 16
_WORDS = re.compile(r'log_type="([^"]+)" log_component="([^"]+)"')
Reading = Callable[[dict[str, str], str, Config, datetime | None], Observation | Ignored]


def parse(
    record: Any, config: Config | None, arrived: datetime | None = None
) -> Iterator[Observation] | Ignored:  # fmt: skip
    """One line (bytes) or event of Central (JSON object); `arrived` dates syslog's times without a year.

    Raises Rejected naming what is wrong.
    """
    if isinstance(record, dict):
        said = central.read(record)
        return said if isinstance(said, Ignored) else iter((said,))
    if not isinstance(record, bytes):
        raise Rejected("neither a line nor a JSON object")
    if len(record) > _LONGEST:
        raise Rejected(f"line longer than {_LONGEST} bytes")
    line = record.decode("utf-8", "replace")
    read = _reading(line)
    if read is None:
        raise Rejected("no log of Sophos: neither log_type and log_component, nor a line of UTM")
    nothing = firewall.nothing(line) if read is firewall.read else None
    said = nothing or read(pairs.read(line), line, config or _DEFAULTS, arrived)
    return said if isinstance(said, Ignored) else iter((said,))


def _reading(line: str) -> Reading | None:
    if "log_type=" in line and "log_component=" in line:
        return firewall.read
    return utm.read if ' sys="' in line and ' sub="' in line else None


def action_of(record: Any) -> str | None:
    """The type of an event of Central, or log type and component of a line: `Content Filtering/HTTP`."""
    if isinstance(record, dict):
        kind = record.get("type")
        return vocabulary(kind) if isinstance(kind, str) else None
    found = _WORDS.search(record.decode("utf-8", "replace")) if isinstance(record, bytes) else None
    return vocabulary(*found.groups()) if found else None


def recognise(record: Any) -> float:
    """How much a record looks like Sophos'."""
    if isinstance(record, dict):
        return 0.95 if central.is_event(record) else 0.0
    if not isinstance(record, bytes) or len(record) > _LONGEST:
        return 0.0
    return 0.9 if _reading(record.decode("utf-8", "replace")) is not None else 0.0


_DEFAULTS = Config()
CONNECTOR = Connector(
    name="sophos",
    title="Sophos Firewall, UTM and Central",
    kinds=(Kind.WEB, Kind.DLP),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    records="lines",
    action_of=action_of,
    config=Config,
    dates_by_arrival=True,
    docs="https://docs.sophos.com/nsg/sophos-firewall/20.0/syslog/index.html",
    permissions=("a syslog server in the firewall; Central: an API credential that may read",),
    granted_in="System services > Log settings > Syslog servers; Central: Global Settings > API Credentials Management",
    plan="any; web and application logs need Web Protection",
    cursor="offset in the file; what syslog sends has none",
    lateness=timedelta(hours=1),
    evidence="real sample",
    samples=("sophos/firewall.log", "sophos/utm.log", "sophos/central.json"),
)
