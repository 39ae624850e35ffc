"""Whose device it is: a login, an address, the home folder in a path. A machine's own accounts are nobody."""

import re
from functools import lru_cache

from schemas.observation import Actor

_MACHINE = frozenset(
    {
        "root", "system", "local service", "network service", "localservice", "networkservice", "daemon", "nobody",
        "administrator", "admin", "guest", "shared", "public", "default", "all users", "_mbsetupuser", "n/a", "none",
        "local system", "localsystem", "unknown", "",
    }
)  # fmt: skip
_REMEMBERED = 1 << 14
_HOME = re.compile(r"^(?:[A-Za-z]:)?[/\\](?:Users|home|Documents and Settings)[/\\]([^/\\]+)[/\\]")
_NOT_PEOPLE = ("nt authority", "nt service", "window manager", "font driver host", "iis apppool")


def login(value: object) -> str | None:
    """A login that may be a person's; None for accounts of the machine, services and placeholders."""
    return _login(value) if isinstance(value, str) else None


@lru_cache(_REMEMBERED)
def _login(value: str) -> str | None:
    plain = value.strip()
    domain, _, name = plain.rpartition("\\")
    if domain.lower() in _NOT_PEOPLE or name.endswith("$") or name.startswith(("_", "S-1-5-", "DWM-", "UMFD-")):
        return None
    return plain if name.lower() not in _MACHINE else None


def of_path(path: object) -> str | None:
    """The login in whose home folder a path lies."""
    return _of_path(path) if isinstance(path, str) else None


@lru_cache(_REMEMBERED)
def _of_path(path: str) -> str | None:
    found = _HOME.match(path)
    return _login(found[1]) if found else None


@lru_cache(_REMEMBERED)
def actor(device: str | None, user: str | None, *, email: str | None = None, ip: str | None = None) -> Actor | None:
    """The person and the device, as far as known; a login with `@` is an address. None where neither is."""
    address = email or (user if user and "@" in user else None)
    made = Actor(
        id=user if user and user != address else None,
        email=address.lower() if address else None,
        ip=ip,
        device=device,
    )
    return made if made != Actor() else None
