"""OpenAI API platform: the organisation's audit log, with projects, keys and service accounts that were made.

Read 2026-11-21: https://platform.openai.com/docs/api-reference/audit-logs; types and fields as in the vendor's package
openai 3.54.0 (openai/types/admin/organization/audit_log_list_response.py). Records of others it was run over:
elastic/integrations:packages/openai/data_stream/audit and panther-labs/panther-analysis:rules/openai_rules. The list is
newest first; the older page is `after=last_id`, as the reference says. Details stand under the type's name, with dots
(reference) or underscores (records met).
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.ai_product import facts, owner, refusals
from connectors.shared.auditlog import maybe, moment, person
from connectors.shared.graph.values import items, text, under
from connectors.shared.walks import Api, Listed, Places, Window, newest_first
from schemas.observation import Actor, App, Kind, Object, Observation, Solution
from schemas.secretref import SecretRef

PLATFORM = App(name="OpenAI Platform", publisher="OpenAI")
PERMISSION = "api.audit_logs.read of an admin key, sk-admin-… (the name of the scope is unverified)"
GRANTED_IN = "platform.openai.com > Settings > Organization > Admin keys, and Data controls > Audit logging switched on"
_LIMIT = "100"
_OBSERVED = (
    "project.", "api_key.", "service_account.", "checkpoint.permission.", "external_storage.", "resource.",
    "tenant.admin_api_key.", "tenant.project_api_key.", "tenant.service_account.", "tenant.third_party_app_policy.",
    "tenant.product_access_policy.", "tenant.resource_share_grant.",
)  # fmt: skip
_ADMINISTRATION = (
    "user.", "invite.", "role.", "group.", "login.", "logout.", "organization.", "rate_limit.", "certificate",
    "ip_allowlist.", "scim.", "external_key.", "tunnel.", "workload_identity_provider", "tenant.",
)  # fmt: skip
_GONE = ("archived", "deleted")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is a reference (env: or file:) to an admin key; `base_url` overrides the API's address."""

    key: str
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.key)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """The log from its newest event down to what is known. Raises Trouble."""
    api = Api(
        ctx, ctx.config.base_url or "https://api.openai.com",
        headers={"Authorization": f"Bearer {ctx.secret(ctx.config.key)}"},
        refusals=refusals(key="admin key", permission=PERMISSION, granted_in=GRANTED_IN, absent=Trouble(
            "not_enabled", "audit logging is not switched on for this organisation; see Settings > Data controls"
        )),
    )  # fmt: skip

    async def ask(window: Window, token: str | None) -> Listed:
        params = {"limit": _LIMIT, "effective_at[gte]": str(int(window.begin.timestamp()))}
        body = (await api.get("/v1/organization/audit_logs", {**params, **({"after": token} if token else {})})).body
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise Trouble("failing", "the audit log answered something else than a list")
        more = body.get("has_more") is True and bool(body["data"])
        return Listed(tuple(body["data"]), text(body.get("last_id")) if more else None)

    async for page in newest_first(ctx, "audit log", Places(ctx), ask, _at):
        yield page


def _at(record: Any) -> datetime | None:
    return maybe(record.get("effective_at")) if isinstance(record, dict) else None


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """One event. Raises Rejected for what is none."""
    if not isinstance(record, dict) or not isinstance(record.get("type"), str) or "effective_at" not in record:
        raise Rejected("no type or effective_at: not an event of the audit log")
    event = record["type"]
    if event == "login.succeeded":
        return iter((_observation(record, Kind.SIGNIN, "signin"),))
    if not event.startswith(_OBSERVED) and event.startswith(_ADMINISTRATION):
        return Ignored(event)
    made = _project(record, event)
    kind = Kind.BUILD if event.startswith("project.") and made else Kind.AUDIT
    return iter((_observation(record, kind, event, thing=_thing(record, event), solution=made),))


