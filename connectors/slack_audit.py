"""Slack audit logs: apps installed with their scopes, AI features used, MCP servers and tools, agents, workflows.

API and actions: https://docs.slack.dev/reference/audit-logs-api/methods-actions-reference (read 2026-11-21), actions
also in slackapi/java-slack-sdk:json-logs/raw/audit/v1/actions.json. Newest first, `oldest` and `latest` in whole
seconds and inclusive, `response_metadata.next_cursor`. Records somebody else captured: panther-labs/panther-analysis
(rules/slack_rules), hashicorp-forge/grove (tests/fixtures/slack). Not verified: where `acting_agent` stands in a record
(`details` and the top are both read), and that `context.app` names the app that called a tool of Slack's MCP server.
File names, channel names, messages and search words are never read.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.auditlog import maybe, moment, names_ai, person
from connectors.shared.graph.values import text, under
from connectors.shared.walks import Api, Listed, Places, Window, newest_first
from schemas.observation import Actor, App, Kind, Object, Observation, Solution
from schemas.secretref import SecretRef

BASE = "https://api.slack.com"
LIMIT = 1000
_GRANTED = {
    "app_installed", "org_app_installed", "app_scopes_expanded", "app_resources_added", "app_resources_granted",
    "org_app_workspace_added", "org_app_upgraded_to_org_install", "bot_token_upgraded",
}  # fmt: skip
_REVOKED = {
    "app_uninstalled", "org_app_uninstalled", "org_app_workspace_removed", "app_deleted", "app_restricted",
    "app_removed_from_whitelist",
}  # fmt: skip
_DECIDED = {"app_approved", "app_requested", "app_deployed", "app_manifest_created", "app_manifest_updated"}
_WORKFLOWS = {
    "workflow_created", "workflow_deleted", "workflow_published", "workflow_unpublished", "workflow_v2_published",
}  # fmt: skip
_OTHERS = {"entity", "actor", "date_create"}
_AGENTS = ("agentforce_agent_", "app_agentforce_")
_SERVERS = ("app_mcp_server_", "salesforce_mcp_server_")
_SLACK_AI = App(name="Slack AI", publisher="Slack")
_AGENTFORCE = App(name="Agentforce", publisher="Salesforce")
_WORKFLOW_BUILDER = App(name="Slack Workflow Builder", publisher="Slack")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is a reference (env: or file:) to a user token (`xoxp-…`) of an owner of the Enterprise organisation.

    `base_url` overrides Slack's address.
    """

    token: str
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.token)


_REFUSALS = {
    401: Trouble("failing", "the token is not accepted; install the app on the organisation again"),
    403: Trouble("no_permission", "the token lacks auditlogs:read, or its user is no owner of the organisation"),
    404: Trouble("not_licensed", "there are no audit logs: they come with Slack's Enterprise plans only"),
}
_SAID = {
    "not_allowed_token_type": _REFUSALS[403], "missing_scope": _REFUSALS[403], "access_denied": _REFUSALS[403],
    "feature_not_enabled": _REFUSALS[404], "team_not_authorized": _REFUSALS[404], "invalid_auth": _REFUSALS[401],
    "token_revoked": _REFUSALS[401], "token_expired": _REFUSALS[401], "not_authed": _REFUSALS[401],
}  # fmt: skip


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """Pages from the newest event down to what is known; a walk that was killed goes on where it stood."""
    headers = {"Authorization": f"Bearer {ctx.secret(ctx.config.token)}"}
    api = Api(ctx, ctx.config.base_url or BASE, headers=headers, refusals=_REFUSALS, gone=(400,))

    async def ask(window: Window, token: str | None) -> Listed:
        params = {"oldest": str(int(window.begin.timestamp())), "limit": str(LIMIT)}
        if ctx.until is not None:
            params["latest"] = str(int(window.end.timestamp()))
        answer = await api.get("/audit/v1/logs", params | ({"cursor": token} if token else {}), resumed=bool(token))
        body = answer.body if isinstance(answer.body, dict) else {}
        if not isinstance(body.get("entries"), list):
            raise _SAID.get(str(body.get("error")), Trouble("failing", "the audit log answered without entries"))
        return Listed(tuple(body["entries"]), text(under(body, "response_metadata").get("next_cursor")))

    async for page in newest_first(ctx, "logs", Places(ctx), ask, _written):
        yield page


