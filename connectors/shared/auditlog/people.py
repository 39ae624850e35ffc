"""Who did it, as an audit log names people: an e-mail address, an account id, an address of the network."""

from typing import Any

from connectors.shared.graph.values import text
from schemas.observation import Actor

_NOBODY = {"system", "unknown", "anonymous", "automation", "n/a", "-"}


def person(*, email: Any = None, account: Any = None, ip: Any = None) -> Actor | None:
    """An Actor of what is text; an account that is an address counts as one. None where nobody is named."""
    mail, name = text(email), text(account)
    if mail is None and name is not None and "@" in name:
        mail, name = name, None
    if mail is not None and "@" not in mail:
        mail, name = None, name or mail
    if name is not None and name.lower() in _NOBODY:
        name = None
    address = text(ip)
    if mail is None and name is None and address is None:
        return None
    return Actor(id=name, email=mail.lower() if mail else None, ip=address)
