"""Anthropic's Admin API: tokens by workspace, person and model, what they cost, and Claude Code by person and day.

Read 2026-11-21: https://platform.claude.com/docs/en/build-with-claude/usage-cost-api and
…/docs/en/build-with-claude/claude-code-analytics-api, with their example answers. Results of the usage report as in
elastic/integrations:packages/anthropic_metrics/data_stream/usage/_dev/test/pipeline/test-sample.log-expected.json. A
record is one bucket with its results, or one person's day in Claude Code. Numbers of the newest days still change: two
days are asked for again at every run; what was counted once keeps its id and is not counted anew.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from connectors.base import Connector, Fetch, Ignored, Page, Rejected, Trouble
from connectors.shared.ai_product import facts, refusals
from connectors.shared.auditlog import moment, person
from connectors.shared.graph.values import items, text, under
from connectors.shared.walks import Api, Listed, Places, Window, rfc3339, several, windows
from schemas.observation import App, Kind, Observation, Solution
from schemas.secretref import SecretRef

API = App(name="Anthropic API", publisher="Anthropic")
CLAUDE_CODE = App(name="Claude Code", publisher="Anthropic")
PERMISSION = "an admin role behind the admin key (sk-ant-admin…)"
GRANTED_IN = "platform.claude.com > Settings > Admin keys, made by an administrator of the organisation"
_USAGE_BY = ("account_id", "workspace_id", "api_key_id", "model")
_COST_BY = ("workspace_id", "description")
_LIMIT = "31"
_SLICE, _DAY = timedelta(days=31), timedelta(days=1)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is a reference (env: or file:) to an admin key, `reports` are those asked for; `base_url`: another API."""

    key: str
    reports: tuple[str, ...] = ("messages", "claude_code", "cost")
    base_url: str | None = None

    def __post_init__(self) -> None:
        SecretRef(self.key)


async def fetch(ctx: Fetch) -> AsyncIterator[Page]:
    """The reports, each by days. Raises Trouble."""
    api = Api(
        ctx, ctx.config.base_url or "https://api.anthropic.com",
        headers={"x-api-key": ctx.secret(ctx.config.key), "anthropic-version": "2023-06-01"},
        refusals=refusals(key="admin key", permission=PERMISSION, granted_in=GRANTED_IN, absent=Trouble(
            "not_licensed", "individual accounts have no Admin API; the key must belong to an organisation"
        )),
    )  # fmt: skip
    places, streams = Places(ctx), {}
    for report in ctx.config.reports:
        ask = _Days(api) if report == "claude_code" else _Buckets(api, report)
        length = _DAY if report == "claude_code" else _SLICE
        streams[report] = windows(ctx, report, places, ask, length, whole_days=True)
    async for page in several(ctx, streams):
        yield page


class _Buckets:
    """The usage or the cost report by day."""

    def __init__(self, api: Api, report: str) -> None:
        self._api = api
        cost = report == "cost"
        self._path = "/v1/organizations/cost_report" if cost else f"/v1/organizations/usage_report/{report}"
        self._group_by = _COST_BY if cost else _USAGE_BY

    async def __call__(self, window: Window, token: str | None, /) -> Listed:
        asked = [("starting_at", rfc3339(window.begin)), ("ending_at", rfc3339(window.end))]
        asked += [("bucket_width", "1d"), ("limit", _LIMIT), *(("group_by[]", field) for field in self._group_by)]
        return await _listed(self._api, self._path, asked, token)


class _Days:
    """Claude Code: each person's sums of one day."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def __call__(self, window: Window, token: str | None, /) -> Listed:
        asked = [("starting_at", f"{window.begin:%Y-%m-%d}"), ("limit", "1000")]
        return await _listed(self._api, "/v1/organizations/usage_report/claude_code", asked, token)


async def _listed(api: Api, path: str, asked: list[tuple[str, str]], token: str | None) -> Listed:
    query = urlencode([*asked, *([("page", token)] if token else [])])
    body = (await api.get(f"{path}?{query}")).body
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        raise Trouble("failing", f"{path} answered something else than a report")
    return Listed(tuple(body["data"]), text(body.get("next_page")) if body.get("has_more") is True else None)


def parse(record: Any, _config: Config | None) -> Iterator[Observation] | Ignored:
    """One bucket, or one person's day in Claude Code. Raises Rejected for what is neither."""
    if not isinstance(record, dict):
        raise Rejected("not a JSON object")
    if "core_metrics" in record:
        return iter((_coded(record),))
    if "starting_at" not in record or "results" not in record:
        raise Rejected("neither a bucket of a report nor a day of Claude Code")
    at = moment(record["starting_at"], "starting_at")
    results = list(items(record["results"]))
    return (_told(at, result) for result in results) if results else Ignored("bucket without use")


