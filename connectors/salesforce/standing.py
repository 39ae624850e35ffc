"""What stands: agents and bots somebody built, and applications that hold a person's OAuth token.

Objects: BotDefinition and GenAiPlannerDefinition (`Id`, `DeveloperName`, `MasterLabel`, `CreatedDate`,
`CreatedBy.Username`), OauthToken (`AppName`, `User.Username`, `LastUsedDate`, `UseCount`). A token tells its last use
only; what it may do is not said.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.base import Ignored
from connectors.salesforce.eventlog import AGENTFORCE
from connectors.shared.auditlog import maybe, moment, person
from connectors.shared.graph.values import text, under
from schemas.observation import Actor, App, Kind, Object, Observation, Solution


def agent(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """An agent or bot, once a day."""
    key, kind = text(record.get("Id")), text(under(record, "attributes").get("type"))
    if key is None:
        return Ignored("agent without an id")
    name = text(record.get("MasterLabel")) or text(record.get("DeveloperName"))
    owner, made = _person(under(record, "CreatedBy"), None), maybe(record.get("CreatedDate"))
    last = _person(under(record, "LastModifiedBy"), None)
    solution = Solution(
        id=f"salesforce_agent:{key}", type="salesforce_agent", name=name, owner=owner, created_at=made,
        makers=(last,) if last and last != owner else (),
    )  # fmt: skip
    at = _day(record, "CreatedDate")
    seen = Observation(
        source="salesforce", kind=Kind.BUILD, at=at, id=f"salesforce:{key}/{at.date()}", actor=owner, app=AGENTFORCE,
        action="present", object=Object(type="agent", id=key, name=name), solution=solution,
        attributes={"object": kind or "agent"},
    )  # fmt: skip
    return iter((seen,))


def token(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """An application that holds a token of a person, once a day; and the last time it was used, told once."""
    name = text(record.get("AppName"))
    if name is None:
        return Ignored("OAuth token without an application")
    who = _person(under(record, "User"), record.get("UserId"))
    at, last = _day(record, "CreatedDate"), maybe(record.get("LastUsedDate"))
    key = text(record.get("Id"))
    held = Observation(
        source="salesforce", kind=Kind.GRANT, at=at, id=f"salesforce:{key}/{at.date()}" if key else "", actor=who,
        app=App(name=name), action="hold",
    )  # fmt: skip
    if last is None:
        return iter((held,))
    used = Observation(
        source="salesforce", kind=Kind.AUDIT, at=last, id=f"salesforce:{key}/used/{last.isoformat()}" if key else "",
        actor=who, app=App(name=name), action="used",
    )  # fmt: skip
    return iter((held, used))


def _person(user: Mapping[str, Any], account: Any) -> Actor | None:
    return person(email=text(user.get("Username")), account=text(account))


def _day(record: Mapping[str, Any], field: str) -> datetime:
    """The day it was listed, else when it was made."""
    at = maybe(record.get("taken_at")) or moment(record.get(field), field)
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


READERS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Observation] | Ignored]] = {
    "BotDefinition": agent,
    "GenAiPlannerDefinition": agent,
    "OauthToken": token,
}
