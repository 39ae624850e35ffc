"""CoreDNS's query log, as its plugin `log` writes it. Pure.

`[INFO] client:port - id "type class name protocol size do bufsize" rcode flags size seconds`
(https://coredns.io/plugins/log/, read 2026-11-21). A line tells a query when it was answered, and carries no time: the
container's runtime writes it before the line, or beside it as JSON. Records of others it was run over:
elastic/integrations:packages/coredns/data_stream/log/_dev/test/pipeline.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.base import Ignored, Rejected
from connectors.dns.lookup import Config, Lookup
from connectors.dns.moments import iso, written

_QUERY = re.compile(
    r"\[INFO\] (?P<client>\[[^\]\s]+\]|[0-9.]+):\d+ - \d+ \"(?P<type>\S+) [A-Z]+ (?P<name>\S+) \w+ \d+ \w+ \d+\" "
    r"(?P<rcode>[A-Z0-9]+|-) "
)
_MESSAGE = re.compile(r"\[(?:INFO|WARNING|ERROR|FATAL|DEBUG)\] (?:plugin/|CoreDNS|Reloading|SIGTERM)")


def read(line: str, config: Config, arrived: datetime | None, at: datetime | None = None) -> Lookup | Ignored | None:
    """The lookup of a line, or why there is none; None for a line of another program.

    `at` is the time the container's runtime gave it. Raises Rejected where there is no time.
    """
    found = _QUERY.search(line)
    if found is None:
        return Ignored("message of the resolver") if _MESSAGE.search(line) else None
    return Lookup(
        at=at or written(line[: found.start()], config.zone, arrived),
        name=found["name"],
        kind=found["type"],
        client=found["client"].strip("[]"),
        attributes={} if found["rcode"] == "-" else {"rcode": found["rcode"]},
    )


def wrapped(record: Mapping[str, Any], config: Config) -> Lookup | Ignored | None:
    """The same, of a line that a container's runtime wrapped as JSON."""
    line = record.get("log") or record.get("message")
    if not isinstance(line, str) or not isinstance(record.get("time"), str):
        return None
    try:
        at = iso(record["time"])
    except (ValueError, OverflowError):
        raise Rejected("the time is not one") from None
    return read(line, config, None, at)
