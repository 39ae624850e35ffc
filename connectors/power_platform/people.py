"""People and systems as Power Platform names them: object ids of Entra, or objects with an address; connectors' ids.

Connector ids stand bare (`sharepointonline`), with a prefix (`shared_sharepointonline`) or at the end of a path
(`/providers/Microsoft.PowerApps/apis/shared_sharepointonline`).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from connectors.shared.graph import text
from schemas.observation import Actor

_SYSTEM = "00000000-0000-0000-0000-"
"""How ids of Power Platform's own accounts begin: they own what comes with the product."""


def person(value: Any) -> Actor | None:
    """Who is named: by an object id, or as an object with id and address; None for the platform's own accounts."""
    named = value if isinstance(value, dict) else {"id": value}
    key = text(named.get("id")) or text(named.get("objectId"))
    if key is not None and key.lower().startswith(_SYSTEM):
        return None
    mail = text(named.get("email")) or text(named.get("userPrincipalName")) or ""
    made = Actor(email=mail.lower() if "@" in mail else None, idp_id=key.lower() if key else None)
    return made if made != Actor() else None


def people(*values: Any) -> tuple[Actor, ...]:
    """Those named, each once."""
    return tuple(dict.fromkeys(found for value in values if (found := person(value))))


def connector(value: Any) -> str | None:
    """A connector's bare id."""
    named = text(value)
    return named.rpartition("/")[2].lower().removeprefix("shared_") or None if named else None


def connectors(values: Iterable[Any]) -> tuple[str, ...]:
    """Connectors' bare ids, each once, in order."""
    return tuple(dict.fromkeys(_named(values)))


def _named(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if found := connector(value):
            yield found


def shared(users: Any, groups: Any, *, everyone: bool = False) -> str | None:
    """Who else may use it, in the vendor's counts; None where it says nothing or nobody."""
    if everyone:
        return "everyone"
    counts = {"people": _count(users), "groups": _count(groups)}
    told = [f"{whom}: {number}" for whom, number in counts.items() if number]
    return ", ".join(told) or None


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
