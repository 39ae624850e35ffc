"""One event read: action, time, actor, targets and the small facts beside it; a name of a person is never read."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, NamedTuple

from connectors.base import Rejected
from connectors.shared.auditlog import moment, person
from connectors.shared.graph.values import items, text, under
from schemas.observation import Actor


class Target(NamedTuple):
    """What an action was done to. A user's name is left out: the type says when it is one."""

    type: str
    id: str | None
    name: str | None


class Event(NamedTuple):
    """`key` is WorkOS's id of the event, None where a stream leaves it out."""

    action: str
    at: datetime
    key: str | None
    actor: Actor | None
    targets: tuple[Target, ...]
    metadata: Mapping[str, Any]
    user_agent: str | None

    def target(self, *types: str) -> Target | None:
        """The first target of these types."""
        return next((one for one in self.targets if one.type in types), None)


def event(record: Any) -> Event:
    """An event of the log. Raises Rejected for what is none."""
    if not isinstance(record, dict) or not isinstance(record.get("action"), str):
        raise Rejected("no action: not an audit event of WorkOS")
    at = moment(_first(record, "occurred_at", "occurredAt"), "occurred_at")
    context, metadata = under(record, "context"), under(record, "metadata")
    return Event(
        action=record["action"],
        at=at,
        key=text(record.get("id")),
        actor=_actor(under(record, "actor"), metadata, context),
        targets=tuple(_targets(record)),
        metadata=metadata,
        user_agent=text(_first(context, "user_agent", "userAgent")),
    )


def _first(told: Mapping[str, Any], *names: str) -> Any:
    return next((told[name] for name in names if told.get(name) is not None), None)


def _actor(actor: Mapping[str, Any], metadata: Mapping[str, Any], context: Mapping[str, Any]) -> Actor | None:
    """The user who acted, else the one on whose behalf a key or the system did."""
    ip = _address(text(context.get("location")))
    if (text(actor.get("type")) or "").lower() in ("user", "member", "admin", ""):
        return person(email=under(actor, "metadata").get("email"), account=actor.get("id"), ip=ip)
    return person(email=metadata.get("initiating_user_email"), account=metadata.get("initiating_user_id"), ip=ip)


@lru_cache(maxsize=4096)
def _address(location: str | None) -> str | None:
    """A location is an address of the network, a town, or a word."""
    try:
        return str(ip_address(location or ""))
    except ValueError:
        return None


def _targets(record: Mapping[str, Any]) -> Iterator[Target]:
    for one in items(record.get("targets")):
        kind = text(one.get("type")) or ""
        yield Target(kind, text(one.get("id")), None if kind == "user" else text(one.get("name")))


def recognised(record: Any) -> bool:
    """Whether a JSON object has the form of an event."""
    if not isinstance(record, dict) or not {"action", "actor", "targets"} <= set(record):
        return False
    return "occurred_at" in record or "occurredAt" in record
