"""Hosts in one form, and which of them say something; shared by the logs of networks. No source of its own. Pure.

Names that never leave a network: RFC 6761 (localhost, invalid, test), RFC 6762 (local), RFC 8375 (home.arpa), ICANN's
`internal` (https://www.icann.org/en/board-activities-and-meetings/materials/approved-resolutions-special-meeting-of-the-icann-board-29-07-2024-en),
and the suffixes routers give of themselves. Record types: https://www.iana.org/assignments/dns-parameters.
"""

import re
from functools import lru_cache

REVERSE = ("in-addr.arpa", "ip6.arpa")
LOCAL = (
    "local", "localhost", "localdomain", "home.arpa", "internal", "invalid", "test", "lan", "home", "intranet", "corp",
    "private", "localnet", "workgroup",
)  # fmt: skip
ADDRESS_TYPES = {"", "-", "A", "AAAA", "A6", "CNAME", "HTTPS", "SVCB", "ANY", "*"}
"""What is asked on the way to a connection; the rest is mail, delegation, keys and texts."""
_NUMBERED = {"1": "A", "5": "CNAME", "28": "AAAA", "64": "SVCB", "65": "HTTPS", "255": "ANY"}
_NUMBER = re.compile(r"(?:type=?)?(\d{1,5})", re.IGNORECASE)
_TYPE = re.compile(r"[A-Z][A-Z0-9]{0,11}")
ADDRESS = re.compile(r"(?:[0-9a-fA-F]*:[0-9a-fA-F:.]*|\d{1,3}(?:\.\d{1,3}){3})(?:%\S*)?")
_USUAL_PORTS = {"", "80", "443"}
_NAME = re.compile(r"[^\s/\\?#@\[\]<>\"'%(),:;=]{1,253}")


@lru_cache(maxsize=1 << 14)
def host(name: str) -> str:
    """The name in lower case without its final dot; nothing where it is no name."""
    bare = name.strip().rstrip(".").lower()
    return bare if _NAME.fullmatch(bare) else ""


@lru_cache(maxsize=1 << 10)
def asked_for(record_type: str | None) -> str:
    """The record type by its name: `A` for `A`, `1` and `type=1`."""
    plain = (record_type or "").strip().upper()
    found = _NUMBER.fullmatch(plain)
    return _NUMBERED.get(found[1], f"TYPE{found[1]}") if found else plain


@lru_cache(maxsize=1 << 14)
def nothing(name: str, record_type: str, own: tuple[str, ...] = ()) -> str | None:
    """Why a lookup is not reported, or None for one that is. `name` is `host`'s, `own` the organisation's suffixes."""
    if not name:
        return "lookup of no name"
    if _under(name, REVERSE):
        return "reverse lookup"
    if "." not in name or _under(name, LOCAL) or _under(name, own):
        return "local name"
    if record_type not in ADDRESS_TYPES:
        return f"lookup of no address ({record_type if _TYPE.fullmatch(record_type) else 'other'})"
    return "service lookup" if name.startswith("_") and record_type not in {"HTTPS", "SVCB"} else None


def _under(name: str, suffixes: tuple[str, ...]) -> bool:
    return f".{name}".endswith(_dotted(suffixes))


@lru_cache(maxsize=64)
def _dotted(suffixes: tuple[str, ...]) -> tuple[str, ...]:
    """Suffixes as labels: `corp` ends `a.corp` and `corp`, not `acorp`."""
    return tuple(f".{bare}" for suffix in suffixes if (bare := suffix.strip(".").lower()))


@lru_cache(maxsize=1 << 14)
def authority(text: str) -> tuple[str, str]:
    """(host, port) of `host:port`, `[address]:port`, `user@host` or a host alone; ("", "") where it is none.

    The host is in small letters without its final dot, the port nothing where none is given or it is a usual one.
    """
    bare = text.strip().rpartition("@")[2]
    if bare == "-":
        return "", ""
    if bare.startswith("["):
        name, _, rest = bare[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        name, _, port = bare.rpartition(":") if bare.count(":") == 1 else (bare, "", "")
    to = name.lower() if ADDRESS.fullmatch(name) else host(name)
    if not to or not (port.isdecimal() or not port):
        return "", ""
    return to, "" if port in _USUAL_PORTS else port


def path_of(uri: str) -> str | None:
    """The path of a URI or of a target that begins with `/`, without query and fragment; None where it has none."""
    for sign in "?#;":
        if sign in uri:
            uri = uri.partition(sign)[0]
    if uri.startswith("/"):
        return uri
    _, mark, rest = uri.partition("://")
    _, slash, path = rest.partition("/")
    return slash + path if mark and slash else None
