"""OpenTelemetry traces with `gen_ai` attributes: applications and agents that call models, as OTLP/JSON.

Read 2026-11-21: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ and …/gen-ai-agent-spans/ (attributes
and their examples, also open-telemetry/semantic-conventions:docs/gen-ai), and the JSON form of
https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding. A record is one span beside the resource and scope it
came under: `{"resource", "scope", "span"}`; `spans` takes an export request apart. Names of OpenLLMetry (`llm.…`,
`traceloop.…`) and of older conventions are read too. Messages that went in are for `texts`;
instructions, tool arguments and results are never read.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.base import Connector, Ignored, Rejected
from connectors.otel_genai.attributes import Told, asked, read, spans
from connectors.shared.ai_product import facts, provider
from connectors.shared.auditlog import person
from connectors.shared.graph.values import text
from schemas.observation import App, Kind, Object, Observation, Solution

SOURCE = "otel_genai"
_UNKNOWN = App(name="generative AI of an unnamed provider")
_ERROR = (2, "STATUS_CODE_ERROR")


def parse(record: Any, _config: object = None) -> Iterator[Observation] | Ignored:
    """One span with its resource. Raises Rejected for what is none."""
    if not isinstance(record, dict) or not isinstance(span := record.get("span"), dict):
        raise Rejected("no span: not a record of a trace")
    told = read(span.get("attributes"))
    if not told:
        return Ignored("span without generative AI")
    return iter((_observation(span, told, read(_attributes(record.get("resource")))),))


def _attributes(resource: Any) -> Any:
    return resource.get("attributes") if isinstance(resource, dict) else None


def _observation(span: Mapping[str, Any], told: Told, around: Told) -> Observation:
    at = _at(span.get("startTimeUnixNano"))
    action = told.get("operation") or "call"
    made = _solution(told, around, action, at)
    trace, key = text(span.get("traceId")), text(span.get("spanId"))
    status = span.get("status")
    failed = isinstance(status, dict) and status.get("code") in _ERROR
    app = provider(told.get("provider")) or (None if told.get("host") else _UNKNOWN)
    return Observation(
        source=SOURCE,
        kind=Kind.BUILD if action == "create_agent" and made else Kind.AUDIT,
        at=at,
        id=f"{SOURCE}:{trace}:{key}" if trace and key else "",
        host=_host(told.get("host")),
        actor=person(email=told.get("email"), account=told.get("user")),
        app=app,
        action=action,
        object=Object(type="agent" if made.type == "ai_agent" else "application", name=made.name) if made else None,
        solution=made,
        attributes=facts(
            provider=told.get("provider"), model=told.get("model"), service=around.get("service"),
            input_tokens=told.get("input_tokens"), output_tokens=told.get("output_tokens"), tool=told.get("tool"),
            failed=failed, error_type=told.get("error"),
        ),
    )  # fmt: skip


def _at(value: Any) -> datetime:
    """Nanoseconds since the epoch, as text or number. Raises Rejected."""
    try:
        return datetime.fromtimestamp(int(value) / 1_000_000_000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        raise Rejected("startTimeUnixNano is not a time") from None


def _host(address: str | None) -> str | None:
    """A host's name; a socket's path or an address of the network names nobody."""
    if address is None or "." not in address or "/" in address or address.replace(".", "").isdigit():
        return None
    return address.lower()


def _solution(told: Told, around: Told, action: str, at: datetime) -> Solution | None:
    """The agent a span names, else the application it came from: what runs it is what somebody built."""
    service, agent = around.get("service"), told.get("agent")
    key = told.get("agent_id") or agent
    if key is None and service is None:
        return None
    app = provider(told.get("provider"))
    used = (told.get("tool"), app.name if app else None)
    model = told.get("model")
    whole = "/".join(part for part in (around.get("namespace"), service) if part)
    made = action == "create_agent"
    return Solution(
        id=f"ai_agent:{whole}/{key}" if key else f"ai_application:{whole}",
        type="ai_agent" if key else "ai_application",
        name=agent or service,
        environment=around.get("environment"),
        connectors=tuple(name for name in used if name),
        touches=(model,) if model else (),
        created_at=at if made else None,
        last_run_at=None if made else at,
    )


def action_of(record: Any) -> str | None:
    """The operation (`chat`, `invoke_agent`), None for a span without one."""
    span = record.get("span") if isinstance(record, dict) else None
    return read(span.get("attributes")).get("operation") if isinstance(span, dict) else None


def texts(record: Any, _config: object) -> Iterator[str]:
    """What was asked, where the application captures content."""
    span = record.get("span") if isinstance(record, dict) else None
    return asked(span.get("attributes")) if isinstance(span, dict) else iter(())


def recognise(record: Any) -> float:
    """How much a record looks like a span beside its resource."""
    if not isinstance(record, dict) or not isinstance(span := record.get("span"), dict):
        return 0.0
    return 0.9 if "traceId" in span and "spanId" in span else 0.0


CONNECTOR = Connector(
    name="otel_genai",
    title="OpenTelemetry gen_ai spans",
    kinds=(Kind.AUDIT, Kind.BUILD),
    how=("push", "file"),
    parse=parse,
    recognise=recognise,
    records="json",
    docs="https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/",
    permissions=("none: applications or their collector send traces here",),
    granted_in="the application's OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or a collector's otlphttp exporter with JSON",
    plan="any application instrumented by OpenTelemetry's or OpenLLMetry's libraries",
    cursor="none: what is sent is read once",
    evidence="vendor example",
    samples=("otel_genai/traces.json",),
    spread=spans,
    action_of=action_of,
    texts=texts,
)
