"""Where a request went and who sent it: host, port and path of an address, a person's names, sizes.

What comes again and again (hosts, people, applications) is made once and remembered.
"""

import re
from functools import lru_cache

from schemas.observation import Actor, App

REMEMBERED = 50_000
USUAL_PORTS = frozenset({"", "0", "80", "443"})
NOTHING = frozenset({"", "-", "n/a", "na", "none", "null", "unknown", "(null)", "not available"})
ADDRESS = re.compile(r"(?:[0-9a-fA-F]*:[0-9a-fA-F:.]*|\d{1,3}(?:\.\d{1,3}){3})(?:%\w*)?", re.ASCII)
_HOST = re.compile(r"[^\x00-\x20\s/\\?#@\[\]<>\"'%:,;|=]+")
_QUERY = re.compile(r"[?#;]|%3f|%23", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9 :&._-]{0,60}")
_LONGEST_HOST = 255
_LONGEST_SCHEME = 12
_WIDEST = 20
"""Digits of the largest number of 64 bits: what has more is damage."""


@lru_cache(REMEMBERED)
def host_of(authority: str) -> tuple[str, str]:
    """Host in lower case without user, brackets and final dot, and the port's digits; ("", "") where it is none."""
    bare = authority.rpartition("@")[2].strip()
    if bare.startswith("["):
        host, _, port = bare[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _, port = bare.partition(":") if bare.count(":") == 1 else (bare, "", "")
    host = host.lower().rstrip(".")
    fits = len(host) <= _LONGEST_HOST and (ADDRESS if ":" in host else _HOST).fullmatch(host)
    return (host, port if port.isdecimal() and port.isascii() else "") if fits else ("", "")


def without_query(text: str) -> str:
    """An address or path up to its query, parameters or fragment."""
    if "?" in text:
        text = text.partition("?")[0]
    if "%" in text or ";" in text or "#" in text:
        return _QUERY.split(text, maxsplit=1)[0]
    return text


def requested(url: str) -> tuple[str, str, str | None]:
    """Host, port, and path without its query, of an address with or without its scheme; host:port has no path."""
    start = url.find("://", 0, _LONGEST_SCHEME)
    schemed = start > 0 and url[:start].isalnum()
    authority, slash, tail = (url[start + 3 :] if schemed else url).partition("/")
    host, port = host_of(authority)
    if host:
        return host, port, slash + without_query(tail) if slash else None
    return *host_of(without_query(authority)), None


def is_address(host: str) -> bool:
    """Whether a host is an IP address and no name."""
    return ":" in host or (host[-1:].isdigit() and ADDRESS.fullmatch(host) is not None)


def word(text: str | None) -> str | None:
    """The text, None where it stands for nothing (`N/A`, `-`, `null`)."""
    return text if text and text.lower() not in NOTHING else None


_BLOCKED = (
    "block", "ban", "den", "discard", "drop", "fail", "prevent", "quarantin", "refus", "reject", "reset", "terminat",
)  # fmt: skip


@lru_cache(1 << 10)
def decided(*actions: str) -> str:
    """`blocked` where one of the source's words says so, else `allowed`; "not blocked" is allowed."""
    return "blocked" if any(one.strip().lower().startswith(_BLOCKED) for one in actions) else "allowed"


@lru_cache(REMEMBERED)
def actor(user: str, ip: str, device: str = "", unit: str = "") -> Actor:
    """Who the columns name; an address in the user's place is no user."""
    name = word(user.strip())
    name = None if name and ADDRESS.fullmatch(name) else name
    return Actor(
        id=name,
        email=name.lower() if name and "@" in name and "\\" not in name else None,
        ip=ip if ADDRESS.fullmatch(ip) and ip != "0.0.0.0" else None,  # noqa: S104 - what a firewall writes for no address
        device=word(device),
        unit=word(unit),
    )


@lru_cache(REMEMBERED)
def app(name: str, publisher: str = "") -> App | None:
    """The application of a name; None where there is none."""
    said = word(name)
    return App(name=said, publisher=publisher or None) if said else None


def size(text: str | None) -> int | None:
    """A size in bytes or a status; None where it is none."""
    return int(text) if text and text.isdecimal() and text.isascii() and len(text) < _WIDEST else None


def port_of(port: str) -> dict[str, str]:
    """The port as an attribute, where it says something."""
    return {"port": port} if port not in USUAL_PORTS and port.isdecimal() and port.isascii() else {}


@lru_cache(REMEMBERED)
def listed(text: str | None, signs: str = ",") -> tuple[str, ...]:
    """Distinct names between the signs, in their order."""
    if not text:
        return ()
    parts = re.split(f"[{re.escape(signs)}]", text) if len(signs) > 1 or signs in text else (text,)
    return tuple(dict.fromkeys(part for one in parts if word(part := one.strip().strip('"'))))


def vocabulary(*words: str) -> str | None:
    """A source's own words for what a line tells, joined by `/`; None where they are none of a vocabulary."""
    return "/".join(words) if all(_WORD.fullmatch(one) for one in words) else None
