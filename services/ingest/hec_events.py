"""The body of an HEC request as events, and events as native records of a source. Pure.

A body is JSON objects one after another, with or without white space between; an array is taken as the objects in it,
as Splunk does. All of it is read before anything is taken, so a refused request has taken nothing.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from connectors.base import Connector
from connectors.records import Broken, Native, natives
from services.ingest.hec_codes import EVENT_BLANK, EVENT_REQUIRED, INDEXED_FIELDS, INVALID_FORMAT, NO_DATA, Refused

_decoder = json.JSONDecoder()
_BLANK = " \t\r\n"


class Named(NamedTuple):
    """What tells the source of an event."""

    sourcetype: str | None
    source: str | None


class Event(NamedTuple):
    """An event: its number in the request, what names its source, and its content (any JSON)."""

    number: int
    named: Named
    content: Any


def events(body: bytes, asked: Named) -> list[Event]:
    """The events of a body; `asked` is what the address says where an event says nothing. Raises Refused."""
    found = [_event(value, number, asked) for number, value in enumerate(_values(body.decode(errors="replace")))]
    if not found:
        raise Refused(NO_DATA)
    return found


def _values(text: str) -> Iterator[Any]:
    """Each value as it comes, so that the first fault is the one that is told."""
    at, number = 0, 0
    while at := _next(text, at):
        try:
            value, at = _decoder.raw_decode(text, at - 1)
        except (ValueError, RecursionError):
            raise Refused(INVALID_FORMAT, number) from None
        for item in value if isinstance(value, list) else [value]:
            yield item
            number += 1


def _next(text: str, at: int) -> int:
    """One more than the place of the next sign that is not white space; 0 at the end."""
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at + 1 if at < len(text) else 0


def _event(value: Any, number: int, asked: Named) -> Event:
    if not isinstance(value, dict):
        raise Refused(INVALID_FORMAT, number)
    if "event" not in value:
        raise Refused(EVENT_REQUIRED, number)
    content = value["event"]
    if content is None or content in ({}, []) or (isinstance(content, str) and not content.strip()):
        raise Refused(EVENT_BLANK, number)
    if not _is_time(value.get("time")):
        raise Refused(INDEXED_FIELDS, number)
    named = Named(_text(value, "sourcetype") or asked.sourcetype, _text(value, "source") or asked.source)
    return Event(number, named, content)


def _is_time(given: Any) -> bool:
    """Seconds since 1970, as a number or as text; absent is well too."""
    if given is None:
        return True
    try:
        return not isinstance(given, bool) and math.isfinite(float(given))
    except (TypeError, ValueError, OverflowError):
        return False


def _text(value: Mapping[str, Any], name: str) -> str | None:
    given = value.get(name)
    return given if isinstance(given, str) and given else None


def records(found: Iterable[Event], connector: Connector) -> Iterator[Native | Broken]:
    """Native records of events of one source.

    Lines (and rows) that follow each other are read as one text, so that a header holds for what comes after it; any
    other event is read by itself, so that one can't spoil the next.
    """
    for together, run in groupby(found, lambda event: _is_line(event.content, connector)):
        if together:
            first, *rest = run
            text = "\n".join(event.content for event in (first, *rest))
            yield from natives(_bytes(text), connector, f"hec {first.number}")
        else:
            for event in run:
                yield from natives(_bytes(event.content), connector, f"hec {event.number}")


def _is_line(content: Any, connector: Connector) -> bool:
    return isinstance(content, str) and connector.records != "json" and content.lstrip()[:1] not in {"{", "["}


def _bytes(content: Any) -> bytes:
    """The content as the source wrote it; lone surrogates, which JSON may escape, are replaced."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode(errors="replace")
    try:
        return msgspec.json.encode(content)
    except (msgspec.EncodeError, UnicodeEncodeError, OverflowError, RecursionError):
        return json.dumps(content).encode()
