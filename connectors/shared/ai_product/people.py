"""Whose something is: a person the record names, without the address they came from."""

import msgspec

from schemas.observation import Actor


def owner(actor: Actor | None) -> Actor | None:
    """The actor without network address and device; None where nobody is named then."""
    if actor is None:
        return None
    plain = msgspec.structs.replace(actor, ip=None, device=None)
    return plain if plain != Actor() else None