def _written(record: Any) -> datetime | None:
    return maybe(record.get("date_create")) if isinstance(record, dict) else None


def parse(record: Any, _config: Config) -> Iterator[Observation] | Ignored:
    """One audit event. Raises Rejected for what is none."""
    if not isinstance(record, dict) or not isinstance(record.get("action"), str) or not (_OTHERS & record.keys()):
        raise Rejected("no action of an actor or entity: not an event of Slack's audit log")
    action: str = record["action"]
    found = _by_name(record, action) or _by_words(record, action)
    return iter((found,)) if found else Ignored(action[:60])


def _by_name(record: Mapping[str, Any], action: str) -> Observation | None:
    """What the actions say that are known by name."""
    if tell := _TOLD.get(action):
        return tell(record, action)
    if action.startswith(_AGENTS):
        return _agent(record, action)
    return _server(record, action) if action.startswith(_SERVERS) else None


def _by_words(record: Mapping[str, Any], action: str) -> Observation | None:
    """What else speaks of AI by its name, or was done by Slackbot for somebody."""
    if names_ai(action):
        return _observation(record, Kind.AUDIT, action, app=_calling(record) or _SLACK_AI)
    if _by_agent(record):
        return _observation(record, Kind.AUDIT, action, app=_SLACK_AI, attributes={"by": "agent"})
    return None


def _decided(record: Mapping[str, Any], action: str) -> Observation:
    return _observation(record, Kind.AUDIT, action, app=_app(record))


def _grant(record: Mapping[str, Any], action: str) -> Observation:
    """An app that got or lost access: the scopes that are new where the record says which, else those it has."""
    entity = under(under(record, "entity"), "app")
    details = under(record, "details")
    told = next((found for found in (
        _texts(details.get("new_scopes")), _texts(entity.get("scopes")), _texts(details.get("bot_scopes")),
    ) if found), ())  # fmt: skip
    before = set(_texts(details.get("previous_scopes")))
    internal = details.get("is_internal_integration")
    return _observation(
        record,
        Kind.GRANT,
        "revoke" if action in _REVOKED else "grant",
        app=_app(record),
        scopes=tuple(scope for scope in told if scope not in before) or told,
        attributes={
            "event_type": action,
            **({"internal_integration": str(internal).lower()} if isinstance(internal, bool) else {}),
            **({"in_directory": "true"} if entity.get("is_directory_approved") is True else {}),
        },
    )  # fmt: skip


def _workflow(record: Mapping[str, Any], action: str) -> Observation:
    workflow = under(under(record, "entity"), "workflow")
    key = text(workflow.get("id"))
    solution = Solution(
        id=f"slack_workflow:{key}", type="slack_workflow", name=text(workflow.get("name")),
        environment=_location(record), deleted=action == "workflow_deleted",
        sharing={"workflow_published": "published", "workflow_v2_published": "published"}.get(action),
    )  # fmt: skip
    return _observation(record, Kind.BUILD, action, app=_WORKFLOW_BUILDER, solution=solution if key else None)


def _agent(record: Mapping[str, Any], action: str) -> Observation:
    """An Agentforce agent in Slack; it is an app there (unverified: the entity of these events)."""
    app = _app(record)
    solution = Solution(
        id=f"agentforce_agent:{app.client_id}", type="agentforce_agent", name=app.name, environment=_location(record),
        deleted=action == "agentforce_agent_slack_deleted",
    ) if app and app.client_id else None  # fmt: skip
    return _observation(record, Kind.BUILD if solution else Kind.AUDIT, action, app=_AGENTFORCE, solution=solution)


