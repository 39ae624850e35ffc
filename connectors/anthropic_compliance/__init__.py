"""Anthropic's Compliance API: the activity feed of Claude Enterprise and of the Claude Console.

Read 2026-11-21: https://platform.claude.com/docs/en/manage-claude/compliance-api (keys, paging, its example answer) and
…/docs/en/api/compliance/activities/list (over 570 types, their own fields flat beside `type`). Records of others it was
run over: panther-labs/panther-analysis:rules/anthropic_rules; fields of more types out of elastic/integrations:
packages/anthropic/data_stream/audit/_dev/test/pipeline/test-anthropic-audit-generated.log. The feed is newest first;
the older page is `after_id=last_id`. `wording` says what a type tells, `made` what was built.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.anthropic_compliance.made import connector, solution
from connectors.anthropic_compliance.wording import Sort, sort_of
from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.ai_product import facts, refusals
from connectors.shared.auditlog import maybe, moment, person
from connectors.shared.graph.values import text, under
from connectors.shared.walks import Api, Listed, Places, Window, newest_first
from schemas.observation import Actor, App, Kind, Observation
from schemas.secretref import SecretRef

CLAUDE = App(name="Claude Enterprise", publisher="Anthropic")
CONSOLE = App(name="Anthropic Console", publisher="Anthropic")
PERMISSION = "read:compliance_activities"
GRANTED_IN = (
    "claude.ai > Organization settings > Data and privacy > Compliance access keys, or for the Console alone "
    "platform.claude.com > Settings > Admin keys"
)
_LIMIT = "100"
_OF_CONSOLE = ("api_key_", "admin_api_key_", "service_key_", "workspace_", "platform_")
_KINDS = {Sort.BUILT: Kind.BUILD, Sort.GRANTED: Kind.GRANT, Sort.REVOKED: Kind.GRANT, Sort.SIGNED_IN: Kind.SIGNIN}
_WORDS = {Sort.GRANTED: "grant", Sort.REVOKED: "revoke", Sort.SIGNED_IN: "signin"}


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is a reference (env: or file:) to a compliance or admin key; `base_url` overrides the API's address."""

    key: str
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.key)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """The feed from its newest activity down to what is known. Raises Trouble."""
    api = Api(
        ctx, ctx.config.base_url or "https://api.anthropic.com",
        headers={"x-api-key": ctx.secret(ctx.config.key), "anthropic-version": "2023-06-01"},
        refusals=refusals(key="key", permission=PERMISSION, granted_in=GRANTED_IN, absent=Trouble(
            "not_enabled", "the Compliance API is not switched on for this organisation; see Organization settings"
        )),
    )  # fmt: skip

    async def ask(window: Window, token: str | None) -> Listed:
        begin = window.begin.isoformat(timespec="seconds").replace("+00:00", "Z")
        params = {"limit": _LIMIT, "created_at.gte": begin, **({"after_id": token} if token else {})}
        body = (await api.get("/v1/compliance/activities", params)).body
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise Trouble("failing", "the activity feed answered something else than a list")
        more = body.get("has_more") is True and bool(body["data"])
        return Listed(tuple(body["data"]), text(body.get("last_id")) if more else None)

    async for page in newest_first(ctx, "activities", Places(ctx), ask, _at):
        yield page


def _at(record: Any) -> datetime | None:
    return maybe(record.get("created_at")) if isinstance(record, dict) else None


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """One activity. Raises Rejected for what is none."""
    if not isinstance(record, dict) or not isinstance(record.get("type"), str) or "created_at" not in record:
        raise Rejected("no type or created_at: not an activity")
    event = record["type"]
    sort = sort_of(event)
    if sort is Sort.IGNORED:
        return Ignored(event)
    return iter((_observation(record, event, sort),))


def _observation(record: Mapping[str, Any], event: str, sort: Sort) -> Observation:
    about, at = under(record, "actor"), moment(record.get("created_at"), "created_at")
    who = _actor(about)
    made = solution(record, event, who, at)
    given = text(record.get("id"))
    return Observation(
        source="anthropic_compliance",
        kind=_KINDS.get(sort, Kind.AUDIT) if made or sort is not Sort.BUILT else Kind.AUDIT,
        at=at,
        id=f"anthropic_compliance:{given}:{event}" if given else "",
        actor=who,
        app=CONSOLE if event.startswith(_OF_CONSOLE) else CLAUDE,
        action=_WORDS.get(sort, event),
        object=connector(record, event, made),
        solution=made,
        user_agent=text(about.get("user_agent")),
        tenant=text(record.get("organization_id")),
        attributes=facts(event_type=event, actor_type=about.get("type"), decision=record.get("decision")),
    )


def _actor(about: Mapping[str, Any]) -> Actor | None:
    """The person; keys, Anthropic itself and directory sync are nobody."""
    email = about.get("email_address") or about.get("unauthenticated_email_address")
    return person(email=email, account=about.get("user_id"), ip=about.get("ip_address"))


def action_of(record: Any) -> str | None:
    """The activity's type."""
    return text(record.get("type")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an activity: an actor of a known sort, an organisation, a flat type."""
    if not isinstance(record, dict) or not isinstance(record.get("type"), str) or "created_at" not in record:
        return 0.0
    actor = str(under(record, "actor").get("type"))
    return 0.97 if actor.endswith("_actor") and "organization_id" in record else 0.0


CONNECTOR = Connector(
    name="anthropic_compliance",
    title="Anthropic compliance activity feed",
    kinds=(Kind.AUDIT, Kind.BUILD, Kind.GRANT, Kind.SIGNIN),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://platform.claude.com/docs/en/manage-claude/compliance-api",
    permissions=(f"{PERMISSION} of a compliance access key, or an admin key of the Console",),
    granted_in=GRANTED_IN,
    plan="Claude Enterprise, or the Claude Console for its own activities",
    cursor="newest activity with gap: window, next id, newest time",
    lateness=timedelta(minutes=1),
    lookback=timedelta(minutes=5),
    max_back=timedelta(days=6 * 365),
    every=timedelta(minutes=5),
    rate=1.0,
    evidence="real sample",
    samples=("anthropic_compliance/activities.ndjson",),
    secrets=("key",),
    action_of=action_of,
)
