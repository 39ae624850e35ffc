"""What an entry of the audit log says, or one scenario.

A scenario: `id`, `name`, `teamId`, `usedPackages` (the applications of its modules), `isActive`, `islinked`,
`createdByUser` and `updatedByUser` (`id`, `name`, `email`), `lastEdit`, `created`. Descriptions, blueprints and what an
entry's `details` hold are never read.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.base import Ignored, Rejected
from connectors.shared.auditlog import maybe, moment, names_ai, person
from connectors.shared.graph.values import text, under
from schemas.observation import Actor, App, Kind, Object, Observation, Solution

MAKE = App(name="Make", publisher="Make")
_THINGS = {
    "scenario": "make_scenario", "agent": "make_agent", "ai": "make_agent", "mcp": "mcp_server",
    "template": "make_template", "tool": "make_scenario",
}  # fmt: skip
_CONNECTIONS = ("connection", "key")
_GRANTED, _REVOKED = ("created", "updated", "authorized", "reauthorized"), ("deleted", "removed")


def parse(record: Any, _config: Any) -> Iterator[Observation] | Ignored:
    """An entry or a scenario. Raises Rejected for what is neither."""
    if not isinstance(record, dict):
        raise Rejected("no JSON object")
    event = text(record.get("eventName"))
    if event is None:
        if isinstance(record.get("usedPackages"), list):
            return iter((_scenario(record),))
        raise Rejected("neither an entry of Make's audit log nor a scenario")
    thing, _, done = event.lower().partition("_")
    if thing in _CONNECTIONS and done in (*_GRANTED, *_REVOKED):
        return iter((_connection(record, event, thing, done),))
    if thing in _THINGS:
        return iter((_built(record, event, _THINGS[thing]),))
    if names_ai(event):
        return iter((_observation(record, Kind.AUDIT, event),))
    return Ignored(event[:60])


def _connection(record: Mapping[str, Any], event: str, thing: str, done: str) -> Observation:
    """A connection to another system, or a key for one."""
    key = _key(record.get("targetId"))
    return _observation(
        record, Kind.GRANT, "revoke" if done in _REVOKED else "grant",
        thing=Object(type=thing, id=key), attributes={"event_type": event},
    )  # fmt: skip


def _built(record: Mapping[str, Any], event: str, kind: str) -> Observation:
    key, who = _key(record.get("targetId")), _actor(under(record, "actor"))
    solution = Solution(
        id=f"{kind}:{'make/' if kind == 'mcp_server' else ''}{key}",
        type=kind,
        environment=_key(under(record, "team").get("id")),
        deleted=event.lower().endswith(_REVOKED),
        owner=who if event.lower().endswith("_created") else None,
    )
    thing = Object(type=kind, id=key)
    return _observation(record, Kind.BUILD, event, thing=thing, solution=solution if key else None)


def _observation(
    record: Mapping[str, Any], kind: Kind, action: str, *,
    thing: Object | None = None, solution: Solution | None = None, attributes: Mapping[str, str] | None = None,
) -> Observation:  # fmt: skip
    vendor_id = text(record.get("uuid"))
    at = maybe(record.get("triggeredAt")) or moment(record.get("createdAt"), "triggeredAt")
    return Observation(
        source="make", kind=kind, at=at, id=f"make:{vendor_id}" if vendor_id else "", app=MAKE, action=action,
        actor=_actor(under(record, "actor")), object=thing, solution=solution,
        tenant=_key(record.get("organizationId")), attributes=dict(attributes or {}),
    )  # fmt: skip


def _scenario(record: Mapping[str, Any]) -> Observation:
    """A scenario that stands, once a day: who made it, who changed it last, what it uses."""
    key, name, taken = _key(record.get("id")), text(record.get("name")), maybe(record.get("taken_at"))
    at = taken or moment(record.get("lastEdit") or record.get("created"), "lastEdit")
    owner, last = _actor(under(record, "createdByUser")), _actor(under(record, "updatedByUser"))
    used = record.get("usedPackages")
    solution = Solution(
        id=f"make_scenario:{key}",
        type="make_scenario",
        name=name,
        environment=_key(record.get("teamId")),
        connectors=tuple(dict.fromkeys(one for one in used if isinstance(one, str))) if isinstance(used, list) else (),
        owner=owner,
        makers=(last,) if last and last != owner else (),
        created_at=maybe(record.get("created")),
    )
    active = record.get("isActive", record.get("islinked"))
    return Observation(
        source="make", kind=Kind.BUILD, at=at, id=f"make:scenario/{key}/{at.date()}" if key else "", app=MAKE,
        action="present", actor=owner, object=Object(type="scenario", id=key, name=name),
        solution=solution if key else None, tenant=_key(record.get("organizationId")),
        attributes={"active": str(active).lower()} if isinstance(active, bool) else {},
    )  # fmt: skip


def _actor(user: Mapping[str, Any]) -> Actor | None:
    return person(email=user.get("email"), account=_key(user.get("id")))


def _key(value: Any) -> str | None:
    """An id as text; Make's are numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(value)


def written(record: Any) -> datetime | None:
    """The clock the log is in order of."""
    return maybe(record.get("triggeredAt")) if isinstance(record, dict) else None


def action_of(record: Any) -> str | None:
    """Make's own name of what happened."""
    return text(record.get("eventName")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an entry of the audit log, or a scenario."""
    if not isinstance(record, dict):
        return 0.0
    entry = ("eventName", "triggeredAt", "organizationId", "targetId", "uuid")
    scenario = ("usedPackages", "teamId", "lastEdit", "scheduling", "createdByUser")
    return round(0.19 * max(sum(key in record for key in keys) for keys in (entry, scenario)), 2)
