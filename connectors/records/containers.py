"""Containers by their content: JSON array, NDJSON, concatenated JSON, an object that wraps records, one record, text.

NDJSON, lines and rows are read with flat memory; a wrapping object is read whole, up to LARGEST bytes.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

import msgspec

from connectors.base import Connector
from connectors.records.bytestream import Buffer
from connectors.records.comments import without_comments
from connectors.records.directives import Directives
from connectors.records.native import Broken, Native, broken
from connectors.records.scanning import LARGEST, Scan, end_of
from connectors.records.text import blocks, looks_like_rows, rest, row_records, text_records

WHOLE = 1 << 23
"""JSON up to this many bytes is decoded in one go; more is scanned value by value."""
HEAD = 1 << 16
_AT_ONCE = 1 << 18
"""JSON lines of so many bytes are decoded together."""
SURE = 0.5
"""A record recognised at least this surely is one, though it has a key that could wrap others."""
WRAPPERS = (
    "value", "items", "Records", "records", "events", "Events", "data", "logs", "activities", "results", "result",
    "entries", "rows", "hits", "messages", "event",
)  # fmt: skip
_BLANK = b" \t\r\n\x1e"
"""White space, and the separator of RFC 7464."""
_NOTHING = object()
_decode, _decode_lines = msgspec.json.Decoder().decode, msgspec.json.Decoder().decode_lines


def natives(
    file: IO[bytes] | bytes, connector: Connector, name: str = "-", directives: Directives | None = None
) -> Iterator[Native | Broken]:
    """The native records of a file, pipe or body for a connector; `name` begins every position.

    `directives` are those in force where reading goes on in the middle of a file. Raises nothing for bad content: what
    can't be read comes as Broken.
    """
    yield from held(opened(file, connector), connector, name, directives)


def opened(file: IO[bytes] | bytes, connector: Connector) -> Buffer:
    """The file with its head read, so far that its form can be told."""
    buffer = Buffer(file)
    buffer.more()
    while not buffer.data.lstrip(_BLANK) and buffer.more():
        pass
    return _plain(buffer) if connector.comments else buffer


def held(
    buffer: Buffer, connector: Connector, name: str, directives: Directives | None = None
) -> Iterator[Native | Broken]:
    """The native records of what was `opened`."""
    if is_json(buffer):
        yield from _json(buffer, connector, name)
    elif _is_page(buffer):
        buffer.fill(WHOLE)
        yield broken(buffer.data, f"{name}:1", "an HTML page where records were expected")
    elif connector.records == "csv" or (connector.records == "json" and looks_like_rows(buffer.data[:HEAD])):
        yield from row_records(buffer, name)
    elif connector.records == "json":
        yield from _not_json(buffer, name)
    elif directives is None and connector.directives is not None:
        yield from text_records(buffer, name, Directives(connector.directives))
    else:
        yield from text_records(buffer, name, directives)


def is_text(buffer: Buffer, connector: Connector) -> bool:
    """Whether what was `opened` is read as lines."""
    return connector.records == "lines" and not is_json(buffer) and not _is_page(buffer)


def is_json(buffer: Buffer) -> bool:
    """Whether what was `opened` is JSON."""
    first = buffer.data.lstrip(_BLANK)[:1]
    return first == b"{" or (first == b"[" and _json_array(buffer))


def _is_page(buffer: Buffer) -> bool:
    return re.match(rb"\s*<(?:!doctype\s+html|html)", buffer.data[:HEAD], re.IGNORECASE) is not None


def _plain(buffer: Buffer) -> Buffer:
    """The same without comments, where it is no JSON as it is: a file of settings is small, so it is read whole."""
    buffer.fill(WHOLE)
    line = buffer.data.lstrip(_BLANK).split(b"\n", 1)[0]
    if not buffer.ended or isinstance(_value(line), dict) or _value(buffer.data) is not _NOTHING:
        return buffer
    plain = Buffer(without_comments(buffer.data))
    plain.more()
    return plain


def _json_array(buffer: Buffer) -> bool:
    """Whether a text that begins with a bracket is JSON: a log line may begin with `[10/Oct/…` too."""
    return re.match(rb'\s*\[\s*(?:[\[{"\]]|$)', buffer.data[:HEAD]) is not None


def _not_json(buffer: Buffer, name: str) -> Iterator[Native | Broken]:
    for found in text_records(buffer, name):
        if isinstance(found, Broken):
            yield found
            continue
        value = _value(found.record)
        yield (
            Native(value, found.position)
            if isinstance(value, dict)
            else broken(found.record, found.position, "not a JSON object")
        )


def _value(raw: bytes) -> Any:
    """The decoded value, or _NOTHING. Invalid UTF-8 is replaced; the json module reads what msgspec won't."""
    try:
        return _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(raw.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return _NOTHING


def _json(buffer: Buffer, connector: Connector, name: str) -> Iterator[Native | Broken]:
    if is_ndjson(buffer):
        yield from _ndjson(buffer, connector, name)
        return
    buffer.fill(WHOLE)
    if buffer.ended and buffer.cut is None and (value := _value(buffer.data)) is not _NOTHING:
        buffer.data = b""
        yield from _numbered(flattened(value, connector), name, 0)
        return
    yield from _scanned(buffer, connector, name)


def is_ndjson(buffer: Buffer) -> bool:
    """Whether what was `opened` is read as a JSON object a line."""
    if buffer.data.lstrip(_BLANK)[:1] != b"{":
        return False
    while b"\n" not in buffer.data.lstrip(_BLANK) and len(buffer.data) < LARGEST and buffer.more():
        pass
    first = buffer.data.lstrip(_BLANK).split(b"\n", 1)[0]
    return _value(first) is not _NOTHING or _ndjson_after(buffer.data)


def _ndjson_after(data: bytes) -> bool:
    """Whether a later line of the head is an object by itself, so that the first one is merely broken."""
    later = data.lstrip(_BLANK)[:HEAD].split(b"\n")[1:6]
    return any(line.startswith(b"{") and isinstance(_value(line), dict) for line in later)


def _ndjson(buffer: Buffer, connector: Connector, name: str) -> Iterator[Native | Broken]:
    number = 0
    for number, line, value in objects(buffer, connector):
        if line is None:
            yield Native(value, f"{name}:{number}")
        else:
            yield from otherwise(line, value, connector, f"{name}:{number}")
    yield from rest(buffer, f"{name}:{number + 1}")


def objects(buffer: Buffer, connector: Connector) -> Iterator[tuple[int, bytes | None, Any]]:
    """(number, None, record) of each line that is a record by itself, (number, line, what it says) of any other."""
    wrapping, spread = frozenset((*connector.wrapped_in, *WRAPPERS)), connector.spread
    for first, block in blocks(buffer, LARGEST):
        for number, value in enumerate(_values(block), first):
            if (
                type(value) is dict and spread is None
                and (wrapping.isdisjoint(value) or not _wraps(value, connector))
            ):  # fmt: skip
                yield number, None, value
            else:
                yield number, block[number - first], value


def _values(lines: list[bytes]) -> Iterable[Any]:
    """What each line says: all of a block in one go, where each is surely one object.

    A value never goes on from a bracket at a line's end to one at the next line's start, so that as many objects as
    lines are one a line.
    """
    text = b"\n".join(lines)
    if len(text) <= _AT_ONCE and text[:1] == b"{" and text[-1:] == b"}" and text.count(b"}\n{") == len(lines) - 1:
        try:
            values: list[Any] = _decode_lines(text)
            if len(values) == len(lines):
                return values
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
    return map(_value_of, lines)


def _value_of(line: bytes) -> Any:
    try:
        return _decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _value(line.lstrip(_BLANK)) if line.strip(_BLANK) else None


def otherwise(line: bytes, value: Any, connector: Connector, position: str) -> Iterator[Native | Broken]:
    """What a line holds that is no record by itself: several, a container, nothing, or what is broken."""
    if value is _NOTHING:
        yield from _several(line, connector, position)
    elif value is not None:
        yield from _numbered(flattened(value, connector), position, 0)


def _several(line: bytes, connector: Connector, position: str) -> Iterator[Native | Broken]:
    """A line that is no JSON value: several objects one after the other, or broken."""
    end = end_of(line, max(line.find(b"{"), 0)) if line.lstrip().startswith(b"{") else -1
    if end < 0 or not line[end:].lstrip().startswith(b"{"):
        yield broken(line, position, "not JSON")
        return
    buffer = Buffer(line)
    buffer.fill(len(line))
    yield from _scanned(buffer, connector, position)


def flattened(value: Any, connector: Connector) -> Iterator[Any]:
    """The records in a decoded value: elements of arrays, what an object wraps, or the value itself."""
    if isinstance(value, list):
        for element in value:
            yield from flattened(element, connector)
    elif isinstance(value, dict):
        parts = connector.spread(value) if connector.spread is not None else None
        inner = _wraps(value, connector)
        if parts is not None:
            yield from parts
        elif inner:
            yield from flattened(value[inner], connector)
        else:
            yield value
    else:
        yield value


def _wraps(value: Mapping[str, Any], connector: Connector) -> str | None:
    """The key that wraps records, or None for a record: one the connector recognises is a record whatever its keys."""
    for key in (*connector.wrapped_in, *WRAPPERS):
        if key in value:
            inner = value[key]
            if isinstance(inner, list) or (isinstance(inner, dict) and len(value) < 8):  # noqa: PLR2004 - an envelope has few keys beside its content
                return key if connector.recognise(value) < SURE else None
    return None


def _numbered(values: Iterator[Any], name: str, before: int) -> Iterator[Native | Broken]:
    for number, value in enumerate(values, before + 1):
        position = f"{name}#{number}"
        if isinstance(value, dict):
            yield Native(value, position)
        elif isinstance(value, str):
            yield Native(value.encode("utf-8", "replace"), position)
        else:
            yield broken(msgspec.json.encode(value), position, "a JSON value that is no record")


def _scanned(buffer: Buffer, connector: Connector, name: str) -> Iterator[Native | Broken]:
    """Object by object through arrays and concatenations of any size; after a broken one, on at the next line."""
    scan, count = Scan(buffer), 0
    for raw, whole in scan.values():
        value = _value(raw) if whole else _NOTHING
        if value is _NOTHING:
            count += 1
            ended = scan.done and buffer.ended and not whole
            yield broken(raw, f"{name}#{count}", (buffer.cut or "JSON ends inside a record") if ended else "not JSON")
            if ended:
                return
            continue
        for found in _numbered(flattened(value, connector), name, count):
            count += 1
            yield found
    if scan.depth > 0 or buffer.cut is not None:
        yield broken(b"", f"{name}#{count + 1}", buffer.cut or "JSON array without its end")
