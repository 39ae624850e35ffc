"""What an entry of the web log says: destination, person, time, what became of it, and what DLP found. Pure."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

import msgspec

from connectors.base import Ignored, Rejected
from connectors.zscaler.entry import NOTHING, Entry, moment
from schemas.observation import Actor, App, Kind, Object, Observation

REMEMBERED = 50_000
"""People, hosts and categories kept as they were read."""
_NO_UNIT = {"default department", *NOTHING}
_ADDRESS = re.compile(r"(?:[0-9a-fA-F]*:[0-9a-fA-F:.]*|\d{1,3}(?:\.\d{1,3}){3})(?:%\S*)?")
_HOST = re.compile(r"[^\s/\\?#@\[\]<>\"'%:]+")
_QUERY = re.compile(r"[?#;]|%3f|%23", re.IGNORECASE)
USUAL_PORTS = {"", "80", "443"}


def nothing(entry: Entry) -> Ignored | None:
    """What an entry is that stands for no request of a person."""
    return Ignored("proxy asked for a sign-in") if entry.said("status") == "407" else None


def observations(entry: Entry, zone: float) -> Iterator[Observation]:
    """The request, and where a DLP engine or dictionary fired that too. Raises Rejected."""
    seen = _request(entry, zone)
    yield seen
    rules = fired(entry)
    if rules:
        yield hit(seen, rules)


def hit(seen: Observation, rules: tuple[str, ...]) -> Observation:
    """What DLP found in a request: a fact of its own, without the bytes."""
    return msgspec.structs.replace(
        seen, kind=Kind.DLP, id=f"{seen.id}:dlp" if seen.id else "", labels=rules, bytes_in=None, bytes_out=None
    )


def fired(entry: Entry) -> tuple[str, ...]:
    """DLP's engines and dictionaries that found something."""
    return tuple(dict.fromkeys(_listed(entry, "engines") + _listed(entry, "dictionaries")))


def _request(entry: Entry, zone: float) -> Observation:
    host, port, path = destination(entry.said("url"), named(entry))
    at, number = moment(entry, zone), entry.said("record")
    return Observation(
        source="zscaler",
        kind=Kind.WEB,
        at=at,
        id=identity(number, at),
        host=host,
        path=path,
        method=verb(entry),
        status=size(entry.said("status")) or None,
        actor=actor(entry),
        app=application(entry),
        action=action(entry),
        object=held(entry.said("file")),
        bytes_out=size(entry.said("out")),
        bytes_in=size(entry.said("in")),
        user_agent=entry.said("agent"),
        content_type=entry.said("content_type"),
        labels=categories(entry),
        attributes=facts(entry.said("class"), port),
    )


def identity(number: str | None, at: datetime) -> str:
    """The entry's own id: NSS numbers anew when it starts."""
    return f"zscaler:{number}-{stamp(at)}" if number and number != "0" else ""


@lru_cache(10_000)
def stamp(at: datetime) -> str:
    """A time as ids have it."""
    return f"{at:%Y%m%d%H%M%S}"


def verb(entry: Entry) -> str | None:
    """The request's method."""
    method = entry.said("method")
    return method.upper() if method else None


def application(entry: Entry) -> App | None:
    """The application the site was taken for."""
    app = entry.said("app")
    return App(name=app) if app and app.lower() != "general browsing" else None


def action(entry: Entry) -> str:
    """Whether the request was let through."""
    return "blocked" if (entry.said("action") or "").lower().startswith(("block", "drop", "den")) else "allowed"


def held(name: str | None) -> Object | None:
    """The file that was sent."""
    return Object(type="file", name=name) if name else None


def categories(entry: Entry) -> tuple[str, ...]:
    """Categories of the address, then what they are part of."""
    return tuple(dict.fromkeys(_listed(entry, "categories") + _listed(entry, "super")))


def facts(kind: str | None, port: str) -> dict[str, str]:
    """The application's class, and the port where it is an unusual one."""
    told = {"application_class": kind or "", "port": "" if port in USUAL_PORTS else port}
    return {name: value for name, value in told.items() if value}


def named(entry: Entry) -> str:
    """The host of the entry's own field for it; nothing where it has none."""
    return _host(entry.said("host") or "")[0]


def destination(url: str | None, host: str) -> tuple[str, str, str | None]:
    """Host, port, and path without its query, of an address that has no scheme. Raises Rejected."""
    text = url or ""
    bare = (text.partition("://")[2] or text) if "://" in text else text
    odd = "%" in bare or ";" in bare or "#" in bare
    bare = _QUERY.split(bare, maxsplit=1)[0] if odd else bare.partition("?")[0]
    authority, slash, rest = bare.partition("/")
    own, port = _host(authority)
    if not host and not own:
        raise Rejected("the request has no host: the feed's output format needs ehost or eurl")
    return host or own, port, slash + rest or None


@lru_cache(REMEMBERED)
def _host(text: str) -> tuple[str, str]:
    bare = text.rpartition("@")[2]
    if bare.startswith("["):
        host, _, port = bare[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = bare.partition(":") if bare.count(":") == 1 else (bare, "", "")
    host = host.lower().rstrip(".")
    fits = (_ADDRESS if ":" in host else _HOST).fullmatch(host)
    return (host, port if port.isdecimal() else "") if fits else ("", "")


def actor(entry: Entry) -> Actor:
    """Who: where nobody signed in, NSS puts the location's name in place of the login."""
    user, ip, unit = entry.said("user"), entry.said("ip"), entry.said("dept")
    user = None if user == entry.said("location") else user
    return _person(user, ip, unit, entry.said("device"))


@lru_cache(REMEMBERED)
def _person(user: str | None, ip: str | None, unit: str | None, device: str | None) -> Actor:
    return Actor(
        id=user,
        email=user.lower() if user and "@" in user else None,
        ip=ip if ip and _ADDRESS.fullmatch(ip) else None,
        device=device,
        unit=unit if unit and unit.lower() not in _NO_UNIT else None,
    )


def _listed(entry: Entry, role: str) -> tuple[str, ...]:
    """Names between `|`, or commas where it has none of those."""
    return _names(entry.said(role) or "")


@lru_cache(REMEMBERED)
def _names(text: str) -> tuple[str, ...]:
    parts = (part.strip() for part in re.split(r"\||,(?=\S)", text))
    return tuple(part for part in parts if part.lower() not in NOTHING)


def size(text: str | None) -> int | None:
    """A size in bytes or a status; None where it is none."""
    return int(text) if text and text.isdecimal() and text.isascii() and len(text) < 20 else None  # noqa: PLR2004 - beyond 64 bits it is damage
