"""A record of the compliance logs: who acted, when, and the observation made of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.shared.ai_product import facts
from connectors.shared.auditlog import moment, person
from connectors.shared.graph.values import text, under
from schemas.observation import Actor, App, Kind, Object, Observation, Solution

SOURCE = "chatgpt_enterprise"
CHATGPT = App(name="ChatGPT Enterprise", publisher="OpenAI")
CODEX = App(name="OpenAI Codex", publisher="OpenAI")


def observation(
    record: Mapping[str, Any], kind: Kind, action: str, *, app: App = CHATGPT, thing: Object | None = None,
    solution: Solution | None = None, **attributes: object,
) -> Observation:  # fmt: skip
    """What one log record says. Raises Rejected where its time is none."""
    about = under(record, "request_metadata")
    given = text(record.get("event_id"))
    return Observation(
        source=SOURCE,
        kind=kind,
        at=at(record),
        id=f"{SOURCE}:{given}" if given else "",
        actor=who(record),
        app=app,
        action=action,
        object=thing,
        solution=solution,
        user_agent=text(about.get("client_user_agent")),
        tenant=text(under(record, "principal").get("id")),
        attributes=facts(log=record.get("type"), client=record.get("client_id"), **attributes),
    )


def at(record: Mapping[str, Any]) -> datetime:
    """The event's time; some Codex records carry none of their own but their file's, and are rejected."""
    return moment(record.get("timestamp"), "timestamp")


def who(record: Mapping[str, Any]) -> Actor | None:
    """The person; of an agent that acts the one it acts for. A key is nobody."""
    actor = under(record, "actor")
    if actor.get("type") == "AGENT":
        actor = under(under(actor, "agent_runtime"), "delegator")
    return person(
        email=actor.get("user_email"),
        account=actor.get("user_id"),
        ip=under(record, "request_metadata").get("client_ip"),
    )


def succeeded(record: Mapping[str, Any]) -> bool:
    """Whether the action went through: `action_result` is SUCCESS, BLOCKED or FAILED, or not told."""
    return (text(record.get("action_result")) or "SUCCESS").upper() == "SUCCESS"
