"""A person's identifiers: normalised so that two spellings of one meet, then put under the key. Pure."""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from schemas.observation import Actor, Identifier
from services.kit.keys import Keys

TRUST = ("email", "idp_id", "employee_id", "login", "device", "ip")
"""Kinds, the most trusted first: the first identifier of a record is its key on the log."""
NOBODY = frozenset({"", "-", "--", "n/a", "na", "none", "null", "unknown", "anonymous", "undefined", "not available"})
_PORT = re.compile(r"(?:\[([0-9a-fA-F:.%]+)\]|(\d+\.\d+\.\d+\.\d+)):\d{1,5}")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_DOTTED = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}", re.ASCII)
"""The shortest form already, which nearly all are."""
_LONGEST = 512
REMEMBERED = 100_000
"""Identifiers kept with what they became, some 300 bytes each: fewer than come by turns would be none at all."""


def email(value: str) -> str | None:
    """Lower case, trimmed, without `mailto:` or `smtp:`; None where it is no address."""
    plain = re.sub(r"^(?:mailto|smtp):", "", _plain(value)).strip("<>\"' ")
    local, at, domain = plain.rpartition("@")
    return plain if at and local and domain else None


def login(value: str) -> str | None:
    """Lower case, without the Windows domain before a backslash."""
    return _plain(value).rpartition("\\")[2] or None


def address(value: str) -> str | None:
    """An IP address in its shortest form, without port and zone; `::ffff:` is taken off. None where it is none."""
    text = value.strip()
    if _DOTTED.fullmatch(text):
        return text
    with_port = _PORT.fullmatch(text)
    if with_port:
        text = with_port[1] or with_port[2]
    try:
        found = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def _plain(value: str) -> str:
    text = value if value.isascii() else unicodedata.normalize("NFKC", value)
    return text.strip().lower()[:_LONGEST]


_NORMALISED: dict[str, Callable[[str], str | None]] = {
    "email": email,
    "login": login,
    "ip": address,
}


def normalised(kind: str, value: str) -> str | None:
    """The one spelling of an identifier; None for a placeholder (`-`, `unknown`) or what is not of that kind."""
    if _plain(value) in NOBODY:
        return None
    read = _NORMALISED.get(kind)
    return read(value) if read is not None else _plain(value) or None


def of_actor(actor: Actor | None) -> Iterator[tuple[str, str]]:
    """The identifiers an actor carries, in order of trust. An id with `@` is an address, whatever it was called."""
    if actor is None:
        return
    given = {
        "email": actor.email, "idp_id": actor.idp_id, "employee_id": actor.employee_id, "login": actor.id,
        "device": actor.device, "ip": actor.ip,
    }  # fmt: skip
    if actor.id and "@" in actor.id:
        given["login"] = None
        given["email"] = actor.email or actor.id
    for kind in TRUST:
        value = given[kind]
        if value:
            yield kind, value


@lru_cache(REMEMBERED)
def protected_actor(actor: Actor, keys: Keys) -> tuple[Identifier, ...]:
    """An actor's identifiers under the key; remembered: the same people come again and again."""
    return protected(of_actor(actor), keys)


def protected(pairs: Iterable[tuple[str, str]], keys: Keys) -> tuple[Identifier, ...]:
    """(kind, value) pairs as identifiers under the key: normalised, each once, in order of trust."""
    made = dict.fromkeys(one for kind, value in pairs if (one := identifier(kind, value, keys)) is not None)
    return tuple(made) if len(made) < 2 else tuple(sorted(made, key=_trust))  # noqa: PLR2004 - one needs no sorting


def identifier(kind: str, value: str, keys: Keys) -> Identifier | None:
    """One identifier under the key, None for a placeholder."""
    plain = normalised(kind, value)
    return keys.identifier(kind, plain) if plain is not None else None


def _trust(one: Identifier) -> int:
    return TRUST.index(one.kind) if one.kind in TRUST else len(TRUST)
