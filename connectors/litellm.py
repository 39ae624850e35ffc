"""LiteLLM proxy: its spend logs, which say whose key called which model of which provider; keys are solutions.

Read 2026-11-21: https://docs.litellm.ai/docs/proxy/cost_tracking and …/logging_spec (fields with examples); request and
rows as in the vendor's package litellm 1.109.1 (proxy/_types.py `SpendLogsPayload`, spend_management_endpoints.py
`/spend/logs/v2`; types/utils.py `StandardLoggingPayload` for what its callbacks send). Messages are for
`texts`; responses, request bodies and tags are never read. Rows are asked for
oldest first, so that those written late move to pages still to come.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.ai_product import facts, provider, refusals, spoken
from connectors.shared.auditlog import maybe, moment, person
from connectors.shared.graph.values import text, under
from connectors.shared.walks import Api, Listed, Places, Window, forward
from schemas.observation import Actor, App, Kind, Observation, Solution
from schemas.secretref import SecretRef

SOURCE = "litellm"
PERMISSION = "the role proxy_admin_viewer of its user (or be the master key)"
GRANTED_IN = "LiteLLM's admin UI > Internal Users (role Admin Viewer) > Virtual Keys"
_PAGE = 1000
_UNKNOWN = App(name="generative AI of an unnamed provider")
_NOBODY = "default_user_id"
_HEALTH = "litellm-internal-health-check"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`base_url` is the proxy's own address; `key` a reference (env: or file:) to an administrator's key."""

    base_url: str
    key: str

    def __post_init__(self) -> None:
        SecretRef(self.key)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """The spend logs from what is known on. Raises Trouble."""
    config: Config = ctx.config
    api = Api(
        ctx, config.base_url, headers={"Authorization": f"Bearer {ctx.secret(config.key)}"},
        refusals=refusals(
            key="key", permission=PERMISSION, granted_in=GRANTED_IN,
            absent=Trouble("not_enabled", "no /spend/logs/v2 there; it takes LiteLLM 1.80 or newer with a database"),
        ),
    )  # fmt: skip

    async def ask(window: Window, token: str | None) -> Listed:
        number = int(token or 1)
        wanted = {
            "start_date": _clock(window.begin), "end_date": _clock(window.end + timedelta(seconds=1)),
            "page": str(number), "page_size": str(_PAGE), "sort_by": "startTime", "sort_order": "asc",
        }  # fmt: skip
        body = (await api.get("/spend/logs/v2", wanted)).body
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise Trouble("failing", "/spend/logs/v2 answered something else than spend logs")
        pages = body.get("total_pages")
        more = isinstance(pages, int) and number < pages and body["data"]
        return Listed(tuple(body["data"]), str(number + 1) if more else None)

    async for page in forward(ctx, "logs", Places(ctx), ask, _started):
        yield page


