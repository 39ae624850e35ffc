"""Replit: the audit log of an organisation, as its stream gives it; projects are solutions.

Read 2026-11-21: https://docs.replit.com/teams/identity-and-access-management/audit-logs (kept and streamed by WorkOS;
people by address, organisations by short name) and https://workos.com/docs/audit-logs (an event's form). The vendor
gives its list of events on request only: what a project's event is called is told by its first word. What was written
to the Agent is behind another API, which is never asked.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors.base import Connector, Ignored
from connectors.shared.ai_product import facts, owner
from connectors.shared.graph.values import text
from connectors.shared.workos import Event, event, recognised
from schemas.observation import App, Kind, Object, Observation, Solution

SOURCE = "replit"
REPLIT = App(name="Replit", publisher="Replit")
_WORK = ("project", "repl", "app", "deployment", "agent", "automation", "connector", "integration")
_SIGNED_IN = ("user.signed_in", "user.login", "user.logged_in", "auth.login", "login")
_CREATED, _GONE = ("created", "imported", "forked", "remixed"), ("deleted", "archived")
_RAN = ("message_sent", "executed", "run")


def parse(record: Any, _config: object = None) -> Iterator[Observation] | Ignored:
    """One event. Raises Rejected for what is none."""
    told = event(record)
    if told.action in _SIGNED_IN:
        return iter((_observation(told, Kind.SIGNIN, "signin", None),))
    if told.action.partition(".")[0] not in _WORK:
        return Ignored(told.action)
    made = _solution(told)
    used = told.action.rpartition(".")[2] in _RAN
    return iter((_observation(told, Kind.BUILD if made and not used else Kind.AUDIT, told.action, made),))


def _observation(told: Event, kind: Kind, action: str, made: Solution | None) -> Observation:
    return Observation(
        source=SOURCE,
        kind=kind,
        at=told.at,
        id=f"{SOURCE}:{told.key}" if told.key else "",
        actor=told.actor,
        app=REPLIT,
        action=action,
        object=Object(type="project", id=made.id.partition(":")[2], name=made.name) if made else None,
        solution=made,
        user_agent=told.user_agent,
        attributes=facts(event_type=told.action),
    )


def _solution(told: Event) -> Solution | None:
    thing = told.target("project", "repl", "app")
    key = thing and (thing.id or thing.name)
    if thing is None or not key:
        return None
    home, (_, _, verb) = told.target("organization", "workspace", "team"), told.action.rpartition(".")
    made = told.action.partition(".")[0] == thing.type
    created = made and verb in _CREATED
    return Solution(
        id=f"replit_project:{key}",
        type="replit_project",
        name=thing.name,
        environment=home.name or home.id if home else None,
        deleted=made and verb in _GONE,
        owner=owner(told.actor) if created else None,
        created_at=told.at if created else None,
        last_run_at=told.at if verb in _RAN else None,
    )


def action_of(record: Any) -> str | None:
    """The action."""
    return text(record.get("action")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event: its form is that of all whose log WorkOS keeps."""
    return 0.55 if recognised(record) else 0.0


CONNECTOR = Connector(
    name=SOURCE,
    title="Replit audit log",
    kinds=(Kind.AUDIT, Kind.BUILD, Kind.SIGNIN),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    docs="https://docs.replit.com/teams/identity-and-access-management/audit-logs",
    permissions=("admin of the organisation",),
    granted_in="Replit > Settings > Advanced > Audit Logs > Set up SIEM integration",
    plan="Enterprise",
    cursor="none: what is sent is read once",
    lateness=timedelta(minutes=5),
    evidence="unverified",
    samples=("replit/events.ndjson",),
    action_of=action_of,
)