def _told(at: datetime, result: Mapping[str, Any]) -> Observation:
    cost = "amount" in result
    tool = under(result, "server_tool_use")
    cached = under(result, "cache_creation")
    return Observation(
        source="anthropic_usage",
        kind=Kind.SPEND if cost else Kind.AUDIT,
        at=at,
        id=_key(at, result),
        actor=person(account=result.get("account_id")),
        app=API,
        action="cost" if cost else "usage",
        solution=_workspace(at, result, ran=not cost),
        attributes=facts(
            model=result.get("model"), cost_type=result.get("cost_type"), line_item=result.get("description"),
            amount=result.get("amount"), currency=result.get("currency"), service_tier=result.get("service_tier"),
            inference_geo=result.get("inference_geo"), input_tokens=result.get("uncached_input_tokens"),
            output_tokens=result.get("output_tokens"), cache_read_tokens=result.get("cache_read_input_tokens"),
            cache_1h_tokens=cached.get("ephemeral_1h_input_tokens"), web_searches=tool.get("web_search_requests"),
        ),
    )  # fmt: skip


def _key(at: datetime, result: Mapping[str, Any]) -> str:
    """What a result is by: its day and what it is grouped by."""
    fields = (
        "workspace_id", "account_id", "service_account_id", "api_key_id", "model", "description", "cost_type",
        "token_type", "service_tier", "context_window", "inference_geo",
    )  # fmt: skip
    said = (text(result.get(field)) or "" for field in fields)
    return f"anthropic_usage:{'cost' if 'amount' in result else 'messages'}:{at:%Y-%m-%dT%H:%M}:{':'.join(said)}"


def _workspace(at: datetime, result: Mapping[str, Any], *, ran: bool) -> Solution | None:
    """A Console workspace stands for what is built in it; the default one has no id and says nothing."""
    key, model = text(result.get("workspace_id")), text(result.get("model"))
    if key is None:
        return None
    return Solution(
        id=f"claude_workspace:{key}",
        type="claude_workspace",
        touches=(model,) if model else (),
        last_run_at=at if ran else None,
    )


def _coded(record: Mapping[str, Any]) -> Observation:
    at, about, core = moment(record.get("date"), "date"), under(record, "actor"), under(record, "core_metrics")
    terminal = text(record.get("terminal_type"))
    who = person(email=about.get("email_address"))
    named = text(about.get("email_address")) or text(about.get("api_key_name")) or ""
    models = sorted({name for each in items(record.get("model_breakdown")) if (name := text(each.get("model")))})
    return Observation(
        source="anthropic_usage",
        kind=Kind.AUDIT,
        at=at,
        id=f"anthropic_usage:claude_code:{at:%Y-%m-%d}:{named}:{terminal or ''}:{record.get('customer_type') or ''}",
        actor=who,
        app=CLAUDE_CODE,
        action="usage",
        tenant=text(record.get("organization_id")),
        attributes=facts(
            terminal=terminal, customer_type=record.get("customer_type"), sessions=core.get("num_sessions"),
            lines_added=under(core, "lines_of_code").get("added"), commits=core.get("commits_by_claude_code"),
            models=", ".join(models),
        ),
    )  # fmt: skip


def recognise(record: Any) -> float:
    """How much a JSON object looks like a bucket of a report or a day of Claude Code."""
    if not isinstance(record, dict):
        return 0.0
    if "core_metrics" in record and "actor" in record:
        return 0.97
    return 0.95 if "starting_at" in record and isinstance(record.get("results"), list) else 0.0


CONNECTOR = Connector(
    name="anthropic_usage",
    title="Anthropic usage, cost and Claude Code",
    kinds=(Kind.AUDIT, Kind.SPEND),
    how=("pull", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    config=Config,
    fetch=fetch,
    docs="https://platform.claude.com/docs/en/build-with-claude/usage-cost-api",
    permissions=(PERMISSION,),
    granted_in=GRANTED_IN,
    plan="an organisation in the Claude Console",
    cursor="per report: day, and page within a window",
    lateness=timedelta(days=1),
    lookback=timedelta(days=2),
    every=timedelta(hours=1),
    rate=1.0,
    evidence="vendor example",
    samples=("anthropic_usage/reports.json",),
    secrets=("key",),
)
