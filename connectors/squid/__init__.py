"""Squid's access log: native, common, combined, and any `logformat`.

Native: `seconds.milliseconds elapsed client result/status bytes method URL user hierarchy/peer type`, elapsed aligned
right (https://wiki.squid-cache.org/Features/LogFormat). `bytes` is what went to the client; what a client sent is
seen only where the format has `%>st`. A CONNECT names host:port and no path. With `uri_whitespace allow` a URL holds
spaces (https://www.squid-cache.org/Doc/config/uri_whitespace/). Query strings and referrers are dropped here.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.records.usual import alone
from connectors.squid import native
from connectors.squid.columns import (
    ADDRESS,
    QUERY,
    host_of,
    read_actor,
    read_time,
    requested,
    said,
    size,
)
from connectors.squid.logformat import Format, compiled
from schemas.observation import Kind, Observation

AUTO = native.AUTO
_LONGEST = 1 << 16
_LOOKS_NATIVE = re.compile(r"\s*\d{9,11}\.\d{3}\s")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`format`: auto (native, common and combined told apart line by line), a built-in name, or a logformat.

    `zone` is added to times that carry none, as hours east of UTC.
    """

    format: str = AUTO
    zone: float = 0.0

    def __post_init__(self) -> None:
        if self.format != AUTO:
            compiled(self.format)


def parse(record: Any, config: Config) -> Iterator[Observation] | Ignored:
    """One line (bytes). Raises Rejected naming the column that is wrong."""
    if not isinstance(record, bytes):
        raise Rejected("a JSON object where a line of Squid's access log was expected")
    if len(record) > _LONGEST:
        raise Rejected(f"line longer than {_LONGEST} bytes")
    line = record.decode("utf-8", "replace")
    told = (alone(native.usual, line, b"", config) or native.read(line)) if config.format == AUTO else None
    if told is not None:
        return told if isinstance(told, Ignored) else iter((told,))
    found, form = _matched(line, config.format)
    nothing = native.nothing(found.get("url") or "", found.get("result") or "", found.get("status"))
    return nothing or iter((_observation(found, form, config.zone),))


def _matched(line: str, wanted: str) -> tuple[Mapping[str, str | None], Format | None]:
    if wanted != AUTO:
        form = compiled(wanted)
        found = form.expression.fullmatch(line)
        if found is None:
            raise Rejected("the line does not fit the configured logformat")
        return found.groupdict(), form
    if _LOOKS_NATIVE.match(line):
        found = native.NATIVE.fullmatch(line)
        if found is None:
            raise Rejected(_native_fault(line.split()))
        return found.groupdict(), None
    for name in ("combined", "common"):
        if found := compiled(name).expression.fullmatch(line):
            return found.groupdict(), None
    raise Rejected("neither Squid's native nor its common or combined format; set `format` to the logformat in use")


def _native_fault(parts: list[str]) -> str:
    if len(parts) < native.COLUMNS:
        return f"{len(parts)} columns, the native format has {native.COLUMNS}"
    if "/" not in parts[3]:
        return "column 4 is not result/status"
    if not parts[4].lstrip("-").isdigit():
        return "column 5 is not a size in bytes"
    return f"{len(parts)} columns that do not fit the native format (hierarchy/peer and type are expected last)"


def _observation(found: Mapping[str, str | None], form: Format | None, zone: float) -> Observation:
    host, port, path = _destination(found)
    total, inward, outward = (size(found.get(name)) for name in ("bytes_both", "bytes_in", "bytes_out"))
    if outward is None and total is not None and inward is not None:
        outward = max(total - inward, 0)
    method = said(found.get("method"))
    return Observation(
        source="squid",
        kind=Kind.WEB,
        at=read_time(found, form, zone),
        host=host,
        path=path,
        method=method.upper() if method else None,
        status=size(found.get("status") or found.get("status_server")) or None,
        actor=read_actor(found),
        action="blocked" if "DENIED" in (found.get("result") or "") else "allowed",
        bytes_in=inward,
        bytes_out=outward,
        user_agent=said(found.get("user_agent")),
        content_type=said(found.get("content_type")),
        attributes={} if port in native.USUAL_PORTS else {"port": port},
    )


def _destination(found: Mapping[str, str | None]) -> tuple[str, str, str | None]:
    """Host, port, and path without its query: from the URL, else from the columns that carry them apart."""
    url = said(found.get("url") or found.get("url_server"))
    host, port, path = requested(url or "", tunnel=found.get("method") == "CONNECT")
    named = said(found.get("sni")) or said(found.get("host") or found.get("host_server"))
    if named and (not host or ADDRESS.fullmatch(host) or found.get("sni")):
        host = host_of(named)[0] or host
    if not host:
        host = host_of(said(found.get("host_header")) or "")[0]
    if not host:
        raise Rejected("the request has no host")
    apart = said(found.get("path"))
    path = path if path or not apart else QUERY.split(apart, maxsplit=1)[0]
    return host, port or (found.get("port") or "").strip("-"), path or None


def recognise(record: Any) -> float:
    """How much a line looks like Squid's native or combined format."""
    if not isinstance(record, bytes) or len(record) > _LONGEST:
        return 0.0
    try:
        _matched(record.decode("utf-8", "replace"), AUTO)
    except Rejected:
        return 0.1 if _LOOKS_NATIVE.match(record[:40].decode("ascii", "replace")) else 0.0
    return 0.95


CONNECTOR = Connector(
    name="squid",
    title="Squid access log",
    kinds=(Kind.WEB,),
    how=("file", "push"),
    parse=parse,
    usual=native.usual,
    recognise=recognise,
    records="lines",
    config=Config,
    docs="https://www.squid-cache.org/Doc/config/logformat/",
    permissions=("read access.log",),
    plan="any",
    cursor="offset in the file",
    lateness=timedelta(minutes=5),
    evidence="real sample",
    samples=("squid/native.log", "squid/combined.log"),
)
