"""What was built with Claude: projects, skills, plugins, MCP servers, shared artifacts, agents, as solutions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from connectors.shared.ai_product import owner
from connectors.shared.graph.values import items, text
from schemas.observation import Actor, Object, Solution


class _Thing(NamedTuple):
    """How a family of activities names its thing: the type of solution, the field of its id and of its name."""

    type: str
    ids: tuple[str, ...]
    name: str | None = None


_FAMILIES = {
    "claude_project_": _Thing("claude_project", ("claude_project_id",)),
    "claude_skill_": _Thing("claude_skill", ("skill_id",), "skill_name"),
    "claude_plugin_": _Thing("claude_plugin", ("plugin_id",), "plugin_name"),
    "mcp_server_": _Thing("claude_mcp_server", ("mcp_server_id",), "mcp_server_name"),
    "claude_artifact_": _Thing("claude_artifact", ("claude_published_artifact_id", "claude_artifact_id")),
    "claude_agent_": _Thing("claude_agent", ("claude_agent_id", "agent_id"), "agent_name"),
}
"""Fields as in the records met; those of `claude_agent_` are unverified."""
_GONE = ("_deleted", "_archived", "_removed")
_USED_IN = ("claude_chat_created", "claude_file_uploaded")


def solution(record: Mapping[str, Any], event: str, who: Actor | None, at: datetime) -> Solution | None:
    """The thing an activity tells of, or the project a chat or file belongs to; None where it names none."""
    thing = next((known for prefix, known in _FAMILIES.items() if event.startswith(prefix)), None)
    if thing is None:
        project = text(record.get("claude_project_id")) if event in _USED_IN else None
        return Solution(id=f"claude_project:{project}", type="claude_project", last_run_at=at) if project else None
    key = next((found for field in thing.ids if (found := text(record.get(field)))), None)
    if key is None:
        return None
    created = event.endswith("_created")
    return Solution(
        id=f"{thing.type}:{key}",
        type=thing.type,
        name=text(record.get(thing.name)) if thing.name else None,
        sharing=_audience(record),
        deleted=event.endswith(_GONE) and not any(part in event for part in ("_file_", "_document_")),
        owner=owner(who) if created else None,
        created_at=at if created else None,
    )


def _audience(record: Mapping[str, Any]) -> str | None:
    """Who may see it: `public`, `organization`, …"""
    told = sorted({name for each in items(record.get("audience")) if (name := text(each.get("type")))})
    return ", ".join(told) or None


def connector(record: Mapping[str, Any], event: str, made: Solution | None) -> Object | None:
    """What the activity was done to: the solution, a connector to another system, an extension of the desktop app."""
    if made is not None:
        kind = "agent" if made.type == "claude_agent" else "plugin" if made.type == "claude_plugin" else "solution"
        return Object(type=kind, id=made.id.partition(":")[2], name=made.name)
    if "integration" in event:
        name = text(record.get("integration_type")) or event.removeprefix("claude_").partition("_integration")[0]
        known = name if not name.startswith("integration") else None
        return Object(type="connector", id=text(record.get("integration_id")), name=known)
    extension = text(record.get("extension_id"))
    return Object(type="extension", id=extension) if extension else None
