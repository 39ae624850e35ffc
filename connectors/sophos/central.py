"""Events of Sophos Central: pages that an endpoint's web control warned of or blocked, and data that left.

What happened stands in the event's name alone: `'https://x.example' warned due to category 'News'`, `User bypassed
category block to 'https://x.example'`, and for data control a sentence with `Rule names`, `Application Name` and
`Source path` (github.com/sophos/Sophos-Central-SIEM-Integration, name_mapping.py).
"""

import re
from collections.abc import Mapping
from typing import Any

from connectors.base import Ignored, Rejected
from connectors.shared.textlog import moments
from connectors.shared.textlog.visit import actor, app, listed, port_of, requested
from schemas.observation import Kind, Object, Observation

_WEB = ("Event::Endpoint::WebControlViolation", "Event::Endpoint::WebFilteringBlocked")
_DATA = "Event::Endpoint::DataLossPrevention"
_QUOTED = re.compile(r"['\u2032\u2033\"]([^'\u2032\u2033\"\s]+)['\u2032\u2033\"]")
_CATEGORY = re.compile(r"category ['\u2032]([^'\u2032]+)['\u2032]")
_PART = re.compile(r"(Username|Rule names|Application Name|Data Control action|Source path): ?(.*?)(?= {2}[A-Z]|$)")
_OTHER = Ignored("event of no page and no data")
_QUOTES = "'\u2032\u2033\" "


def is_event(record: Mapping[str, Any]) -> bool:
    """Whether an object is an event of Central."""
    kind = record.get("type")
    return isinstance(kind, str) and kind.startswith("Event::") and "customer_id" in record


def read(record: Mapping[str, Any]) -> Observation | Ignored:
    """What an event says. Raises Rejected naming what is wrong."""
    kind, name = record.get("type"), record.get("name")
    if not isinstance(kind, str) or not isinstance(name, str):
        raise Rejected("no event of Sophos Central: it has no type and name")
    if kind in _WEB:
        return _visit(record, name)
    return _data(record, kind, name) if kind.startswith(_DATA) else _OTHER


def _visit(record: Mapping[str, Any], name: str) -> Observation:
    found, category = _QUOTED.search(name), _CATEGORY.search(name)
    host, port, path = requested(found[1] if found else "")
    if not host:
        raise Rejected("the event's name has no address")
    return Observation(
        source="sophos",
        kind=Kind.WEB,
        at=moments.moment(_text(record, "when") or _text(record, "created_at")),
        id=_identity(record),
        host=host,
        path=path,
        actor=actor(_text(record, "source"), _address(record), _text(record, "location")),
        action="blocked" if " blocked " in name and "bypassed" not in name else "allowed",
        labels=(category[1],) if category else (),
        attributes=port_of(port),
    )


def _data(record: Mapping[str, Any], kind: str, name: str) -> Observation:
    said = {part: value.strip(_QUOTES) for part, value in _PART.findall(name)}
    file = said.get("Source path", "").replace("\\", "/").rpartition("/")[2]
    blocked = "Blocked" in kind or said.get("Data Control action", "").lower().startswith("block")
    return Observation(
        source="sophos",
        kind=Kind.DLP,
        at=moments.moment(_text(record, "when") or _text(record, "created_at")),
        id=_identity(record),
        actor=actor(said.get("Username", "") or _text(record, "source"), _address(record), _text(record, "location")),
        app=app(said.get("Application Name", "")),
        action="blocked" if blocked else "allowed",
        object=Object(type="file", name=file) if file else None,
        labels=listed(said.get("Rule names", ""), ",;"),
    )


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def _address(record: Mapping[str, Any]) -> str:
    info = record.get("source_info")
    return _text(info, "ip") if isinstance(info, dict) else ""


def _identity(record: Mapping[str, Any]) -> str:
    number = _text(record, "id")
    return f"sophos:{number}" if number else ""
