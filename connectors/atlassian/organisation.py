"""One event of the organisation's log.

`attributes`: `action`, `actionCategory`, `time`, `actor` (`id`, `name`, `email`, `app`), `context` and `container`
(lists or one object: what it was done to, and where), `location.ip`. `message.content` is a sentence with names in it
and is never read.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.base import Ignored
from connectors.shared.auditlog import moment, names_ai, of_ai, person
from connectors.shared.graph.values import items, text, under
from schemas.observation import Actor, App, Kind, Object, Observation, Solution

ROVO = App(name="Atlassian Rovo", publisher="Atlassian")
_AGENTS = ("rovo_agent_", "agent_studio_", "studio_agent_")
_BUILT = ("created", "updated", "deleted", "published", "shared", "deactivated", "activated")
_APPLICATIONS = {"app", "apps", "addon", "plugin", "oauth", "connect", "forge", "marketplace"}
_GRANTED = {"installed", "enabled", "authorized", "authorised", "granted", "approved", "connected"}
_REVOKED = {"uninstalled", "disabled", "revoked", "removed", "blocked", "disconnected"}


def event(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """Rovo used or an agent built, an application let in or put out; all else by its action."""
    told = under(record, "attributes")
    action = text(told.get("action"))
    if action is None:
        return Ignored("event without an action")
    if action.startswith(_AGENTS) and action.endswith(_BUILT):
        return iter((_agent(record, told, action),))
    if of_ai(action, told.get("actionCategory")):
        return iter((_observation(record, told, Kind.AUDIT, action, ROVO, solution=_solution(told, action)),))
    words = set(action.lower().split("_"))
    if words & _APPLICATIONS and words & (_GRANTED | _REVOKED):
        return _application(record, told, action, "revoke" if words & _REVOKED else "grant")
    acting = text(under(under(told, "actor"), "app").get("name")) or ""
    if names_ai(acting):
        return iter((_observation(record, told, Kind.AUDIT, action, App(name=acting), {"by": "agent"}),))
    return Ignored(action[:60])


def _agent(record: Mapping[str, Any], told: Mapping[str, Any], action: str) -> Observation:
    return _observation(record, told, Kind.BUILD, action, ROVO, solution=_solution(told, action))


def _solution(told: Mapping[str, Any], action: str) -> Solution | None:
    """A Rovo agent: the part of the context whose type says that it is one."""
    for part in _parts(told.get("context")):
        key = text(part.get("id"))
        if key and "agent" in (text(part.get("type")) or "").lower():
            return Solution(
                id=f"rovo_agent:{key}",
                type="rovo_agent",
                name=text(under(part, "attributes").get("name")),
                environment=_site(told),
                sharing="shared" if action.endswith("shared") else None,
                deleted=action.endswith("_deleted"),
                owner=_actor(told) if action.endswith("_created") else None,
            )
    return None


def _application(
    record: Mapping[str, Any], told: Mapping[str, Any], action: str, done: str
) -> Iterator[Observation] | Ignored:
    """An application, by the part of the context whose type says that it is one."""
    for part in _parts(told.get("context")):
        kind = (text(part.get("type")) or "").lower()
        name = text(under(part, "attributes").get("name"))
        if any(word in kind for word in ("app", "client", "addon")) and name:
            app = App(name=name, client_id=text(part.get("id")))
            return iter((_observation(record, told, Kind.GRANT, done, app, {"event_type": action}),))
    return Ignored("application that is not named")


def _observation(
    record: Mapping[str, Any], told: Mapping[str, Any], kind: Kind, action: str, app: App,
    attributes: Mapping[str, str] | None = None, *, solution: Solution | None = None,
) -> Observation:  # fmt: skip
    vendor_id = text(record.get("id"))
    key = solution.id.partition(":")[2] if solution else None
    return Observation(
        source="atlassian",
        kind=kind,
        at=moment(told.get("time"), "time"),
        id=f"atlassian:{vendor_id}" if vendor_id else "",
        actor=_actor(told),
        app=app,
        action=action,
        object=Object(type="agent", id=key, name=solution.name) if solution else None,
        solution=solution,
        tenant=_site(told),
        attributes=dict(attributes or {}),
    )


def _actor(told: Mapping[str, Any]) -> Actor | None:
    actor = under(told, "actor")
    return person(email=actor.get("email"), account=actor.get("id"), ip=under(told, "location").get("ip"))


def _site(told: Mapping[str, Any]) -> str | None:
    """The site it happened on, by its host."""
    for part in _parts(told.get("container")):
        if host := text(under(part, "attributes").get("siteHostName")):
            return host
    return None


def _parts(value: Any) -> Iterator[Mapping[str, Any]]:
    """Seen as a list and as one object."""
    yield from items([value] if isinstance(value, dict) else value)