def _server(record: Mapping[str, Any], action: str) -> Observation:
    """An MCP server that an app brings: built by nobody here, reached from Slack."""
    app = _app(record)
    solution = Solution(
        id=f"mcp_server:slack/{app.client_id}", type="mcp_server", name=app.name, environment=_location(record),
        connectors=("Slack",), deleted=action.endswith("_removed"),
    ) if app and app.client_id else None  # fmt: skip
    return _observation(record, Kind.BUILD if solution else Kind.AUDIT, action, app=_SLACK_AI, solution=solution)


def _observation(
    record: Mapping[str, Any], kind: Kind, action: str, *,
    app: App | None, solution: Solution | None = None, scopes: tuple[str, ...] = (),
    attributes: Mapping[str, str] | None = None,
) -> Observation:  # fmt: skip
    vendor_id, key = text(record.get("id")), solution.id.partition(":")[2] if solution else None
    return Observation(
        source="slack_audit",
        kind=kind,
        at=moment(record.get("date_create"), "date_create"),
        id=f"slack_audit:{vendor_id}" if vendor_id else "",
        actor=_actor(record),
        app=app,
        action=action,
        object=Object(type=solution.type, id=key, name=solution.name) if solution else None,
        solution=solution,
        scopes=scopes,
        user_agent=text(under(record, "context").get("ua")),
        tenant=_location(record),
        attributes=dict(attributes or {}),
    )


def _actor(record: Mapping[str, Any]) -> Actor | None:
    user = under(under(record, "actor"), "user")
    return person(email=user.get("email"), account=user.get("id"), ip=under(record, "context").get("ip_address"))


def _location(record: Mapping[str, Any]) -> str | None:
    return text(under(under(record, "context"), "location").get("id"))


def _app(record: Mapping[str, Any]) -> App | None:
    """The app the event is about: by its name and its id (`A…`)."""
    return _named(under(under(record, "entity"), "app")) or _calling(record)


def _calling(record: Mapping[str, Any]) -> App | None:
    return _named(under(under(record, "context"), "app"))


def _named(app: Mapping[str, Any]) -> App | None:
    name, key = text(app.get("name")), text(app.get("id"))
    return App(name=name, client_id=key) if name or key else None


def _by_agent(record: Mapping[str, Any]) -> bool:
    """Whether Slackbot did it for somebody (docs: "Additional logging for Slackbot")."""
    return bool(text(record.get("acting_agent")) or text(under(record, "details").get("acting_agent")))


_TOLD: Mapping[str, Callable[[Mapping[str, Any], str], Observation]] = {
    **dict.fromkeys(_GRANTED | _REVOKED, _grant),
    **dict.fromkeys(_DECIDED, _decided),
    **dict.fromkeys(_WORKFLOWS, _workflow),
}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in value if isinstance(one, str))) if isinstance(value, list) else ()


def action_of(record: Any) -> str | None:
    """Slack's own name of what happened."""
    return text(record.get("action")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an event of Slack's audit log."""
    if not isinstance(record, dict) or not isinstance(record.get("action"), str):
        return 0.0
    where = text(under(under(record, "context"), "location").get("type")) in {"workspace", "enterprise"}
    score = 0.2 * ("date_create" in record) + 0.2 * (under(record, "entity").get("type") is not None)
    return round(score + 0.3 * where + 0.25 * ("ua" in under(record, "context")), 2)


CONNECTOR = Connector(
    name="slack_audit",
    title="Slack audit logs",
    kinds=(Kind.GRANT, Kind.AUDIT, Kind.BUILD),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    action_of=action_of,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://docs.slack.dev/reference/audit-logs-api/methods-actions-reference",
    permissions=("auditlogs:read, as a user token of an owner of the organisation",),
    granted_in=(
        "api.slack.com/apps > the app > OAuth & Permissions > User Token Scopes; then Manage Distribution, "
        "and install it on the organisation as its owner"
    ),
    plan="Enterprise plans only",
    cursor="newest event known, and the walk in the middle",
    lateness=timedelta(minutes=5),
    lookback=timedelta(minutes=10),
    max_back=timedelta(days=365),
    every=timedelta(minutes=5),
    rate=0.8,
    evidence="real sample",
    samples=("slack_audit/logs.json",),
    wrapped_in=("entries",),
    secrets=("token",),
)
