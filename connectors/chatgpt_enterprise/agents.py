"""CUSTOM_AGENTS_LOG: agents a person built in the workspace, with their connectors, and their runs."""

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.base import Ignored
from connectors.chatgpt_enterprise.records import at, observation, who
from connectors.shared.ai_product import owner
from connectors.shared.graph.values import items, text, under
from schemas.observation import Kind, Object, Observation, Solution

_BUILT = ("AGENT_CREATED", "AGENT_UPDATED", "AGENT_PUBLISHED", "AGENT_UNPUBLISHED", "AGENT_DELETED", "AGENT_SHARED")
_RUN = "AGENT_RUN_CREATED"
_CALLED = "CONNECTOR_CALL_REQUESTED"
_STEPS = (
    "AGENT_RUN_", "MEMORY_", "SKILL_USED", "CONNECTOR_CALL_", "CONNECTOR_OAUTH_", "TOOL_CALL_", "FILE_",
)  # fmt: skip


def told(record: Mapping[str, Any]) -> Iterator[Observation] | Ignored:
    """A change of an agent or its trigger as something built, a run or a connector's call as use."""
    action = text(record.get("event_type")) or "unknown"
    details = under(record, "event_details")
    if action in {_RUN, _CALLED}:
        return iter((_used(record, details, "run" if action == _RUN else "app_call"),))
    if action.startswith(_STEPS):
        return Ignored(f"step of an agent: {action}")
    return iter((_built(record, details, action),))


def _built(record: Mapping[str, Any], details: Mapping[str, Any], action: str) -> Observation:
    made = solution(record, details, action)
    kind = Kind.BUILD if made else Kind.AUDIT
    return observation(
        record, kind, action, thing=_agent(made), solution=made,
        model=under(under(details, "agent_fields"), "model_spec").get("name"), trigger=details.get("trigger_type"),
    )  # fmt: skip


def _used(record: Mapping[str, Any], details: Mapping[str, Any], action: str) -> Observation:
    made = solution(record, details, action)
    name, key = text(details.get("connector_name")), text(details.get("connector_id"))
    thing = Object(type="connector", id=key, name=name) if name or key else _agent(made)
    return observation(
        record, Kind.AUDIT, action, thing=thing, solution=made, invoker=under(details, "invoker").get("type")
    )


def solution(record: Mapping[str, Any], details: Mapping[str, Any], action: str) -> Solution | None:
    """The agent as far as the record says; a store listing counts as shared with the workspace."""
    key = text(details.get("agent_id")) or text(under(record, "actor").get("product_id"))
    if key is None:
        return None
    fields = under(details, "agent_fields")
    created = action == "AGENT_CREATED"
    return Solution(
        id=f"chatgpt_agent:{key}",
        type="chatgpt_agent",
        name=text(fields.get("name")) or _acting(record),
        connectors=_connectors(details, fields),
        sharing=_sharing(fields),
        deleted=action == "AGENT_DELETED",
        owner=owner(who(record)) if created else None,
        created_at=at(record) if created else None,
        last_run_at=at(record) if action in {"run", "app_call"} else None,
    )


def _acting(record: Mapping[str, Any]) -> str | None:
    actor = under(record, "actor")
    return text(actor.get("name")) if actor.get("type") == "AGENT" else None


def _connectors(details: Mapping[str, Any], fields: Mapping[str, Any]) -> tuple[str, ...]:
    listed = (text(each.get("connector_id")) for each in items(under(fields, "tools").get("connectors")))
    trigger = text(under(details, "trigger_fields").get("connector_id"))
    one = text(details.get("connector_name")) or text(details.get("connector_id")) or trigger
    return tuple(dict.fromkeys(name for name in (*listed, one) if name))


def _sharing(fields: Mapping[str, Any]) -> str | None:
    capability = text(fields.get("workspace_capability"))
    if fields.get("store_visible") is True:
        return f"workspace store, {capability}" if capability else "workspace store"
    return capability


def _agent(made: Solution | None) -> Object | None:
    return Object(type="agent", id=made.id.partition(":")[2], name=made.name) if made else None
