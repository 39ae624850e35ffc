"""Cisco Umbrella: the DNS, web (proxy) and DLP logs it writes to an S3 bucket, as CSV of every schema version.

Rows have no header unless the export adds one, and columns only grow at the end, so they are read from the left; which
log a row is of shows in its cells. Documented at docs.umbrella.com/umbrella-user-guide/docs/dns-log-formats (13 columns
and more), …/web-log-formats (46 columns), docs.umbrella.com/deployment-umbrella/docs/log-formats-and-versioning; rows
of 10 columns are version 1. Read 2026-11-21, and against rows of other people: github.com/elastic/integrations (fork
legoguy1000), packages/cisco_umbrella/data_stream/log/_dev/test/pipeline/test-umbrella-*.log. Query strings, referrers
and hashes are dropped here; admin audit, firewall, IP-layer and intrusion logs are counted, not read.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.cisco_umbrella.identity import somebody
from connectors.cisco_umbrella.rows import Log, cells_of, log_of
from connectors.records import parted
from connectors.shared.textlog.moments import moment
from connectors.shared.textlog.visit import app, host_of, listed, port_of, requested, size
from schemas.observation import Kind, Object, Observation

_LONGEST = 1 << 17
DIRECTIVES = re.compile(rb'"?(?:Timestamp|ID|Time)"?\s*,\s*"?[A-Z][A-Za-z /-]{2,40}"?\s*,|()(?!)')
"""The header row that an export may add: the columns stand in their usual order under it."""
_OTHER = {
    Log.AUDIT: Ignored("admin audit log"),
    Log.FIREWALL: Ignored("firewall log: addresses without a name"),
    Log.IP: Ignored("IP-layer log: addresses without a name"),
}
_WAYS = ("1 (", "28 (", "5 (", "65 (")
"""A, AAAA, CNAME, HTTPS."""
_NO_WAY = Ignored("DNS record that leads to no connection")
_LOCAL = Ignored("local name or reverse lookup")


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """One row (bytes). Raises Rejected naming what is wrong."""
    if not isinstance(record, bytes):
        raise Rejected("a JSON object where a row of Umbrella was expected")
    if len(record) > _LONGEST:
        raise Rejected(f"row longer than {_LONGEST} bytes")
    cells = cells_of(parted(record)[1].decode("utf-8", "replace"))
    log = log_of(cells)
    if log is None:
        raise Rejected(f"{len(cells)} columns that fit none of Umbrella's DNS, web and DLP logs")
    if log in _OTHER:
        return _OTHER[log]
    said = {Log.DNS: _lookup, Log.WEB: _request, Log.DLP: _hit}[log](cells)
    return said if isinstance(said, Ignored) else iter((said,))


def _lookup(cells: list[str]) -> Observation | Ignored:
    """A name looked up: no path, and who of the identities the row names."""
    if not cells[6].startswith(_WAYS):
        return _NO_WAY
    host = host_of(cells[8])[0]
    if not host:
        raise Rejected("the lookup has no name")
    if "." not in host or host.endswith((".arpa", ".local")):
        return _LOCAL
    kinds = cells[10:12] if len(cells) > 11 else ["", ""]  # noqa: PLR2004 - version 1 ends before them
    return Observation(
        source="cisco_umbrella",
        kind=Kind.WEB,
        at=moment(cells[0]),
        host=host,
        actor=somebody(cells[1], kinds[0], cells[2], kinds[1], cells[3] or cells[4]),
        action="blocked" if cells[5] == "Blocked" else "allowed",
        labels=listed(cells[9]),
    )


def _request(cells: list[str]) -> Observation:
    """A request that the proxy or the secure web gateway saw."""
    cells = cells + [""] * (29 - len(cells))
    host, port, path = requested(cells[7])
    if not host:
        raise Rejected("the request has no host")
    method = cells[25].upper()
    return Observation(
        source="cisco_umbrella",
        kind=Kind.WEB,
        at=moment(cells[0]),
        host=host,
        path=path,
        method=method if method.isalpha() else None,
        status=size(cells[10]) or None,
        actor=somebody(cells[1], cells[21], cells[23], cells[24], cells[2] or cells[3]),
        action="blocked" if cells[6].upper() == "BLOCKED" else "allowed",
        bytes_out=size(cells[11]),
        bytes_in=size(cells[12]),
        user_agent=cells[9].strip() or None,
        content_type=cells[5] or None,
        labels=listed(cells[15]),
        attributes=port_of(port),
    )


def _hit(cells: list[str]) -> Observation:
    """What data loss prevention found: the rule, classification and data identifiers by name, never the data."""
    cells = cells + [""] * (17 - len(cells))
    host, _, path = requested(cells[8])
    rules = (cells[10], *cells[11].split(","), *cells[12].split(","), cells[16])
    return Observation(
        source="cisco_umbrella",
        kind=Kind.DLP,
        at=moment(cells[0]),
        id=f"cisco_umbrella:{cells[2]}" if cells[2] else "",
        host=host or None,
        path=path,
        actor=somebody(cells[5], "", cells[4], ",computer", ""),
        app=app(cells[7]),
        action="blocked" if cells[9].upper() == "BLOCK" else "allowed",
        object=Object(type="file", name=cells[6]) if cells[6] else None,
        content_type=cells[13] or None,
        labels=tuple(dict.fromkeys(rule for one in rules if (rule := one.strip()))),
    )


def recognise(record: Any) -> float:
    """How much a line looks like a row of Umbrella's logs."""
    if not isinstance(record, bytes) or len(record) > _LONGEST:
        return 0.0
    try:
        log = log_of(cells_of(parted(record)[1].decode("utf-8", "replace")))
    except Rejected:
        return 0.0
    return 0.9 if log in {Log.DNS, Log.WEB, Log.DLP} else 0.6 if log is not None else 0.0


CONNECTOR = Connector(
    name="cisco_umbrella",
    title="Cisco Umbrella",
    kinds=(Kind.WEB, Kind.DLP),
    how=("file", "push"),
    parse=parse,
    recognise=recognise,
    records="lines",
    directives=DIRECTIVES,
    docs="https://docs.umbrella.com/deployment-umbrella/docs/log-formats-and-versioning",
    permissions=("read the S3 bucket's folders dnslogs, proxylogs and dlplogs, copied to a watched folder",),
    granted_in="Admin > Log Management > Amazon S3: a bucket of your own, or one that Cisco manages",
    plan="any with log export; web and DLP logs need SIG",
    cursor="offset in the file; a file of the bucket is written once",
    lateness=timedelta(hours=2),
    evidence="real sample",
    samples=("cisco_umbrella/dnslogs.csv", "cisco_umbrella/proxylogs.csv", "cisco_umbrella/dlplogs.csv"),
)
