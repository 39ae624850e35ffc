"""Audited events: projects, models, deployments and datasets made, changed, used or removed.

Names are phrases (`Project Created`); there are hundreds. Those of accounts, organisations, roles and sign-ins are
administration; the rest is observed. An export writes the same under its columns' titles.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.base import Ignored
from connectors.datarobot.naming import DATAROBOT, SOURCE
from connectors.shared.ai_product import facts, owner
from connectors.shared.auditlog import moment, person
from connectors.shared.graph.values import text, under
from schemas.observation import Actor, Kind, Object, Observation, Solution

_TITLES = {
    "event": "Event", "userId": "UID", "username": "Username", "projectId": "Project ID", "projectName": "Project Name",
    "deploymentId": "Deployment ID", "orgId": "Org ID", "modelId": "Model ID",
}  # fmt: skip
_TIMES = ("timestamp", "Timestamp—UTC", "Timestamp-UTC", "Timestamp")
_ADMINISTRATION = (
    "account", "organization", "group", "role", "permission", "password", "login", "logged", "oauth", "api key",
    "api token", "sso", "saml", "scim", "license", "access granted", "access revoked", "user ", "credential",
    "invitation",
)  # fmt: skip
_MADE = ("created", "added", "deployed", "cloned", "copied", "imported", "registered", "create")
_GONE = ("deleted", "removed", "archived")
_SOLUTIONS = {"deployment": "deploymentId", "project": "projectId"}


def is_event(record: Mapping[str, Any]) -> bool:
    """Whether a record has an event's name and time, as the API or an export writes them."""
    return name_of(record) is not None and any(name in record for name in _TIMES)


def name_of(record: Mapping[str, Any]) -> str | None:
    """The event's name."""
    return _field(record, "event")


def _field(record: Mapping[str, Any], name: str) -> str | None:
    """A field of the API's record, of its context, or of an export's row."""
    return (
        text(record.get(name)) or text(record.get(_TITLES.get(name, name))) or text(under(record, "context").get(name))
    )


def told(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """What one event says. Raises Rejected where its time is none."""
    event = name_of(record) or ""
    plain = f"{event.lower()} "
    if any(word in plain for word in _ADMINISTRATION):
        return Ignored(event)
    at = moment(next((record[name] for name in _TIMES if name in record), None), "timestamp")
    who = _actor(record)
    made = _solution(record, plain)
    built = made is not None and any(word in plain for word in (*_MADE, *_GONE, "updated", "replaced", "shared"))
    if made is not None and any(word in plain for word in _MADE) and _about(plain, made):
        made = Solution(
            id=made.id, type=made.type, name=made.name, environment=made.environment, owner=owner(who), created_at=at
        )
    given = text(record.get("id"))
    return iter((
        Observation(
            source=SOURCE, kind=Kind.BUILD if built else Kind.AUDIT, at=at, id=f"{SOURCE}:{given}" if given else "",
            actor=who, app=DATAROBOT, action=event, object=_thing(made), solution=made, tenant=_field(record, "orgId"),
            attributes=facts(event_type=event, model=_field(record, "modelId")),
        ),
    ))  # fmt: skip


def _actor(record: Mapping[str, Any]) -> Actor | None:
    return person(email=_field(record, "username"), account=_field(record, "userId"), ip=record.get("ip"))


def _solution(record: Mapping[str, Any], plain: str) -> Solution | None:
    """The deployment the event is about, else the project it happened in."""
    for kind, field in _SOLUTIONS.items():
        key = _field(record, field)
        if key is not None:
            gone = any(word in plain for word in _GONE) and plain.startswith((kind, "delete"))
            name = _field(record, "projectName") if kind == "project" else None
            return Solution(id=f"datarobot_{kind}:{key}", type=f"datarobot_{kind}", name=name, deleted=gone)
    return None


def _about(plain: str, made: Solution) -> bool:
    """Whether what was made is the solution itself, and not something within it."""
    return made.type.removeprefix("datarobot_") in plain


def _thing(made: Solution | None) -> Object | None:
    return Object(type="solution", id=made.id.partition(":")[2], name=made.name) if made else None
