"""Any product's LEEF (1.0 and 2.0) over syslog: visits, where an event names a host or an application.

A generic reader: a product that has a source of its own (PAN-OS, Check Point, Zscaler …) is read better by that. The
format: connectors/shared/textlog/leef.py; names: standard.py beside it. Lines in LEEF 2.0 without the field for the
delimiter, parted by bars, or by the sign they name are read. The example of a record is IBM's
(https://www.ibm.com/docs/en/dsm?topic=overview-leef-event-components), that of a visit Trend Micro's
(docs.trendmicro.com, Deep Discovery Email Inspector, "LEEF: Time-of-Click Protection Logs"), read 2026-11-21. Queries
are dropped.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.textlog import leef
from connectors.shared.textlog.standard import Config
from connectors.shared.textlog.standard import parse as read
from schemas.observation import Kind, Observation

_LONGEST = 1 << 17


def parse(
    record: Any, config: Config | None, arrived: datetime | None = None
) -> Iterator[Observation] | Ignored:  # fmt: skip
    """One line (bytes); `arrived` dates syslog's times without a year. Raises Rejected naming what is wrong."""
    if not isinstance(record, bytes):
        raise Rejected("a JSON object where a line with LEEF was expected")
    if len(record) > _LONGEST:
        raise Rejected(f"line longer than {_LONGEST} bytes")
    line = record.decode("utf-8", "replace")
    return read("leef", leef.read(line), line[: max(leef.begins(line), 0)], config or _DEFAULTS, arrived)


def recognise(record: Any) -> float:
    """Whether a line holds an event in LEEF."""
    if not isinstance(record, bytes) or len(record) > _LONGEST:
        return 0.0
    try:
        leef.read(record.decode("utf-8", "replace"))
    except Rejected:
        return 0.0
    return 0.9


_DEFAULTS = Config()
CONNECTOR = Connector(
    name="leef",
    title="LEEF of any product",
    kinds=(Kind.WEB, Kind.DLP),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    records="lines",
    config=Config,
    generic=True,
    dates_by_arrival=True,
    docs="https://www.ibm.com/docs/en/dsm?topic=overview-leef-event-components",
    permissions=("syslog of the product, sent here; no API permission",),
    granted_in="the product's own page for forwarding logs in LEEF",
    plan="any",
    cursor="offset in the file; what syslog sends has none",
    lateness=timedelta(hours=1),
    evidence="vendor example",
    samples=("leef/events.log",),
)
