"""Attributes of spans and resources in OTLP's JSON: which are read, under the names they have had."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.shared.ai_product import spoken
from connectors.shared.graph.values import items, text

Told = Mapping[str, str]
_NAMES: Mapping[str, tuple[str, ...]] = {
    "provider": ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.vendor"),
    "model": ("gen_ai.request.model", "gen_ai.response.model", "llm.request.model", "llm.model_name"),
    "operation": ("gen_ai.operation.name", "llm.request.type"),
    "agent": ("gen_ai.agent.name", "traceloop.entity.name"),
    "agent_id": ("gen_ai.agent.id",),
    "tool": ("gen_ai.tool.name",),
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"),
    "output_tokens": (
        "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens",
    ),
    "host": ("server.address",),
    "user": ("enduser.id", "user.id"),
    "email": ("user.email",),
    "error": ("error.type",),
    "service": ("service.name",),
    "namespace": ("service.namespace",),
    "environment": ("deployment.environment.name", "deployment.environment"),
}  # fmt: skip
_MEANT: Mapping[str, tuple[str, int]] = {
    name: (meaning, rank) for meaning, names in _NAMES.items() for rank, name in enumerate(names)
}
"""Attribute → what it means, and how much it is preferred: 0 is the name in force."""
_OF_RESOURCE = frozenset({"service", "namespace", "environment"})
_SPEAKS = ("gen_ai.", "llm.", "mcp.")
_ASKED = re.compile(r"gen_ai\.(?:input\.messages|prompt(?:\.\d+\.content)?)")
"""What went in: the name in force, the one before, and OpenLLMetry's, one attribute a message."""


def read(attributes: Any) -> Told:
    """What the attributes of a span or resource mean; empty for a span that does not speak of generative AI."""
    found: dict[str, tuple[int, str]] = {}
    speaks = False
    for each in items(attributes):
        name = each.get("key")
        if not isinstance(name, str):
            continue
        speaks = speaks or name.startswith(_SPEAKS)
        meaning, rank = _MEANT.get(name, ("", 0))
        if meaning and (meaning not in found or rank < found[meaning][0]) and (said := _plain(each.get("value"))):
            found[meaning] = (rank, said)
    if not speaks:
        return {meaning: said for meaning, (_, said) in found.items() if meaning in _OF_RESOURCE}
    return {meaning: said for meaning, (_, said) in found.items()} or {"operation": "call"}


def asked(attributes: Any) -> Iterator[str]:
    """The texts of the messages a span says went in, as JSON text or structured."""
    for each in items(attributes):
        name = each.get("key")
        if isinstance(name, str) and _ASKED.fullmatch(name):
            yield from spoken(_value(each.get("value")))


def _value(value: Any) -> Any:
    """OTLP's value as plain JSON: texts, lists and objects of them."""
    if not isinstance(value, dict):
        return None
    if isinstance(listed := value.get("arrayValue"), dict):
        return [_value(each) for each in items(listed.get("values"))]
    if isinstance(held := value.get("kvlistValue"), dict):
        return {str(each.get("key")): _value(each.get("value")) for each in items(held.get("values"))}
    return value.get("stringValue")


def _plain(value: Any) -> str | None:
    """A text or whole number; anything else says nothing here."""
    if not isinstance(value, dict):
        return None
    whole = value.get("intValue")
    if isinstance(whole, int | str) and not isinstance(whole, bool):
        return str(whole)
    return text(value.get("stringValue"))


def spans(request: Mapping[str, Any]) -> Iterator[Any] | None:
    """The spans of an export request, each beside its resource and scope; None for what is no request."""
    around = request.get("resourceSpans")
    return _spans(around) if isinstance(around, list) else None


def _spans(around: list[Any]) -> Iterator[Any]:
    """A part that is no object goes on as it is, to be rejected in its place."""
    for each in around:
        resource = each.get("resource") if isinstance(each, dict) else None
        scopes = each.get("scopeSpans", each.get("instrumentationLibrarySpans")) if isinstance(each, dict) else None
        if not isinstance(scopes, list):
            yield each
            continue
        for scope in scopes:
            held = scope.get("spans") if isinstance(scope, dict) else None
            name = scope.get("scope") if isinstance(scope, dict) else None
            if not isinstance(held, list):
                yield scope
                continue
            yield from ({"resource": resource, "scope": name, "span": span} for span in held)
