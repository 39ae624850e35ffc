"""A request that Forcepoint Web Security decided on: from its SIEM formats, or from a row of a report."""

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from connectors.base import Ignored, Rejected
from connectors.shared.textlog import moments
from connectors.shared.textlog.cef import Event
from connectors.shared.textlog.event import destination, observation
from connectors.shared.textlog.roles import Named, Roles
from connectors.shared.textlog.visit import actor, app, port_of
from schemas.observation import Actor, Observation

ROLES = Roles({
    "time": ("rt", "devtime"), "login": ("loginid",), "user": ("suser", "usrname", "usrname ", "user"),
    "ip": ("src", "connection_ip"), "url": ("request", "url"), "host": ("dhost",), "port": ("dpt", "dstport"),
    "method": ("requestmethod", "method", "http_request_method"),
    "agent": ("requestclientapplication", "useragent", "user_agent_string"),
    "content": ("contenttype",), "status": ("proxystatus-code", "http_status_code"), "action": ("act", "action"),
    "received": ("in", "dstbytes"), "sent": ("out", "srcbytes"), "app": ("cloudappname",), "file": ("filename",),
    "categories": ("category",), "number": ("cat",),
})  # fmt: skip
_OWN = {"connection_ip", "http_request_method", "policy_name", "risk_class", "user_agent_string", "http_status_code"}
_LEAST, _SURE = 3, 0.9
_NO_HOST = Ignored("transaction without a host")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one instance.

    `zone` is hours east of UTC for times without one; `month_first` is how the dates of a report are written.
    """

    zone: float = 0.0
    month_first: bool = False


def of_event(event: Event, before: str, config: Config, arrived: datetime | None) -> Observation | Ignored:
    """A transaction in CEF or LEEF. Raises Rejected."""
    values = event.values | {"url": _first_word(event.values.get("url", ""))}
    given = Named(values, ROLES)
    if not destination(given)[0]:
        return _NO_HOST
    time, number = given.said("time"), given.said("number") or event.event
    at = moments.moment(time, config.zone) if time else moments.header(before, config.zone, arrived)
    action = given.said("action") or event.event.partition(":")[2]
    category = {"category": number} if number.isdecimal() else {}
    return _observed(given, at, category, action=action)


def of_row(values: Mapping[str, str], config: Config) -> Observation:
    """A row of a report. Raises Rejected for one without an address or a time."""
    given = Named(values, ROLES)
    if not destination(given)[0]:
        raise Rejected("no transaction of Forcepoint: neither its CEF or LEEF, nor a row with an address")
    return _observed(given, _at(values, config), {}, action=given.said("action"))


def _observed(given: Named, at: datetime, facts: Mapping[str, str], *, action: str) -> Observation:
    content, to = given.said("content").partition(";")[0], destination(given)
    return observation(
        "forcepoint", given, at, to, actor=_actor(given), app=app(given.said("app")), content_type=content or None,
        action="blocked" if "block" in action.lower() else "allowed",
        attributes=dict(facts) | port_of(to[1]),
    )  # fmt: skip


def _actor(given: Named) -> Actor:
    """The login, else the last part of the directory's path (`LDAP://192.0.2.1 CN=Users,DC=example/alice`)."""
    return actor(given.said("login") or given.said("user").rpartition("/")[2], given.said("ip"))


def _first_word(url: str) -> str:
    """An address up to a blank: behind it LEEF may hold the request's whole header."""
    return url.split(None, 1)[0] if url.strip() else ""


def _at(values: Mapping[str, str], config: Config) -> datetime:
    day = values.get("date", "").strip()
    parts = day.split("/")
    if len(parts) == 3:  # noqa: PLR2004 - day, month, year
        first, second, year = parts
        month, date = (first, second) if config.month_first else (second, first)
        day = f"{year}-{month:0>2}-{date:0>2}"
    return moments.moment(f"{day} {values.get('time', '').strip()}".strip(), config.zone)


def named(pairs: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    """Columns as the roles name them: `HTTP Status Code` is http_status_code."""
    return {
        str(name).strip().lower().replace(" ", "_"): value if isinstance(value, str) else str(value)
        for name, value in pairs
        if isinstance(value, str | int | float)
    }


def cells(header: str, line: str) -> dict[str, str]:
    """A row's cells by its header. Raises Rejected where the two don't fit."""
    try:
        names, values = (next(csv.reader((text.strip(),), skipinitialspace=True), []) for text in (header, line))
    except csv.Error:
        raise Rejected("the row is not CSV") from None
    if len(names) != len(values):
        raise Rejected(f"{len(values)} cells under a header of {len(names)}")
    return named(zip(names, values, strict=True))


def looks_like(values: Mapping[Any, Any]) -> float:
    """How much a row's columns are those of a report of Web Security Cloud."""
    known = _OWN & named((name, "") for name in values).keys()
    return _SURE if len(known) >= _LEAST else 0.0
