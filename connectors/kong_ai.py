"""Kong AI Gateway: the `ai` part of Kong's request logs, with routes that call models as solutions.

Read 2026-11-21: https://developer.konghq.com/ai-gateway/ai-audit-log-reference/ and
https://docs.konghq.com/gateway/3.8.x/ai-gateway/ai-analytics (the `ai` object with examples),
https://developer.konghq.com/plugins/file-log/ (the rest of a log). What was asked, where
payloads are logged, is for `texts`; answers, headers and addresses asked for are never read.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from connectors.base import Connector, Ignored, Rejected
from connectors.shared.ai_product import facts, provider, spoken
from connectors.shared.auditlog import moment, person
from connectors.shared.graph.values import text, under
from schemas.observation import Actor, App, Kind, Observation, Solution

SOURCE = "kong_ai"
_UNKNOWN = App(name="generative AI of an unnamed provider")
_REFUSED = 400


class _Call(NamedTuple):
    """One plugin's call of a model."""

    plugin: str
    meta: Mapping[str, Any]
    usage: Mapping[str, Any]


def parse(record: Any, _config: object = None) -> Iterator[Observation] | Ignored:
    """One request: an observation for each model its plugins called. Raises Rejected for what is no request's log."""
    if not isinstance(record, dict) or "started_at" not in record or not isinstance(record.get("request"), dict):
        raise Rejected("no started_at or request: not a log of Kong")
    at = moment(record["started_at"], "started_at")
    calls = list(_calls(under(record, "ai")))
    if not calls:
        return Ignored("request without a model")
    status = under(record, "response").get("status")
    if isinstance(status, int) and status >= _REFUSED:
        return Ignored("call that failed")
    return (_observation(record, at, call, number) for number, call in enumerate(calls))


def _calls(ai: Mapping[str, Any]) -> Iterator[_Call]:
    for plugin, told in ai.items():
        meta = under(ai, plugin).get("meta") if isinstance(told, dict) else None
        if isinstance(meta, dict) and (text(meta.get("provider_name")) or text(meta.get("request_model"))):
            yield _Call(plugin, meta, under(told, "usage"))


def _observation(record: Mapping[str, Any], at: datetime, call: _Call, number: int) -> Observation:
    request, meta, usage = under(record, "request"), call.meta, call.usage
    key = text(request.get("id"))
    model = text(meta.get("response_model")) or text(meta.get("request_model"))
    app = provider(text(meta.get("provider_name")))
    cost = usage.get("cost")
    return Observation(
        source=SOURCE,
        kind=Kind.AUDIT,
        at=at,
        id=f"{SOURCE}:{key}:{number}" if key else "",
        actor=_actor(record),
        app=app or _UNKNOWN,
        action="model_call",
        solution=_route(record, at, app, model),
        user_agent=text(under(request, "headers").get("user-agent")),
        attributes=facts(
            provider=meta.get("provider_name"), model=model, plugin=meta.get("plugin_name") or call.plugin,
            input_tokens=_first(usage, "prompt_tokens", "prompt_token"),
            output_tokens=_first(usage, "completion_tokens", "completion_token"),
            amount=cost or None, consumer=under(record, "consumer").get("username"),
        ),
    )  # fmt: skip


def _first(told: Mapping[str, Any], *names: str) -> Any:
    return next((told[name] for name in names if told.get(name) is not None), None)


def _actor(record: Mapping[str, Any]) -> Actor | None:
    """The consumer, by the id it has in the organisation's own systems where one is set."""
    consumer = under(record, "consumer")
    known = text(consumer.get("custom_id")) or text(consumer.get("username"))
    return person(account=known, ip=record.get("client_ip"))


def _route(record: Mapping[str, Any], at: datetime, app: App | None, model: str | None) -> Solution | None:
    """The route, else the service, a call came through: what somebody set up to call a model."""
    for part in ("route", "service"):
        one = under(record, part)
        key = text(one.get("id")) or text(one.get("name"))
        if key:
            return Solution(
                id=f"kong_ai_{part}:{key}",
                type=f"kong_ai_{part}",
                name=text(one.get("name")),
                environment=text(record.get("workspace_name")),
                connectors=(app.name,) if app and app.name else (),
                touches=(model,) if model else (),
                last_run_at=at,
            )
    return None


def texts(record: Any, _config: object) -> Iterator[str]:
    """The requests of the plugins that called a model, where payloads are logged."""
    ai = under(record, "ai") if isinstance(record, dict) else {}
    for plugin in ai:
        yield from spoken(under(under(ai, plugin), "payload").get("request"))


def recognise(record: Any) -> float:
    """How much a JSON object looks like Kong's log of a request; most where a plugin called a model."""
    if not isinstance(record, dict) or not {"started_at", "request", "latencies"} <= set(record):
        return 0.0
    return 0.97 if isinstance(record.get("ai"), dict) else 0.5


CONNECTOR = Connector(
    name=SOURCE,
    title="Kong AI Gateway",
    kinds=(Kind.AUDIT,),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    texts=texts,
    records="json",
    docs="https://developer.konghq.com/ai-gateway/ai-audit-log-reference/",
    permissions=("none: Kong's http-log plugin sends here, or its file-log is read",),
    granted_in="Kong Manager > Plugins > HTTP Log (or konnect.konghq.com > Gateway Manager > Plugins)",
    plan="Kong Gateway 3.6 or newer with AI plugins whose logging.log_statistics is on",
    cursor="none: what is sent is read once",
    lateness=timedelta(minutes=1),
    evidence="vendor example",
    samples=("kong_ai/log.ndjson",),
)
