"""Any product's CEF over syslog: visits, where an event names a host or an application.

A generic reader: a product that has a source of its own (PAN-OS, FortiGate, Check Point, Forcepoint, Zscaler …) is read
better by that. The format: connectors/shared/textlog/cef.py; names: standard.py beside it. Run over ArcSight's lines,
Check Point's, Forcepoint NGFW's, NetScaler's, Trend Micro's and others that somebody else captured: github.com/elastic/
integrations, packages/cef/data_stream/log/_dev/test/pipeline/test-*.json. Queries, referrers and messages are dropped.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.textlog import cef
from connectors.shared.textlog.standard import Config
from connectors.shared.textlog.standard import parse as read
from schemas.observation import Kind, Observation

_LONGEST = 1 << 17


def parse(
    record: Any, config: Config | None, arrived: datetime | None = None
) -> Iterator[Observation] | Ignored:  # fmt: skip
    """One line (bytes); `arrived` dates syslog's times without a year. Raises Rejected naming what is wrong."""
    if not isinstance(record, bytes):
        raise Rejected("a JSON object where a line with CEF was expected")
    if len(record) > _LONGEST:
        raise Rejected(f"line longer than {_LONGEST} bytes")
    line = record.decode("utf-8", "replace")
    return read("cef", cef.read(line), line[: max(cef.begins(line), 0)], config or _DEFAULTS, arrived)


def recognise(record: Any) -> float:
    """Whether a line holds an event in CEF."""
    if not isinstance(record, bytes) or len(record) > _LONGEST:
        return 0.0
    try:
        cef.read(record.decode("utf-8", "replace"))
    except Rejected:
        return 0.0
    return 0.9


_DEFAULTS = Config()
CONNECTOR = Connector(
    name="cef",
    title="CEF of any product",
    kinds=(Kind.WEB, Kind.DLP),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    records="lines",
    config=Config,
    generic=True,
    dates_by_arrival=True,
    docs="https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors-8.4/pdfdoc/cef-implementation-standard/cef-implementation-standard.pdf",
    permissions=("syslog of the product, sent here; no API permission",),
    granted_in="the product's own page for forwarding logs in CEF",
    plan="any",
    cursor="offset in the file; what syslog sends has none",
    lateness=timedelta(hours=1),
    evidence="real sample",
    samples=("cef/events.log",),
)
