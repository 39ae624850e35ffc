"""Dust: the audit log of a workspace, as its stream or export gives it; agents, skills and triggers are solutions.

Read 2026-11-21: https://docs.dust.tt/docs/audit-logs-events-reference (events), and for fields dust-tt/dust:
front/lib/api/audit/workos_audit.ts and front/admin/audit_log_schemas/*.json, the vendor's own code that sends them.
Conversations are counted, their content is not in the log.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors.base import Connector, Ignored
from connectors.shared.ai_product import facts, owner
from connectors.shared.graph.values import text, under
from connectors.shared.workos import Event, event, recognised
from schemas.observation import App, Kind, Object, Observation, Solution

SOURCE = "dust"
DUST = App(name="Dust", publisher="Dust")
_BUILT = ("agent.", "skill.", "trigger.", "dust_app")
_RAN = ("agent.executed", "tool.executed", "trigger.fired", "trigger.email_received")
_USED = (
    "conversation.", "file.", "mcp_server.", "mcp_connection.", "oauth.authorized", "integration.connected",
    "datasource.created", "datasource.reauthorized", "credentials.created", "api_key.created", "frame.",
)  # fmt: skip
_GONE = ("archived", "deleted")


def parse(record: Any, _config: object = None) -> Iterator[Observation] | Ignored:
    """One event. Raises Rejected for what is none."""
    told = event(record)
    if told.action == "user.login":
        return iter((_observation(told, Kind.SIGNIN, "signin", None),))
    if told.action in _RAN:
        return iter((_observation(told, Kind.AUDIT, told.action, _solution(told)),))
    if told.action.startswith(_BUILT):
        made = _solution(told)
        return iter((_observation(told, Kind.BUILD if made else Kind.AUDIT, told.action, made),))
    if told.action.startswith(_USED):
        return iter((_observation(told, Kind.AUDIT, told.action, None),))
    return Ignored(told.action)


def _observation(told: Event, kind: Kind, action: str, made: Solution | None) -> Observation:
    about = told.metadata
    thing = told.target("agent", "skill", "trigger", "mcp_server", "mcp_connection", "data_source", "file", "frame")
    plain = thing if thing and thing.type not in ("file", "frame") else None
    return Observation(
        source=SOURCE,
        kind=kind,
        at=told.at,
        id=f"{SOURCE}:{told.key}" if told.key else "",
        actor=told.actor,
        app=DUST,
        action=action,
        object=Object(type=plain.type, id=plain.id, name=plain.name) if plain else None,
        solution=made,
        user_agent=told.user_agent,
        attributes=facts(
            origin=about.get("origin"), trigger=about.get("trigger_type"), tool=about.get("toolName"),
            server=about.get("server_name"), server_type=about.get("server_type"), provider=about.get("provider"),
            model=about.get("model"),
        ),
    )  # fmt: skip


def _solution(told: Event) -> Solution | None:
    """The agent, skill or trigger; of a trigger that fired the agent it runs is not named, so the trigger itself."""
    thing = told.target("agent", "skill", "trigger")
    if thing is None or thing.id is None:
        return None
    about, verb = told.metadata, told.action.rpartition(".")[2]
    created, ran = verb == "created", told.action in _RAN
    model, used = text(about.get("model")), text(about.get("server_name")) or text(about.get("toolName"))
    return Solution(
        id=f"dust_{thing.type}:{thing.id}",
        type=f"dust_{thing.type}",
        name=thing.name or (text(about.get("agentName")) if thing.type == "agent" else None),
        connectors=(used,) if used and told.action == "tool.executed" else (),
        sharing=text(about.get("new_scope")) or text(about.get("scope")),
        deleted=verb in _GONE,
        owner=owner(told.actor) if created else None,
        touches=(model,) if model else (),
        created_at=told.at if created else None,
        last_run_at=told.at if ran else None,
    )


def action_of(record: Any) -> str | None:
    """The action."""
    return text(record.get("action")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event of Dust: its first target is a workspace, and it says who acts."""
    if not recognised(record):
        return 0.0
    targets = record["targets"] if isinstance(record["targets"], list) else []
    first = targets[0] if targets and isinstance(targets[0], dict) else {}
    at_home = first.get("type") == "workspace"
    return 0.95 if at_home and "actor_type" in under(record, "metadata") else 0.7 if at_home else 0.0


CONNECTOR = Connector(
    name=SOURCE,
    title="Dust audit log",
    kinds=(Kind.AUDIT, Kind.BUILD, Kind.SIGNIN),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    docs="https://docs.dust.tt/docs/audit-logs-events-reference",
    permissions=("admin of the workspace",),
    granted_in="Dust > Admin > Audit logs > Configure export",
    plan="Enterprise",
    cursor="none: what is sent is read once",
    lateness=timedelta(minutes=5),
    evidence="vendor example",
    samples=("dust/events.ndjson",),
    action_of=action_of,
)
