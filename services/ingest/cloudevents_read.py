"""CloudEvents 1.0.2 over HTTP: the events of a request, in binary, structured or batched mode. Pure.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md (modes §3, header values
§3.1.3.2) and …/formats/json-format.md (`data`, `data_base64`, batches §4).
"""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote

import msgspec

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
OURS = "application/cloudevents"
VERSION = "1.0"
_REQUIRED = ("id", "source", "type")


class Unreadable(ValueError):
    """A request that holds no CloudEvents, or one that lacks what it must have; never repeats content."""


class CloudEvent(NamedTuple):
    """One event: its attributes as text, and its data: any JSON value, or bytes."""

    id: str
    source: str
    type: str
    data: Any


def events(headers: Mapping[str, str], body: bytes) -> list[CloudEvent]:
    """The events of a request; header names are in lower case. Raises Unreadable."""
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == BATCH:
        return [_structured(one) for one in _array(_json(body))]
    if media == STRUCTURED:
        return [_structured(_json(body))]
    if media.startswith(OURS):
        raise Unreadable(f"content-type {STRUCTURED} and {BATCH} are read, no other format of CloudEvents")
    if "ce-specversion" not in headers:
        raise Unreadable(f"neither ce-specversion nor content-type {STRUCTURED} or {BATCH}")
    return [_binary(headers, media, body)]


def _structured(given: Any) -> CloudEvent:
    if not isinstance(given, dict):
        raise Unreadable("an event is a JSON object")
    if "data_base64" not in given:
        return _event(given, given.get("data"))
    data = _decoded(given["data_base64"])
    return _event(given, _json(data) if _is_json(str(given.get("datacontenttype") or "")) else data)


def _binary(headers: Mapping[str, str], media: str, body: bytes) -> CloudEvent:
    given = {name.removeprefix("ce-"): _value(value) for name, value in headers.items() if name.startswith("ce-")}
    return _event(given, _json(body) if body and _is_json(media) else body or None)


def _event(given: Mapping[str, Any], data: Any) -> CloudEvent:
    if given.get("specversion") != VERSION:
        raise Unreadable(f"specversion: {VERSION} is read")
    missing = [name for name in _REQUIRED if not isinstance(given.get(name), str) or not given[name]]
    if missing:
        raise Unreadable(f"{', '.join(missing)}: must be there and not empty")
    return CloudEvent(given["id"], given["source"], given["type"], data)


def _value(header: str) -> str:
    """A header's value: percent-encoded UTF-8, perhaps in quotes."""
    plain = header.strip()
    if len(plain) > 1 and plain[0] == plain[-1] == '"':
        plain = plain[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return unquote(plain)


def _is_json(media: str) -> bool:
    plain = media.partition(";")[0].strip().lower()
    return plain.endswith(("/json", "+json"))


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unreadable("the body is not JSON, though its content-type says so") from None


def _array(given: Any) -> Sequence[Any]:
    if not isinstance(given, list):
        raise Unreadable("a batch is a JSON array")
    return given


def _decoded(given: Any) -> bytes:
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise Unreadable("data_base64 is not Base64") from None


def distinct(given: Iterable[CloudEvent]) -> list[CloudEvent]:
    """Each event once: source and id together name one."""
    return list({(each.source, each.id): each for each in given}.values())
