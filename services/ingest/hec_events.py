"""The body of an HEC request as events, and events as native records of a source. Pure.

A body is JSON objects one after another, with or without white space between; an array is taken as the objects in it,
as Splunk does. All of it is read before anything is taken, so a refused request has taken nothing.
"""

import json
import math
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from connectors.base import Connector
from connectors.records import Broken, Native, natives
from services.ingest import contents
from services.ingest.hec_codes import EVENT_BLANK, EVENT_REQUIRED, INDEXED_FIELDS, INVALID_FORMAT, NO_DATA, Refused

_decoder = json.JSONDecoder()
_BLANK = " \t\r\n"
_NOTHING: Any = object()


class Named(NamedTuple):
    """What tells the source of an event."""

    sourcetype: str | None
    source: str | None


class Event(msgspec.Struct, frozen=True, gc=False):
    """An event: its number in the request, what names its source, and its content (any JSON)."""

    number: int
    named: Named
    content: Any


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """What is read of an envelope; `host` and `index` are not, and `time` and `fields` only looked at."""

    event: Any = _NOTHING
    time: Any = None
    sourcetype: Any = None
    source: Any = None
    fields: Any = None


_lines = msgspec.json.Decoder(Envelope).decode_lines
_envelope = msgspec.convert


def events(body: bytes, asked: Named) -> list[Event]:
    """The events of a body; `asked` is what the address says where an event says nothing. Raises Refused."""
    found: list[Event] = []
    names: dict[tuple[str | None, str | None], Named] = {(None, None): asked}
    for number, envelope in enumerate(_envelopes(body)):
        _check(envelope, number)
        told = _text(envelope.sourcetype), _text(envelope.source)
        named = names.get(told)
        if named is None:  # a request names few
            named = names[told] = Named(told[0] or asked.sourcetype, told[1] or asked.source)
        found.append(Event(number, named, envelope.event))
    if not found:
        raise Refused(NO_DATA)
    return found


def _envelopes(body: bytes) -> Iterable[Envelope]:
    """One a line, as most senders write them, at once; else value by value, which tells the first fault."""
    try:
        return _lines(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _one_by_one(body.decode(errors="replace"))


def _one_by_one(text: str) -> Iterator[Envelope]:
    at, number = 0, 0
    while at := _next(text, at):
        try:
            value, at = _decoder.raw_decode(text, at - 1)
        except (ValueError, RecursionError):
            raise Refused(INVALID_FORMAT, number) from None
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, dict):
                raise Refused(INVALID_FORMAT, number)
            yield _envelope(item, Envelope)
            number += 1


def _next(text: str, at: int) -> int:
    """One more than the place of the next sign that is not white space; 0 at the end."""
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at + 1 if at < len(text) else 0


def _check(envelope: Envelope, number: int) -> None:
    """Raises Refused for an envelope that Splunk takes no event from."""
    content, time = envelope.event, envelope.time
    if content is _NOTHING:
        raise Refused(EVENT_REQUIRED, number)
    if (not content or content.isspace()) if isinstance(content, str) else (content is None or content in ({}, [])):
        raise Refused(EVENT_BLANK, number)
    if (time is not None and not _is_time(time)) or (envelope.fields and not _is_flat(envelope)):
        raise Refused(INDEXED_FIELDS, number)


def _is_time(given: Any) -> bool:
    """Seconds since 1970, as a number or as text."""
    try:
        return not isinstance(given, bool) and math.isfinite(float(given))
    except (TypeError, ValueError, OverflowError):
        return False


def _is_flat(envelope: Envelope) -> bool:
    """Indexed fields are one object of plain values; several of one name come as an array of them."""
    fields = envelope.fields
    return isinstance(fields, dict) and not any(
        isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict | list) for each in value))
        for value in fields.values()
    )


def _text(given: Any) -> str | None:
    return given if isinstance(given, str) and given else None


def records(found: Iterable[Event], connector: Connector) -> Iterator[Native | Broken]:
    """Native records of events of one source.

    Lines (and rows) that follow each other are read as one text, so that a header holds for what comes after it; any
    other event is read by itself, so that one can't spoil the next.
    """
    for together, run in groupby(found, lambda event: _is_line(event.content, connector)):
        if together:
            first, *rest = run
            text = "\n".join([event.content for event in (first, *rest)])
            yield from natives(contents.as_bytes(text), connector, f"hec {first.number}")
        else:
            for event in run:
                yield from contents.records(event.content, connector, f"hec {event.number}")


def _is_line(content: Any, connector: Connector) -> bool:
    return isinstance(content, str) and connector.records != "json" and content.lstrip()[:1] not in {"{", "["}
