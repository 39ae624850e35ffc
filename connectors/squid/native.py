"""Squid's native format by its ten columns: nearly all lines are so, and are read without an expression.

A URL with spaces, headers in brackets, letters beyond ASCII or an odd column make a line one for the expression.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from connectors.base import Ignored, Rejected
from connectors.records import Kept
from connectors.squid.columns import named, requested, since_epoch, size
from schemas.observation import Actor, Kind, Observation

COLUMNS = 10
AUTO = "auto"
_WEB = Kind.WEB
NATIVE = re.compile(
    r"\s*+(?P<seconds>\d{9,11})\.(?P<fraction>\d{3})\s++-?\d+\s++(?P<client>\S++)\s++(?P<result>[A-Z][A-Z_0-9]*)/"
    r"(?P<status>\d+)\s++(?P<bytes_in>-?\d+)\s++(?P<method>\S++)\s++(?P<url>\S++(?:\s++\S++)*?)\s++(?P<user>\S++)\s++"
    r"[A-Z][A-Z_0-9]*/\S*+\s++(?P<content_type>\S++)(?:\s++\[.*\])?\s*+"
)
USUAL_PORTS = {"", "80", "443"}
_STAMP = range(9, 12)
"""Digits of a time's seconds."""
_SCHEMES = {"http:", "https:", "ftp:"}
_DIGITS = 20
_REMEMBERED = 50_000


class Place(NamedTuple):
    """The URL column: host, path without its query, and the port where it is an unusual one."""

    host: str
    path: str | None
    attributes: dict[str, str]


def usual(lines: Iterator[str], _before: bytes, config: Any) -> Iterator[Observation | Ignored | None]:
    """What native lines say whose ten columns are plain; None for any other."""
    if config.format != AUTO:
        yield from (None for _ in lines)
    for line in lines:
        # What is no such line has no ten columns, or one of them is not among what is kept: that raises.
        stamp, elapsed, client, told, received, method, url, user, peer, content_type = line.split()
        seconds, _, fraction = stamp.partition(".")
        action, status = _RESULTS[told]
        if method == "CONNECT":
            host, path, attributes = _TUNNELS[url]
        else:
            scheme, blank, authority, tail = url.split("/", 3)
            host, attributes = _SITES[scheme, blank, authority]
            path = "/" + (tail.partition("?")[0] if "?" in tail else tail)
            if "%" in tail or ";" in tail or "#" in tail or "squid-internal-" in tail:
                host = ""
        plain = received.isdecimal() and elapsed.isdecimal() and len(received) < _DIGITS and line.isascii()
        yield Observation(
            source="squid", kind=_WEB, at=_SECONDS[seconds] + _MILLISECONDS[fraction], host=host, path=path,
            method=_METHODS[method], status=status, actor=_PEOPLE[user, client], action=action,
            bytes_in=int(received), content_type=None if content_type == "-" else content_type, attributes=attributes,
        ) if host and plain and _PEERS[peer] else None  # fmt: skip


def read(line: str) -> Observation | Ignored | None:
    """What any native line says; None where it is none. Raises Rejected where the request has no host."""
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


def _result(told: str) -> tuple[str, int | None]:
    result, mark, status = told.partition("/")
    if not mark or re.fullmatch(r"[A-Z][A-Z_0-9]*", result) is None or not status.isdecimal():
        raise ValueError("no result and status")
    if nothing("", result, status) is not None:
        raise ValueError("no request of a person")
    return _action(result), _status(status)


def _action(result: str) -> str:
    return "blocked" if "DENIED" in result else "allowed"


def _status(text: str) -> int | None:
    return int(text) or None if len(text) < _DIGITS else None


def _peer(column: str) -> bool:
    return re.fullmatch(r"[A-Z][A-Z_0-9]*/\S*", column) is not None


def _tunnel(url: str) -> Place:
    """Where a tunnel leads: the same few thousand places again and again."""
    if _not_visited(url) is not None:
        raise ValueError("no request of a person")
    return _place(url, tunnel=True)


def _site(parts: tuple[str, str, str]) -> tuple[str, dict[str, str]]:
    """Host and port of an address as it stands before its path, which has one."""
    scheme, blank, authority = parts
    if blank or scheme not in _SCHEMES or ";" in authority:
        raise ValueError("no plain address")
    return _place(f"{scheme}//{authority}/", tunnel=False)[::2]


def _second(digits: str) -> datetime:
    if len(digits) not in _STAMP or not digits.isdecimal():
        raise ValueError("no time")
    return since_epoch(digits, "0")


def _person(columns: tuple[str, str]) -> Actor:
    return named(*columns)


def _method(column: str) -> str | None:
    return None if column == "-" else column.upper()


def _place(url: str, *, tunnel: bool) -> Place:
    host, port, path = requested(url, tunnel=tunnel)
    if not host:
        raise Rejected("the request has no host")
    return Place(host, path or None, {} if port in USUAL_PORTS else {"port": port})


_RESULTS, _PEERS, _TUNNELS = Kept(_result, _REMEMBERED), Kept(_peer, _REMEMBERED), Kept(_tunnel, _REMEMBERED)
_SITES, _PEOPLE, _SECONDS = Kept(_site, _REMEMBERED), Kept(_person, _REMEMBERED), Kept(_second, 10_000)
_METHODS = Kept(_method, 256)
_MILLISECONDS = {f"{number:03}": timedelta(milliseconds=number) for number in range(1000)}
