"""Who an Umbrella row is about: of the identities it names the person and the device, told by their types.

A person comes as `Last, First (name@example.com)` or as the directory's name; the list of all identities parts them by
commas, which stand in names too, so the rest of it is read only where it has as many parts as there are types.
"""

import re
from functools import lru_cache

from connectors.shared.textlog.visit import ADDRESS, word
from schemas.observation import Actor

_ADDRESSED = re.compile(r"\(([^()\s]+@[^()\s]+)\)\s*$")
_DEVICES = ("computer", "client", "device", "chromebook", "mobile")


@lru_cache(50_000)
def somebody(identity: str, kind: str, identities: str, kinds: str, ip: str) -> Actor:
    """The person and device of a row; without a type (version 1) an identity is taken for a login.

    `kinds` are the types of `identities`, that of the first one before the others; `kind` stands in where it is empty.
    """
    first, *types = [one.strip() for one in kinds.split(",")]
    user, device = _role(identity, first or kind)
    others = [name.strip() for name in identities.removeprefix(identity).removeprefix(",").split(",")]
    if len(others) == len(types):
        for name, one in zip(others, types, strict=True):
            found = _role(name, one)
            user, device = user or found[0], device or found[1]
    found_email = _ADDRESSED.search(user)
    email = found_email[1].lower() if found_email else user.lower() if "@" in user else ""
    return Actor(
        id=email or word(user), email=email or None, ip=ip if ADDRESS.fullmatch(ip) else None, device=word(device)
    )


def _role(name: str, kind: str) -> tuple[str, str]:
    """(person, device): one of them, or none for a network or a site."""
    told = kind.lower()
    if "user" in told or not told:
        return name, ""
    return ("", name) if any(one in told for one in _DEVICES) else ("", "")