def _clock(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _started(record: Any) -> datetime | None:
    return maybe(record.get("startTime")) if isinstance(record, dict) else None


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """One row of the spend logs, or what a callback sent. Raises Rejected for what is neither."""
    if not isinstance(record, dict) or "startTime" not in record or "call_type" not in record:
        raise Rejected("no startTime or call_type: not a spend log")
    if record.get("status") == "failure":
        return Ignored("call that failed")
    about = under(record, "metadata")
    if _HEALTH in (text(record.get("user")), text(about.get("user_api_key_alias"))):
        return Ignored("health check of the proxy")
    return iter((_observation(record, about, moment(record["startTime"], "startTime")),))


def _observation(record: Mapping[str, Any], about: Mapping[str, Any], at: datetime) -> Observation:
    key = text(record.get("request_id")) or text(record.get("id"))
    app, model = _app(record), text(record.get("model_group")) or text(record.get("model"))
    tool = text(record.get("mcp_namespaced_tool_name"))
    spent = record.get("spend") if "spend" in record else record.get("response_cost")
    return Observation(
        source=SOURCE,
        kind=Kind.AUDIT,
        at=at,
        id=f"{SOURCE}:{key}" if key else "",
        actor=_actor(record, about),
        app=app,
        action="model_call",
        solution=_key(record, about, app, model, tool, at),
        user_agent=text(about.get("user_agent")) or text(record.get("user_agent")),
        attributes=facts(
            operation=record.get("call_type"), model=record.get("model"), provider=record.get("custom_llm_provider"),
            tool=tool, input_tokens=record.get("prompt_tokens"), output_tokens=record.get("completion_tokens"),
            amount=spent or None, currency="USD" if spent else None, key=about.get("user_api_key_alias"),
            project=about.get("user_api_key_project_alias"), cached=str(record.get("cache_hit")).lower() == "true",
        ),
    )  # fmt: skip


def _app(record: Mapping[str, Any]) -> App:
    """The provider, which older rows write only before the model: `anthropic/claude-opus-5`."""
    model = text(record.get("model")) or ""
    said = text(record.get("custom_llm_provider")) or (model.partition("/")[0] if "/" in model else None)
    return provider(said) or _UNKNOWN


def _holder(about: Mapping[str, Any]) -> Actor | None:
    """Whose key it is; the administrator a key without a user belongs to is nobody."""
    account = text(about.get("user_api_key_user_id"))
    return person(email=about.get("user_api_key_user_email"), account=None if account == _NOBODY else account)


def _actor(record: Mapping[str, Any], about: Mapping[str, Any]) -> Actor | None:
    """Who holds the key; the user an application names for itself only where the key is nobody's."""
    address = text(record.get("requester_ip_address")) or text(about.get("requester_ip_address"))
    holder, user = _holder(about), text(record.get("user"))
    if holder is not None:
        return msgspec.structs.replace(holder, ip=address)
    return person(account=text(record.get("end_user")) if user in (None, _NOBODY) else user, ip=address)


def _key(
    record: Mapping[str, Any], about: Mapping[str, Any], app: App, model: str | None, tool: str | None, at: datetime
) -> Solution | None:
    """The virtual key: what a team or an application was given to call models with. Its hash is no secret."""
    key = text(record.get("api_key")) or text(about.get("user_api_key_hash"))
    if key is None or key.startswith("sk-"):
        return None
    return Solution(
        id=f"litellm_key:{key}",
        type="litellm_key",
        name=text(about.get("user_api_key_alias")),
        environment=text(about.get("user_api_key_team_alias")),
        connectors=tuple(name for name in (app.name if app is not _UNKNOWN else None, tool) if name),
        owner=_holder(about),
        touches=(model,) if model and tool is None else (),
        last_run_at=at,
    )


def action_of(record: Any) -> str | None:
    """The kind of call (`acompletion`, `aembedding`)."""
    return text(record.get("call_type")) if isinstance(record, dict) else None


def texts(record: Any, _config: object) -> Iterator[str]:
    """What was asked, where the proxy stores prompts in its spend logs."""
    return spoken(record.get("messages")) if isinstance(record, dict) else iter(())


def recognise(record: Any) -> float:
    """How much a JSON object looks like a spend log."""
    if not isinstance(record, dict) or "call_type" not in record or "startTime" not in record:
        return 0.0
    return 0.95 if "spend" in record or "response_cost" in record else 0.4


CONNECTOR = Connector(
    name=SOURCE,
    title="LiteLLM proxy",
    kinds=(Kind.AUDIT,),
    how=("pull", "push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://docs.litellm.ai/docs/proxy/cost_tracking",
    permissions=(PERMISSION,),
    granted_in=GRANTED_IN,
    plan="any, with a database",
    cursor="oldest first with gap: window, page number, newest time",
    lateness=timedelta(minutes=2),
    lookback=timedelta(minutes=15),
    every=timedelta(minutes=5),
    evidence="vendor example",
    samples=("litellm/spend.json",),
    secrets=("key",),
    action_of=action_of,
    texts=texts,
)
