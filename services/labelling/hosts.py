"""Host names as they are compared: lower case, ASCII, without port, trailing dot or user part.

Names in other scripts are mapped as browsers do (UTS 46, non-transitional, then IDNA 2008: RFC 5891), so `faß.example`
is not `fass.example`. What ends in a number is an address in any spelling of it, as the URL standard has it
(https://url.spec.whatwg.org/#ends-in-a-number-checker). Limits of names: RFC 1035 §2.3.4.
"""

import re
from collections.abc import Iterator

LONGEST_LABEL, LONGEST_NAME = 63, 253
is_plain = re.compile(r"(?:[a-z0-9_-]{1,63}+\.)++[a-z][a-z0-9-]{0,62}+").fullmatch
"""Tells names as most are: normalised, of two labels or more, each no longer than it may be; no address."""
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*").fullmatch
_BEYOND = re.compile(r"[^a-z0-9_*.-]").search
_EMPTY = re.compile(r"^\.|\.\.").search
_SHOWN = 40


def normalise(text: str) -> str:
    """The comparable form of a host as a log writes it; an IPv6 literal loses its brackets. Never raises; idempotent.

    A name that IDNA refuses stays as it is, in lower case: it equals no catalog entry.
    """
    if is_plain(text):
        return text
    host, before = _bare(text), text
    while host != before:
        host, before = _bare(host), host
    return host


def _bare(text: str) -> str:
    """One look: each may uncover what the next takes off, such as a dot behind a port."""
    host = text.strip().lower().rpartition("@")[2].strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") <= 1:
        host = host.partition(":")[0]
        if not host.isascii():
            host = _ascii(host)
    return host.rstrip(".").strip()


def _ascii(host: str) -> str:
    import idna  # noqa: PLC0415 - its tables take 10 ms to read, and hardly a host needs them

    try:
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except UnicodeError:
        return host


def is_address(host: str) -> bool:
    """Whether a normalised host is an IP literal (v6 has colons, v4 ends in a number, hexadecimal too)."""
    if ":" in host:
        return True
    last = host[host.rfind(".") + 1 :]
    return last[:1].isdecimal() and _NUMBER(last) is not None


def fault(host: str) -> str | None:
    """Why a normalised host can't be a name that is looked up; None where it can, or is an address."""
    if is_plain(host) and len(host) <= LONGEST_NAME:
        return None
    if not host:
        return "no host is given"
    return None if is_address(host) else _broken(host)


def _broken(host: str) -> str | None:
    longest = max(map(len, host.split(".")))
    if longest > LONGEST_LABEL:
        return f"no host name: a label of {longest} characters, at most {LONGEST_LABEL} are allowed"
    if len(host) > LONGEST_NAME:
        return f"no host name: {len(host)} characters, at most {LONGEST_NAME} are allowed"
    if _EMPTY(host):
        return "no host name: a label is empty"
    beyond = _BEYOND(host)
    return f"no host name: it has the character U+{ord(beyond.group()):04X}" if beyond else None


def why_unnamed(host: str) -> str:
    """What is told of a normalised host that the catalog does not name."""
    found = fault(host)
    if found:
        return found
    if is_address(host):
        return "an address, no name: nothing in the catalog names it"
    return "nothing in the catalog names it" if "." in host else "an internal name of one label"


def shown(host: str) -> str:
    """A host as it stands in a key: what is longer than any name is cut."""
    return host if len(host) <= LONGEST_NAME else f"{host[:_SHOWN]}…"


def suffixes(host: str) -> Iterator[str]:
    """The normalised host, then each of its parents, longest first; an address only itself."""
    if not host:
        return
    yield host
    if is_address(host):
        return
    dot = host.find(".")
    while dot >= 0:
        host = host[dot + 1 :]
        yield host
        dot = host.find(".")


def last_two(host: str) -> str:
    """The last two labels of a host of two or more; the host itself where it has one."""
    return host[host.rfind(".", 0, host.rfind(".")) + 1 :]
