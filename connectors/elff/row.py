"""What a row of an extended log says, by the roles of its columns: destination, person, time, what became of it."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote

from connectors.base import Ignored, Rejected
from connectors.elff.layout import Layout
from schemas.observation import Actor, App, Kind, Observation

_ADDRESS = re.compile(r"(?:[0-9a-fA-F]*:[0-9a-fA-F:.]*|\d{1,3}(?:\.\d{1,3}){3})(?:%\S*)?")
_HOST = re.compile(r"[^\s/\\?#@\[\]<>\"'%:]+")
_QUERY = re.compile(r"[?#;]|%3f|%23", re.IGNORECASE)
_NOTHING = {"", "-", "none", "unknown", "unavailable"}
_BLOCKED = re.compile(r"denied|block|drop|reject|reset", re.IGNORECASE)
_USUAL_PORTS = {"", "0", "80", "443"}
_LOCAL = "%d/%b/%Y:%H:%M:%S %z"


class Header(NamedTuple):
    """What the directives before a row say."""

    layout: Layout | None
    date: str
    microsoft: bool


class Row(NamedTuple):
    """A row's values with their layout and what the directives say of all rows."""

    layout: Layout
    values: list[str]
    header: Header

    def said(self, role: str) -> str | None:
        """The value of a role, None where the row says nothing."""
        return self.layout.said(self.values, role)


def nothing(row: Row) -> Ignored | None:
    """Rows that stand for no request of a person."""
    if row.said("status") == "407" or (row.said("exception") or "").startswith("authentication"):
        return Ignored("proxy asked for a sign-in")
    destination = ("host", "url", "address", "sni")
    if (row.said("method") or "-").lower() in _NOTHING and not any(row.said(role) for role in destination):
        return Ignored("connection without a request")
    if (row.said("result") or "").startswith("UDP_"):
        return Ignored("query between caches")
    return None


def observation(row: Row, zone: float) -> Observation:
    """What a row says. Raises Rejected naming what is wrong."""
    host, port, path = destination(row)
    return Observation(
        source="elff", kind=Kind.WEB, at=at(row, zone), host=host, path=path, method=verb(row), status=code(row),
        actor=actor(row), app=application(row), action=action(row), bytes_in=size(row.said("bytes_in")),
        bytes_out=size(row.said("bytes_out")), user_agent=agent(row), content_type=media(row),
        labels=categories(row.said("categories")), attributes=facts(port) | done(row),
    )  # fmt: skip


def verb(row: Row) -> str | None:
    """The request's method."""
    method = row.said("method")
    return method.upper() if method and method.lower() not in _NOTHING else None


def code(row: Row) -> int | None:
    """The answer's status."""
    return size(row.said("status")) or None


def application(row: Row) -> App | None:
    """The application the proxy took the site for."""
    name = word(row.said("app"))
    return App(name=name) if name else None


def facts(port: str) -> dict[str, str]:
    """The port, where it is an unusual one."""
    return {"port": port} if port not in _USUAL_PORTS else {}


def done(row: Row) -> dict[str, str]:
    """What was done in the application."""
    activity = word(row.said("activity"))
    return {"activity": activity} if activity else {}


def media(row: Row) -> str | None:
    """The content's type without its parameters."""
    return (row.said("content_type") or "").partition(";")[0] or None


def action(row: Row) -> str:
    """Whether the request was let through."""
    return "blocked" if any(_BLOCKED.search(row.said(role) or "") for role in ("result", "filtered")) else "allowed"


def destination(row: Row) -> tuple[str, str, str | None]:
    """Host, port, and path without its query; a name where the request has an address and the row also a name."""
    url, path, port = row.said("url") or "", row.said("path") or "", row.said("port") or ""
    if "://" in path:
        url, path = path, ""
    authority, rest = "", ""
    if "://" in url or (url and not url.startswith("/")):
        authority, slash, rest = _QUERY.split(url.partition("://")[2] or url, maxsplit=1)[0].partition("/")
        rest = slash + rest
    elif not path:
        path = url
    candidates = (row.said("host") or "", authority, row.said("address") or "")
    host, own = next((found for text in candidates if (found := _host(text))[0]), ("", ""))
    if not host or _ADDRESS.fullmatch(host):
        better = row.said("sni") or (row.said("certificate") or "").removeprefix("*.")
        host = _host("" if better.lower() in _NOTHING else better)[0] or host
    if not host:
        raise Rejected("the request has no host")
    tunnel = (row.said("method") or "").upper() == "CONNECT"
    plain = "" if tunnel else _QUERY.split(rest or path, maxsplit=1)[0]
    return host, port if port.isdecimal() else own, plain or None


def _host(text: str) -> tuple[str, str]:
    """Host in lower case without user, brackets, port and final dot, and the port; ("", "") where it is none."""
    bare = text.strip().rpartition("@")[2]
    if bare.startswith("["):
        host, _, port = bare[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = bare.partition(":") if bare.count(":") == 1 else (bare, "", "")
    host = host.lower().rstrip(".")
    fits = host not in _NOTHING and (_ADDRESS if ":" in host else _HOST).fullmatch(host)
    return (host, port if port.isdecimal() else "") if fits else ("", "")


def actor(row: Row) -> Actor:
    """Who asked: user, forwarded or client address, device."""
    user = unquote(row.said("user") or "")
    user = "" if user.lower() in _NOTHING else user
    forwarded = (row.said("forwarded") or "").split(",")[0].strip()
    client = forwarded if _ADDRESS.fullmatch(forwarded) else row.said("client") or ""
    name = row.said("client_name")
    return Actor(
        id=user or None,
        email=user.lower() if "@" in user else None,
        ip=client if _ADDRESS.fullmatch(client) else None,
        device=name if name and not _ADDRESS.fullmatch(name) else None,
    )


def agent(row: Row) -> str | None:
    """The program; Microsoft's servers write `+` for a blank."""
    agent = row.said("agent")
    return agent.replace("+", " ") if agent and row.header.microsoft else agent


def categories(text: str | None) -> tuple[str, ...]:
    """Categories of the site, `;` between; some write a blank, which stands in names too and so parts nothing."""
    found = (unquote(one).strip() for one in (text or "").split(";"))
    return tuple(dict.fromkeys(one for one in found if one.lower() not in _NOTHING))


def word(text: str | None) -> str | None:
    """A word that says something."""
    return text if text and text.lower() not in _NOTHING else None


def size(text: str | None) -> int | None:
    """A size in bytes or a status; None where it is none."""
    return int(text) if text and text.isdecimal() and text.isascii() and len(text) < 20 else None  # noqa: PLR2004 - beyond 64 bits it is damage


def at(row: Row, zone: float) -> datetime:
    """The row's time in UTC; `zone` (hours) is taken off where it carries none. Raises Rejected."""
    try:
        if (epoch := row.said("epoch")) and epoch.replace(".", "", 1).isdecimal():
            return datetime.fromtimestamp(float(epoch), UTC)
        if moment := row.said("moment"):
            return _moment(moment.strip("[]"), zone)
        day, time = row.said("date") or row.header.date, row.said("time") or ""
        return _zoned(datetime.fromisoformat(f"{day}T{time}"), zone)
    except (ValueError, OverflowError, OSError):
        raise Rejected("the time is not one") from None


def _moment(text: str, zone: float) -> datetime:
    if "/" in text:
        return datetime.strptime(text.replace("GMT", "+0000"), _LOCAL).astimezone(UTC)
    return _zoned(datetime.fromisoformat(text), zone)


def _zoned(given: datetime, zone: float) -> datetime:
    return given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC) - timedelta(hours=zone)
