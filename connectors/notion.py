"""Notion audit log, as it is pushed to a security product: AI used and set, integrations and connections let in.

Events: https://developers.notion.com/compliance/audit-log-events (read 2026-11-21): it names events in words ("AI
Meeting Notes consent confirmed", "Automation created"), not their `type`. There is no API to pull: an Enterprise
workspace pushes each event as `{"event": {…}}`. Records somebody else captured: panther-labs/panther-analysis
(rules/notion_rules). Not verified: the `type` of AI and integration events, so they are told by their words; where an
integration's name stands (`details` and what is under `integration`, `connection`, `bot`, `target` are looked at). Page
and teamspace names are never read.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.auditlog import moment, names_ai, person
from connectors.shared.graph.values import text, under
from schemas.observation import Actor, App, Kind, Object, Observation, Solution

_AI = App(name="Notion AI", publisher="Notion")
_LET_IN = {"integration", "integrations", "connection", "connections", "bot", "connector", "oauth", "app"}
_NAMED_UNDER = ("integration", "connection", "bot", "connector", "app", "target")
_GRANTED = {"added", "installed", "created", "connected", "authorized", "enabled", "approved", "granted"}
_REVOKED = {"removed", "uninstalled", "deleted", "disconnected", "revoked", "disabled"}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """No settings: events are pushed to `/v1/push/NAME`, or read from files."""


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """One event, in its envelope or out of it. Raises Rejected for what is none."""
    event = _opened(record)
    kind: str = event["type"]
    words = set(kind.replace(".", "_").split("_"))
    if "agent" in words or "agents" in words:
        return iter((_agent(event, kind),))
    if names_ai(kind):
        return iter((_observation(event, Kind.AUDIT, kind, _AI),))
    if words & _LET_IN and words & (_GRANTED | _REVOKED):
        app = _named(event)
        if app is None:
            return Ignored("integration that is not named")
        done = "revoke" if words & _REVOKED else "grant"
        return iter((_observation(event, Kind.GRANT, done, app, attributes={"event_type": kind}),))
    return Ignored(kind[:60])


def _opened(record: Any) -> Mapping[str, Any]:
    event = record.get("event") if isinstance(record, dict) else None
    found = event if isinstance(event, dict) else record
    if not isinstance(found, dict) or not isinstance(found.get("type"), str) or "workspace_id" not in found:
        raise Rejected("no event of a workspace: not of Notion's audit log")
    return found


def _agent(event: Mapping[str, Any], kind: str) -> Observation:
    """A custom agent somebody built; one used where the record does not say which."""
    thing = under(under(event, "details"), "agent") or under(under(event, "details"), "target")
    key = text(thing.get("id"))
    solution = Solution(
        id=f"notion_agent:{key}", type="notion_agent", name=text(thing.get("name")),
        environment=text(event.get("workspace_id")), deleted=kind.endswith("deleted"),
        owner=_actor(event) if kind.endswith("created") else None,
    ) if key else None  # fmt: skip
    return _observation(event, Kind.BUILD if solution else Kind.AUDIT, kind, _AI, solution=solution)


def _named(event: Mapping[str, Any]) -> App | None:
    details = under(event, "details")
    for where in _NAMED_UNDER:
        thing = under(details, where)
        if text(thing.get("object")) not in {"teamspace", "user"} and (name := text(thing.get("name"))):
            return App(name=name, client_id=text(thing.get("id")))
    name = text(details.get("integration_name")) or text(details.get("name"))
    return App(name=name) if name else None


def _observation(
    event: Mapping[str, Any], kind: Kind, action: str, app: App, *, solution: Solution | None = None,
    attributes: Mapping[str, str] | None = None,
) -> Observation:  # fmt: skip
    vendor_id, platform = text(event.get("id")), text(event.get("platform"))
    key = solution.id.partition(":")[2] if solution else None
    return Observation(
        source="notion",
        kind=kind,
        at=moment(event.get("timestamp"), "timestamp"),
        id=f"notion:{vendor_id}" if vendor_id else "",
        actor=_actor(event),
        app=app,
        action=action,
        object=Object(type="agent", id=key, name=solution.name) if solution else None,
        solution=solution,
        tenant=text(event.get("workspace_id")),
        attributes={**(attributes or {}), **({"platform": platform} if platform else {})},
    )


def _actor(event: Mapping[str, Any]) -> Actor | None:
    who = under(event, "actor")
    return person(email=under(who, "person").get("email"), account=who.get("id"), ip=event.get("ip_address"))


def action_of(record: Any) -> str | None:
    """Notion's own name of what happened."""
    event = under(record, "event") if isinstance(record, dict) else {}
    return text(event.get("type")) or (text(record.get("type")) if isinstance(record, dict) else None)


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event of Notion's audit log."""
    try:
        event = _opened(record)
    except Rejected:
        return 0.0
    others = ("timestamp", "actor", "platform", "ip_address", "details", "id")
    return round(min(0.97, 0.35 + 0.16 * sum(key in event for key in others)), 2)


CONNECTOR = Connector(
    name="notion",
    title="Notion audit log",
    kinds=(Kind.AUDIT, Kind.GRANT, Kind.BUILD),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    docs="https://developers.notion.com/compliance/audit-log-events",
    permissions=("workspace owner, to connect a security product",),
    granted_in=(
        "Notion > Settings > Connections > Workspace > the security product > Connect; its address is /v1/push/NAME"
    ),
    plan="Enterprise",
    cursor="none: events are pushed",
    lateness=timedelta(minutes=5),
    evidence="real sample",
    samples=("notion/events.ndjson",),
)
