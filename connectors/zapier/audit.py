"""Rows of the audit log, as saved from the product.

Columns are those the help page names: Activity, Object, Performed by, Date; before 2025 Item, Action, Details,
Performed by, Date and time. Their spelling in a saved file is not published, so they are told apart by these words
whatever the case. A row has no id, and names a thing by its title: what the API lists under an id is told here under
its name.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from connectors.base import Ignored
from connectors.shared.auditlog import moment, names_ai, person
from connectors.shared.graph.values import text
from connectors.zapier.zaps import ZAPIER
from schemas.observation import Actor, Kind, Object, Observation, Solution

_COLUMNS = {
    "activity": ("activity", "action", "event"),
    "thing": ("object", "asset", "item"),
    "who": ("performed by", "performed_by", "actor", "user"),
    "date": ("date", "date and time", "date_and_time", "timestamp", "date (utc)"),
}
_THINGS = {
    "agent": "zapier_agent", "pod": "zapier_agent", "mcp": "mcp_server", "canvas": "zapier_canvas",
    "chatbot": "zapier_chatbot", "form": "zapier_form", "interface": "zapier_form", "table": "zapier_table",
    "function": "zapier_function", "zap": "zapier_zap",
}  # fmt: skip
_OF_A_ZAP = {
    "created", "version published", "published", "restored", "deleted", "turned on", "turned off", "ownership changed",
    "approval request approved", "approval request denied", "approval request sent", "approval request canceled",
}  # fmt: skip
_SIGNED_IN = {"member logged in", "user login"}
_SHARED = {"app connection shared": "shared", "zap shared": "shared", "agent shared": "shared"}
_AUTOMATIC = {"zapier system", "zapier"}


class Row(NamedTuple):
    """One row: what was done in lower case, to what, by whom, when; `item` is the product, in older files."""

    activity: str
    thing: str | None
    item: str | None
    who: str | None
    date: Any


def row(record: Mapping[str, Any]) -> Row | None:
    """A row by its columns' names, whatever their case; None where it is none of the audit log."""
    named = {key.strip().lower(): value for key, value in record.items() if isinstance(key, str)}
    found = {
        what: next((value for name in names if (value := text(named.get(name))) is not None), None)
        for what, names in _COLUMNS.items()
    }
    if found["activity"] is None or not {"performed by", "performed_by"} & named.keys():
        return None
    item = text(named.get("item"))
    thing = text(named.get("object")) or text(named.get("asset"))
    return Row(found["activity"].lower(), thing, item.lower() if item else None, found["who"], found["date"])


def known(told: Row) -> bool:
    """Whether the row's activity is one of Zapier's."""
    return told.activity in _OF_A_ZAP | _SIGNED_IN or _type(told) is not None or told.activity.startswith("app conn")


def told(told: Row) -> Iterator[Observation] | Ignored:
    """What a row says."""
    if told.activity.startswith("app connection"):
        return _connection(told)
    if (kind := _type(told)) is not None:
        return iter((_built(told, kind),))
    if told.activity in _SIGNED_IN:
        return iter((_observation(told, Kind.SIGNIN, "signin"),))
    if names_ai(told.activity):
        return iter((_observation(told, Kind.AUDIT, told.activity),))
    return Ignored(told.activity[:60])


def _type(told: Row) -> str | None:
    """The type of thing the row is about: the activity's first word, or the product of an older file."""
    first = told.activity.partition(" ")[0].rstrip("s")
    if first in _THINGS:
        return _THINGS[first]
    if told.activity in _OF_A_ZAP:
        return _THINGS.get((told.item or "zap").rstrip("s"), "zapier_zap")
    return None


def _connection(told: Row) -> Iterator[Observation] | Ignored:
    """A connection to another system: what Zapier may read and write there."""
    if "created" in told.activity or told.activity.endswith((" shared", "transferred")):
        action = "grant"
    elif told.activity.endswith("deleted"):
        action = "revoke"
    else:
        return Ignored(told.activity[:60])
    thing = Object(type="connection", name=told.thing) if told.thing else None
    return iter((_observation(told, Kind.GRANT, action, thing=thing, attributes={"event_type": told.activity}),))


def _built(told: Row, kind: str) -> Observation:
    who = _who(told)
    solution = Solution(
        id=f"{kind}:{'zapier' if kind == 'mcp_server' else 'name'}/{told.thing}",
        type=kind,
        name=told.thing,
        deleted=told.activity.endswith("deleted"),
        owner=who if told.activity.endswith("created") else None,
        sharing=_SHARED.get(told.activity),
    )
    thing = Object(type=kind, name=told.thing)
    return _observation(told, Kind.BUILD, told.activity, thing=thing, solution=solution if told.thing else None)


def _who(told: Row) -> Actor | None:
    return None if (told.who or "").lower() in _AUTOMATIC else person(account=told.who)


def _observation(
    told: Row, kind: Kind, action: str, *,
    thing: Object | None = None, solution: Solution | None = None, attributes: Mapping[str, str] | None = None,
) -> Observation:  # fmt: skip
    return Observation(
        source="zapier", kind=kind, at=moment(told.date, "Date"), actor=_who(told), app=ZAPIER, action=action,
        object=thing, solution=solution, attributes=dict(attributes or {}),
    )  # fmt: skip
