"""One event of Windows in the shapes it is forwarded in: the event's own XML, Winlogbeat, Wazuh, or flat JSON (NXLog).

XML: https://learn.microsoft.com/windows/win32/wes/eventschema-schema; one event on a line, as `wevtutil qe /f:xml` and
forwarders write it. Winlogbeat: `winlog.event_data`; Wazuh: `win.eventdata`, names beginning in lower case; flat: the
data beside `EventID` and `Channel`.
"""

from collections.abc import Callable, Mapping
from html import unescape
from typing import Any, NamedTuple

_NOTHING = frozenset({"", "-"})
_QUOTES = (b"'", b'"')


class Event(NamedTuple):
    """Its number, the log it is of, the computer and the time as written, and its data by name (empty where none)."""

    number: int
    channel: str
    computer: str
    time: str
    data: Callable[[str], str]


def opened(record: Any) -> Event | None:
    """The event in a record; None for what is none."""
    if isinstance(record, bytes):
        return _xml(record)
    if not isinstance(record, dict):
        return None
    if isinstance(winlog := record.get("winlog"), dict):
        return _winlogbeat(record, winlog)
    if isinstance(windows := _under(record, "data").get("win") or record.get("win"), dict):
        return _wazuh(windows)
    if "EventID" in record and ("Channel" in record or "SourceName" in record):
        return _flat(record)
    return None


def _xml(line: bytes) -> Event | None:
    start = line.find(b"<EventID")
    if start < 0 or b"</Event>" not in line:
        return None
    number = _number(line[line.find(b">", start) + 1 : line.find(b"</EventID>", start)])
    if number is None:
        return None
    return Event(
        number,
        _element(line, b"Channel"),
        _element(line, b"Computer"),
        _between(line, b"SystemTime="),
        lambda name: _datum(line, name.encode()),
    )


def _element(line: bytes, name: bytes) -> str:
    start = line.find(b"<" + name + b">")
    end = line.find(b"</" + name + b">", start)
    return _clean(line[start + len(name) + 2 : end]) if 0 <= start < end else ""


def _between(line: bytes, mark: bytes) -> str:
    """The quoted value after a mark."""
    start = line.find(mark) + len(mark)
    quote = line[start : start + 1]
    end = line.find(quote, start + 1) if quote in _QUOTES and start >= len(mark) else -1
    return _clean(line[start + 1 : end]) if end > 0 else ""


def _datum(line: bytes, name: bytes) -> str:
    """The text of `<Data Name='name'>`."""
    for quote in _QUOTES:
        mark = b"Name=" + quote + name + quote + b">"
        start = line.find(mark)
        if start >= 0:
            end = line.find(b"</Data>", start)
            return _clean(line[start + len(mark) : end]) if end > 0 else ""
    return ""


def _clean(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace").strip()
    return "" if text in _NOTHING else unescape(text) if "&" in text else text


def _winlogbeat(record: Mapping[str, Any], winlog: Mapping[str, Any]) -> Event | None:
    number, data = _number(winlog.get("event_id")), _under(winlog, "event_data")
    time = _text(winlog.get("time_created")) or _text(record.get("@timestamp"))
    if number is None:
        return None
    computer = _text(winlog.get("computer_name"))
    return Event(number, _text(winlog.get("channel")), computer, time, lambda name: _text(data.get(name)))


def _wazuh(windows: Mapping[str, Any]) -> Event | None:
    system, data = _under(windows, "system"), _under(windows, "eventdata")
    number = _number(system.get("eventID"))
    if number is None:
        return None
    return Event(
        number,
        _text(system.get("channel")),
        _text(system.get("computer")),
        _text(system.get("systemTime")),
        lambda name: _text(data.get(name[:1].lower() + name[1:])).replace("\\\\", "\\"),
    )


def _flat(record: Mapping[str, Any]) -> Event | None:
    number = _number(record.get("EventID"))
    if number is None:
        return None
    channel = _text(record.get("Channel")) or _text(record.get("SourceName"))
    computer = _text(record.get("Hostname")) or _text(record.get("Computer"))
    time = _text(record.get("EventTime")) or _text(record.get("@timestamp"))
    return Event(number, channel, computer, time, lambda name: _text(record.get(name)))


def _under(record: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    return "" if text in _NOTHING else text


def _number(value: Any) -> int | None:
    if isinstance(value, bytes | str):
        return int(value) if value.isdigit() and value.isascii() and len(value) < 7 else None  # noqa: PLR2004 - event ids have 16 bits
    return value if isinstance(value, int) and not isinstance(value, bool) else None
