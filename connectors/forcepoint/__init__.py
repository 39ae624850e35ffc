"""Forcepoint: transactions of Web Security (CEF, LEEF, rows of a cloud report) and incidents of Forcepoint DLP (CEF).

SIEM formats of Web Security and their keys, with an example: help.forcepoint.com/websec/en-us/on-prem/85/siem/
B180CA52-DB55-4DCD-A393-2F3DE855CFC8.html and …/5EA353E4-BD6A-4DB1-9F1A-BB8AFA6A328E.html; of CEF's two sizes `in` is
what was received. DLP's syslog: an action plan's "Send syslog message"; an incident that somebody captured shows its
keys. Rows of Web Security Cloud: github.com/elastic/integrations (fork legoguy1000), packages/forcepoint_web/
data_stream/logs/_dev/test/pipeline/test-forcepoint-web.json, over which this was run; all read 2026-11-21. Queries,
referrers, messages and subjects are dropped here.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.forcepoint import incident, transaction
from connectors.forcepoint.transaction import Config
from connectors.records import parted
from connectors.shared.textlog import cef, leef
from connectors.shared.textlog.cef import Event
from schemas.observation import Kind, Observation

_LONGEST = 1 << 17
DIRECTIVES = re.compile(rb'()\s*"?(?:date|time|user)\b[^,]*,(?=.*\burl\b)(?:[^,]*,){2,}', re.IGNORECASE)
"""The header row of a report."""
_VENDORS = {"forcepoint", "websense"}
_OTHER = Ignored("event of another product of Forcepoint")
Reading = Callable[[Event, str, Config, datetime | None], Observation | Ignored]


def parse(
    record: Any, config: Config | None, arrived: datetime | None = None
) -> Iterator[Observation] | Ignored:  # fmt: skip
    """One line (bytes) with its header row, or one row (JSON object). Raises Rejected naming what is wrong."""
    how = config or _DEFAULTS
    if isinstance(record, dict):
        return iter((transaction.of_row(transaction.named(record.items()), how),))
    if not isinstance(record, bytes):
        raise Rejected("neither a line nor a JSON object")
    if len(record) > _LONGEST:
        raise Rejected(f"line longer than {_LONGEST} bytes")
    header, line = (part.decode("utf-8", "replace") for part in parted(record))
    event, before = _event(line)
    if event is not None:
        said = _reading(event)(event, before, how, arrived)
        return said if isinstance(said, Ignored) else iter((said,))
    return iter((transaction.of_row(transaction.cells(header, line), how),))


def _event(line: str) -> tuple[Event | None, str]:
    """The event in a line and syslog's words before it. Raises Rejected for one of another vendor."""
    for form in (cef, leef):
        start = form.begins(line)
        if start >= 0:
            event = form.read(line)
            if event.vendor.lower() not in _VENDORS:
                raise Rejected("an event of another vendor")
            return event, line[:start]
    return None, ""


def _reading(event: Event) -> Reading:
    """By the product: Web Security calls itself `Security`."""
    product = event.product.lower()
    if product in {"security", "web security", "content gateway"}:
        return transaction.of_event
    if "dlp" in product or "data security" in product:
        return incident.of_event
    return _other


def _other(_event: Event, _before: str, _how: Config, _arrived: datetime | None) -> Ignored:
    return _OTHER


def recognise(record: Any) -> float:
    """How much a record looks like Forcepoint's: by the vendor an event names, or by the columns of a report."""
    if isinstance(record, dict):
        return transaction.looks_like(record)
    if not isinstance(record, bytes) or len(record) > _LONGEST:
        return 0.0
    header, line = (part.decode("utf-8", "replace") for part in parted(record))
    try:
        event, _ = _event(line)
        if event is not None:
            return 0.9 if _reading(event) is _other else 0.95
        return transaction.looks_like(transaction.cells(header, line))
    except Rejected:
        return 0.0


_DEFAULTS = Config()
CONNECTOR = Connector(
    name="forcepoint",
    title="Forcepoint Web Security and DLP",
    kinds=(Kind.WEB, Kind.DLP),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    records="lines",
    config=Config,
    directives=DIRECTIVES,
    dates_by_arrival=True,
    docs="https://help.forcepoint.com/websec/en-us/on-prem/85/siem/B180CA52-DB55-4DCD-A393-2F3DE855CFC8.html",
    permissions=("SIEM integration of Web Security; an action plan of DLP that sends syslog; no API permission",),
    granted_in="Web > Settings > General > SIEM Integration; Data > Settings > General > Remediation for DLP",
    plan="Web Security or Web Security Cloud; DLP apart",
    cursor="offset in the file; what syslog sends has none",
    lateness=timedelta(hours=1),
    evidence="real sample",
    samples=("forcepoint/web.log", "forcepoint/report.csv", "forcepoint/dlp.log"),
)
