"""Squid's native format by its ten columns: nearly all lines are so, and are read without an expression.

A URL with spaces, headers in brackets, letters beyond ASCII or an odd column make a line one for the expression.
"""

import re
from typing import NamedTuple

from connectors.base import Ignored, Rejected
from connectors.records import Kept
from connectors.squid.columns import named, requested, since_epoch, size
from schemas.observation import Kind, Observation

COLUMNS = 10
_WEB = Kind.WEB
NATIVE = re.compile(
    r"\s*+(?P<seconds>\d{9,11})\.(?P<fraction>\d{3})\s++-?\d+\s++(?P<client>\S++)\s++(?P<result>[A-Z][A-Z_0-9]*)/"
    r"(?P<status>\d+)\s++(?P<bytes_in>-?\d+)\s++(?P<method>\S++)\s++(?P<url>\S++(?:\s++\S++)*?)\s++(?P<user>\S++)\s++"
    r"[A-Z][A-Z_0-9]*/\S*+\s++(?P<content_type>\S++)(?:\s++\[.*\])?\s*+"
)
USUAL_PORTS = {"", "80", "443"}
_STAMP = range(13, 16)
"""Digits of a time: seconds, a point, milliseconds."""
_DIGITS = 20
_REMEMBERED = 50_000


class Result(NamedTuple):
    """The fourth column: what the line is where it stands for no request of a person, else the action and status."""

    nothing: Ignored | None
    action: str
    status: int | None


class Place(NamedTuple):
    """The URL column: host, path without its query, and the port where it is an unusual one."""

    host: str
    path: str | None
    attributes: dict[str, str]


def read(line: str) -> Observation | Ignored | None:
    """What a native line says; None where it is none. Raises Rejected where the request has no host."""
    parts = line.split()
    if len(parts) != COLUMNS or not line.isascii():
        return _by_expression(line)
    stamp, elapsed, client, told, received, method, url, user, peer, content_type = parts
    result = _RESULTS[told]
    if (
        result is None or not _PEERS[peer] or stamp[-4:-3] != "." or len(stamp) not in _STAMP
        or not f"{stamp[:-4]}{stamp[-3:]}{elapsed.removeprefix('-')}{received.removeprefix('-')}".isdecimal()
    ):  # fmt: skip
        return _by_expression(line)
    if result.nothing is not None or url[0] in "ec" or "/squid-internal-" in url:
        ignored = nothing(url, told, told.rpartition("/")[2])
        if ignored is not None:
            return ignored
    host, path, attributes = _TUNNELS[url] if method == "CONNECT" else _place(url, tunnel=False)
    return Observation(
        source="squid", kind=_WEB, at=since_epoch(stamp[:-4], stamp[-3:]), host=host, path=path,
        method=_METHODS[method], status=result.status, actor=named(user, client), action=result.action,
        bytes_in=int(received) if received[0] != "-" and len(received) < _DIGITS else size(received),
        content_type=None if content_type == "-" else content_type,
        attributes=attributes,
    )  # fmt: skip


def _by_expression(line: str) -> Observation | Ignored | None:
    found = NATIVE.fullmatch(line)
    if found is None:
        return None
    seconds, fraction, client, told, status, received, method, url, user, content_type = found.groups()
    ignored = nothing(url, told, status)
    if ignored is not None:
        return ignored
    host, path, attributes = _place(url, tunnel=method == "CONNECT")
    return Observation(
        source="squid", kind=Kind.WEB, at=since_epoch(seconds, fraction), host=host, path=path,
        method=_METHODS[method], status=_status(status), actor=named(user, client),
        action=_action(told), bytes_in=size(received), content_type=None if content_type == "-" else content_type,
        attributes=attributes,
    )  # fmt: skip


def nothing(url: str, result: str, status: str | None) -> Ignored | None:
    """Lines that stand for no request of a person."""
    if result.startswith("UDP_"):
        return Ignored("query between caches")
    if status == "407":
        return _not_visited(url) or Ignored("proxy asked for a sign-in")
    return _not_visited(url)


def _not_visited(url: str) -> Ignored | None:
    if url.startswith("error:"):
        return Ignored("connection without a request")
    return Ignored("cache's own page") if url.startswith("cache_object:") or "/squid-internal-" in url else None


def _result(told: str) -> Result | None:
    result, mark, status = told.partition("/")
    if not mark or re.fullmatch(r"[A-Z][A-Z_0-9]*", result) is None or not status.isdecimal():
        return None
    return Result(nothing("", result, status), _action(result), _status(status))


def _action(result: str) -> str:
    return "blocked" if "DENIED" in result else "allowed"


def _status(text: str) -> int | None:
    return int(text) or None if len(text) < _DIGITS else None


def _peer(column: str) -> bool:
    return re.fullmatch(r"[A-Z][A-Z_0-9]*/\S*", column) is not None


def _tunnel(url: str) -> Place:
    """Where a tunnel leads: the same few thousand places again and again."""
    return _place(url, tunnel=True)


def _method(column: str) -> str | None:
    return None if column == "-" else column.upper()


def _place(url: str, *, tunnel: bool) -> Place:
    host, port, path = requested(url, tunnel=tunnel)
    if not host:
        raise Rejected("the request has no host")
    return Place(host, path or None, {} if port in USUAL_PORTS else {"port": port})


_RESULTS, _PEERS, _TUNNELS = Kept(_result, _REMEMBERED), Kept(_peer, _REMEMBERED), Kept(_tunnel, _REMEMBERED)
_METHODS = Kept(_method, 256)
