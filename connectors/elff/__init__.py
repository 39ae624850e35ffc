"""W3C extended log files: ProxySG (Blue Coat, Symantec, Broadcom), Netskope transaction events, any other with #Fields.

A `#Fields:` line says what the columns of the rows after it are; several may stand in one file, and each holds to the
next. A file that begins without one (a piece of a rotated file, rows sent by syslog) is read by the configured list, or
where ProxySG's own orders fit it plainly, by that (connectors/elff/layout.py has the sources). Queries, referrers and
cookies are dropped here.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.elff import usual
from connectors.elff.layout import RELAY, RELAYED, compiled, guessed
from connectors.elff.row import Header, Row, at, nothing, observation
from connectors.records import parted
from connectors.records.usual import alone
from schemas.observation import Kind, Observation

AUTO = "auto"
_LONGEST = 1 << 16
DIRECTIVES = re.compile(
    RELAYED + rb"#\s*(?:(?:(Fields|Date|Software)|Version|Start-Date|End-Date|Remark|GMT-Offset)\s*:|(?=[\s#]|$))",
    re.IGNORECASE,
)
_DATE = re.compile(r"#\s*Date\s*:\s*(\d{4}-\d\d-\d\d)", re.IGNORECASE)
_MICROSOFT = re.compile(r"#\s*Software\s*:\s*Microsoft", re.IGNORECASE)
_FIELDS = re.compile(r"#\s*Fields\s*:", re.IGNORECASE)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one instance.

    `format` is for rows before any #Fields line: auto (ProxySG's own orders are tried), one of them by name
    (bcreportermain_v1, main, bcreporterssl_v1), or the names of the fields in their order.
    `zone` is added to times that carry none, as hours east of UTC; W3C times are in UTC.
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
    """One row (bytes), its directives before it. Raises Rejected naming what is wrong."""
    if not isinstance(record, bytes):
        raise Rejected("a JSON object where a row of an extended log was expected")
    if len(record) > _LONGEST:
        raise Rejected(f"row longer than {_LONGEST} bytes")
    config = config or _DEFAULTS
    before, line = parted(record)
    said = alone(_usual, line.decode("utf-8", "replace"), before, config)
    if said is None:
        row = _row(record, config)
        said = nothing(row) or observation(row, config.zone)
    return said if isinstance(said, Ignored) else iter((said,))


def _usual(lines: Iterator[str], before: bytes, config: Config | None) -> Iterator[Observation | Ignored | None]:
    """What rows say that can be read part by part; None for others."""
    plan = _plan(before, config or _DEFAULTS)
    return usual.observations(lines, plan) if plan is not None else (None for _ in lines)


@lru_cache(16)
def _plan(before: bytes, config: Config) -> usual.Plan | None:
    header = _header(before)
    layout = compiled(config.format) if header.layout is None and config.format != AUTO else header.layout
    return usual.plan(layout, header, config.zone) if layout is not None else None


def _row(record: bytes, config: Config) -> Row:
    before, line = parted(record)
    header = _header(before)
    text = line.decode("utf-8", "replace")
    if not text[:1].isdecimal():  # a row begins with its date
        text = RELAY.sub("", text, count=1)
    layout = header.layout
    if layout is None and config.format != AUTO:
        layout = compiled(config.format)
    if layout is None:
        found = guessed(text)
        if found is None:
            raise Rejected("no #Fields line stands before the row; set `format` to the names of its fields")
        return Row(*found, header)
    values = layout.values(text)
    if len(values) != layout.size and not (layout.more and len(values) > layout.size):
        raise Rejected(f"{len(values)} values where {layout.size} fields are named")
    return Row(layout, values, header)


@lru_cache(256)
def _header(before: bytes) -> Header:
    text = before.decode("utf-8", "replace")
    date, layout = _DATE.search(text), None
    for line in text.split("\n"):
        if _FIELDS.search(line):
            try:
                layout = compiled(line)
            except ValueError as fault:
                raise Rejected(f"the #Fields line can't be used: {fault}") from None
    return Header(layout, date[1] if date else "", _MICROSOFT.search(text) is not None)


def recognise(record: Any) -> float:
    """How much a line looks like a row of an extended log: one after its #Fields line, or in an order ProxySG ships."""
    if not isinstance(record, bytes) or len(record) > _LONGEST:
        return 0.0
    try:
        row = _row(record, _DEFAULTS)
        at(row, 0.0)
    except Rejected:
        return 0.1 if b"#Fields:" in record else 0.0
    return 0.95


_DEFAULTS = Config()
CONNECTOR = Connector(
    name="elff",
    title="W3C extended log (ProxySG and others)",
    kinds=(Kind.WEB,),
    how=("file", "push"),
    parse=parse,
    usual=_usual,
    recognise=recognise,
    records="lines",
    config=Config,
    directives=DIRECTIVES,
    docs="https://www.w3.org/TR/WD-logfile.html",
    permissions=("read the access log, or let the proxy upload or send it",),
    plan="any",
    cursor="offset in the file",
    lateness=timedelta(hours=1),
    evidence="real sample",
    samples=("elff/main.log", "elff/changing.log", "elff/headless.log"),
)
