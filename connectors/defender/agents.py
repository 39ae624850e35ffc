"""Agents and OAuth applications as the hunting tables AIAgentsInfo, AgentsInfo and OAuthAppInfo describe them. Pure.

Columns: https://learn.microsoft.com/defender-xdr/advanced-hunting-aiagentsinfo-table and …-oauthappinfo-table; the
newer AgentsInfo (of Agent 365) as public queries use it (Owners, DeclaredTools, McpServers, LifecycleStatus). What the
dynamic columns hold is not documented: of a tool its connection's reference, operation or display name is read.
Instructions, descriptions, topics and the raw definition of an agent are never asked for and never read.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.base import Ignored, Rejected
from connectors.defender.row import Row, listed, standing
from connectors.shared.graph import maybe_moment, text, under
from schemas.observation import Actor, App, Kind, Object, Observation, Solution

_TYPES = (
    ("copilotstudio", "copilot_studio_agent", "Copilot Studio"),
    ("foundry", "azure_ai_foundry_agent", "Azure AI Foundry"),
    ("sharepoint", "copilot_agent", "Microsoft 365 Copilot"),
    ("365", "copilot_agent", "Microsoft 365 Copilot"),
    ("bedrock", "bedrock_agent", "Amazon Bedrock"),
    ("vertex", "vertex_agent", "Vertex AI"),
)
"""Part of a platform's name, the solution's type as other sources have it, and the product."""
_GONE = {"deleted", "removed"}


def agent(row: Row) -> Iterator[Observation] | Ignored:
    """An agent, who made it and owns it, what it can reach and who may use it."""
    said = row.said
    key = said("AIAgentId") or said("AgentId")
    if key is None:
        raise Rejected("an agent without an id")
    kind, app = _platform(said("Platform") or ("Copilot Studio" if said("AIAgentId") else ""))
    owners = tuple(_people(row, "OwnerAccountUpns", "Owners"))
    makers = tuple(_people(row, "CreatorAccountUpn", "CreatedBy", "LastModifiedByUpn", "LastPublishedByUpn"))
    made = Solution(
        id=f"{kind}:{key.lower()}",
        type=kind,
        name=said("AIAgentName") or said("AgentName"),
        environment=said("EnvironmentId"),
        connectors=tuple(dict.fromkeys(_tools(row))),
        sharing=said("AccessControlPolicy") or said("Availability"),
        deleted=(said("AgentStatus") or said("LifecycleStatus") or "").lower() in _GONE,
        owner=next(iter(owners), None),
        makers=tuple(dict.fromkeys((*makers, *owners))),
        touches=tuple(dict.fromkeys(_named(row, "KnowledgeDetails"))),
        created_at=maybe_moment(row.columns.get("AgentCreationTime") or row.columns.get("CreatedTime")),
    )
    return standing(
        row, Kind.BUILD, "present", key, app=app, actor=next(iter((*makers, *owners)), None), solution=made,
        thing=Object(type="agent", id=key, name=made.name),
        told={
            "status": said("AgentStatus") or said("LifecycleStatus"), "platform": said("Platform"),
            "authentication": said("UserAuthenticationType") or said("ToolsAuthenticationType"),
            "model": said("Model"), "mcp": "true" if listed(row.columns.get("McpServers")) else None,
        },
    )  # fmt: skip


def _platform(named: str) -> tuple[str, App]:
    dense = named.lower().replace(" ", "").replace("_", "")
    for part, kind, product in _TYPES:
        if part in dense:
            return kind, App(name=product)
    return "microsoft_agent", App(name=named or "Microsoft 365 Copilot")


def _people(row: Row, *columns: str) -> Iterator[Actor]:
    """People in these columns: an address, a list of addresses or of objects with one."""
    for column in columns:
        value = row.columns.get(column)
        for one in listed(value) or [value]:
            told = one if isinstance(one, str) else None
            if isinstance(one, Mapping):
                told = text(one.get("Upn")) or text(one.get("userPrincipalName")) or text(one.get("email"))
            if told and "@" in told:
                yield from (Actor(email=part.strip().lower()) for part in told.replace(";", ",").split(",") if part)


def _tools(row: Row) -> Iterator[str]:
    """What an agent can call: the connector behind a tool, else its operation or name; MCP servers by name."""
    for tool in listed(row.columns.get("AgentToolsDetails")) + listed(row.columns.get("DeclaredTools")):
        if isinstance(tool, str):
            yield tool
        elif isinstance(tool, Mapping):
            action = under(tool, "action")
            reference = text(action.get("connectionReference")) or text(action.get("connectorId"))
            yield from _one(
                reference.rpartition(".")[2] if reference else None, text(tool.get("modelDisplayName")),
                text(tool.get("name")), text(action.get("operationId")),
            )  # fmt: skip
    yield from (f"mcp:{name}" for name in _named(row, "McpServers"))


def _named(row: Row, column: str) -> Iterator[str]:
    for one in listed(row.columns.get(column)):
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            site = one.get("siteUrl") or one.get("site") or one.get("url") or under(one, "source").get("site")
            yield from _one(text(site), text(one.get("displayName")), text(one.get("name")))


def _one(*found: str | None) -> Iterator[str]:
    yield from (name for name in [next((one for one in found if one), None)] if name)


def application(row: Row) -> Iterator[Observation] | Ignored:
    """An OAuth application with what it may do, as it stands: no one person's, but how many consented is told."""
    said = row.said
    key = said("OAuthAppId")
    if key is None:
        raise Rejected("an OAuth application without an id")
    publisher = _decoded(row.columns.get("VerifiedPublisher"))
    held = [one for one in listed(row.columns.get("Permissions")) if isinstance(one, Mapping)]
    scopes = (text(one.get("PermissionValue")) for one in held)
    app = App(
        name=said("AppName"), client_id=key,
        publisher=text(under({"p": publisher}, "p").get("displayName")) or said("AppOwnerName"),
    )  # fmt: skip
    return standing(
        row, Kind.GRANT, "hold", key, app=app, scopes=tuple(dict.fromkeys(scope for scope in scopes if scope)),
        told={
            "status": said("AppStatus"), "privilege": said("PrivilegeLevel"), "origin": said("AppOrigin"),
            "admin_consent": _yes(said("IsAdminConsented")), "consented": said("ConsentedUsersCount"),
            "last_used": said("LastUsedTime"), "service_principal": said("ServicePrincipalId"),
        },
    )  # fmt: skip


def _yes(told: str | None) -> str | None:
    return {"1": "true", "0": "false"}.get(told or "", told)


def _decoded(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) and value.startswith("{") else value
    except (ValueError, RecursionError):
        return None