def _observation(
    record: Mapping[str, Any], kind: Kind, action: str, *,
    thing: Object | None = None, solution: Solution | None = None,
) -> Observation:  # fmt: skip
    details = _details(record, record["type"])
    scopes = under(details, "data").get("scopes") or under(details, "changes_requested").get("scopes")
    given = text(record.get("id"))
    return Observation(
        source="openai_audit",
        kind=kind,
        at=moment(record.get("effective_at"), "effective_at"),
        id=f"openai_audit:{given}" if given else "",
        actor=_actor(record),
        app=PLATFORM,
        action=action,
        object=thing,
        solution=solution,
        scopes=tuple(scope for scope in scopes if isinstance(scope, str)) if isinstance(scopes, list) else (),
        user_agent=text(under(under(record, "actor"), "session").get("user_agent")),
        attributes=facts(
            event_type=record["type"], actor_type=under(record, "actor").get("type"),
            project=under(record, "project").get("name"),
        ),
    )  # fmt: skip


def _details(record: Mapping[str, Any], event: str) -> Mapping[str, Any]:
    return under(record, event) or under(record, event.replace(".", "_"))


def _actor(record: Mapping[str, Any]) -> Actor | None:
    """The person of a session or of a person's key; a service account is nobody."""
    actor = under(record, "actor")
    session = under(actor, "session")
    user = under(session, "user") or under(under(actor, "api_key"), "user")
    return person(email=user.get("email"), account=user.get("id"), ip=session.get("ip_address"))


def _thing(record: Mapping[str, Any], event: str) -> Object:
    """What the event is about; the name of a key may be anything and is dropped with all but projects' names."""
    kind = event.rpartition(".")[0].replace("tenant.", "")
    details = _details(record, event)
    return Object(type=kind, id=text(details.get("id")), name=_title(details) if kind == "project" else None)


def _title(details: Mapping[str, Any]) -> str | None:
    told = under(details, "data") or under(details, "changes_requested")
    return text(told.get("title")) or text(told.get("name"))


def _project(record: Mapping[str, Any], event: str) -> Solution | None:
    """The project made or changed, or the one a key or service account belongs to."""
    details, about = _details(record, event), under(record, "project")
    own = event.startswith("project.")
    key = text(details.get("id")) if own else text(about.get("id"))
    if key is None:
        return None
    created = event == "project.created"
    return Solution(
        id=f"openai_project:{key}",
        type="openai_project",
        name=(_title(details) if own else None) or text(about.get("name")),
        deleted=own and event.endswith(_GONE),
        owner=owner(_actor(record)) if created else None,
        created_at=moment(record.get("effective_at"), "effective_at") if created else None,
    )


def action_of(record: Any) -> str | None:
    """The event type."""
    return text(record.get("type")) if isinstance(record, dict) else None


def recognise(record: Any) -> float:
    """How much a JSON object looks like an audit event."""
    if not isinstance(record, dict) or "effective_at" not in record or not isinstance(record.get("type"), str):
        return 0.0
    known = record.get("object") == "organization.audit_log" or str(record.get("id", "")).startswith("audit_log")
    return 0.98 if known else 0.6 if any(items([record.get("actor")])) else 0.3


CONNECTOR = Connector(
    name="openai_audit",
    title="OpenAI organisation audit log",
    kinds=(Kind.AUDIT, Kind.BUILD, Kind.SIGNIN),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://platform.openai.com/docs/api-reference/audit-logs",
    permissions=(PERMISSION,),
    granted_in=GRANTED_IN,
    plan="any organisation; audit logging must be switched on once",
    cursor="newest event with gap: window, next id, newest time",
    lateness=timedelta(minutes=10),
    lookback=timedelta(minutes=10),
    every=timedelta(minutes=5),
    rate=1.0,
    evidence="real sample",
    samples=("openai_audit/log.ndjson",),
    secrets=("key",),
    action_of=action_of,
)
