"""A decoded JSON value that somebody pushed, as native records of a source. Pure."""

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Parsed
from connectors.records import Broken, Native, flattened, natives
from schemas.observation import Observation

_decode = msgspec.json.Decoder().decode


def records(content: Any, connector: Connector, name: str) -> Iterable[Native | Broken]:
    """The record that a value is, or those it wraps; anything but an object is read as its bytes would be."""
    value = content
    if isinstance(content, str) and content.startswith("{"):
        try:
            value = _decode(content)
        except (msgspec.DecodeError, RecursionError):
            return natives(as_bytes(content), connector, name)
    if isinstance(value, dict):
        found: Sequence[Any] = list(flattened(value, connector))
        if all(isinstance(each, dict) for each in found):
            return [Native(each, f"{name}#{place}") for place, each in enumerate(found, 1)]
    return natives(as_bytes(content), connector, name)


def as_bytes(content: Any) -> bytes:
    """The content as the source wrote it; lone surrogates, which JSON may escape, are replaced."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode(errors="replace")
    try:
        return msgspec.json.encode(content)
    except (msgspec.EncodeError, UnicodeEncodeError, OverflowError, RecursionError):
        return json.dumps(content).encode()


def named(connector: Connector, name: str) -> Connector:
    """The connector, its observations with an id: their own, or `name` and the number of their record.

    For what is known by its envelope, or is never read twice, so that two identical records are two events.
    """
    count, parse = itertools.count(1), connector.parse

    def parsed(record: Any, *given: Any) -> Iterator[Parsed] | Ignored:
        found = parse(record, *given)
        return found if isinstance(found, Ignored) else _each(found, f"{name}.{next(count)}")

    return replace(connector, parse=parsed)


def _each(found: Iterator[Parsed], name: str) -> Iterator[Parsed]:
    for item in found:
        if isinstance(item, Observation) and not item.id:
            yield msgspec.structs.replace(item, id=name)
        else:
            yield item
