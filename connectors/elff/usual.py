"""Rows of a layout in which every role has one column: taken apart by one expression, each part remembered.

A proxy's rows name a few thousand people, places and kinds of answer, and hundreds fall into one second. What a part
says is asked of `row`, which reads any row, and kept by the columns it was made of. A row whose place is told otherwise
than by host and path fits no such expression, nor does one with an odd quote.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import chain
from typing import NamedTuple

from connectors.base import Ignored
from connectors.elff import row as told
from connectors.elff.layout import RELAY, Layout, bare
from connectors.elff.row import Header, Row
from connectors.records import Kept
from schemas.observation import Actor, App, Kind, Observation

REMEMBERED, SECONDS = 50_000, 10_000
_WEB, _DIGITS = Kind.WEB, 20
_PARTS = (
    ("host", "address", "sni", "certificate", "port", "method"),
    ("status", "exception", "method", "result", "filtered"),
    ("categories", "app", "activity", "content_type"),
    ("user", "forwarded", "client", "client_name"),
    ("date", "time"),
)
_SINGLE = ("path", "bytes_in", "bytes_out", "agent")
_OTHERWISE = ("url", "moment", "epoch")
"""Where one of these is told, the row is read whole."""
_VALUE = r'"[^"]*+"|[^\s"]++'
Columns = tuple[str, ...]
"""Values as they stand in the row, with their quotes."""


class Place(NamedTuple):
    """Where a request went: the host, and the port where it is an unusual one."""

    host: str
    facts: dict[str, str]
    tunnel: bool


class Answer(NamedTuple):
    """What became of a request: what the row is where it is none, else method, status and action."""

    nothing: Ignored | None
    method: str | None
    status: int | None
    action: str


class Site(NamedTuple):
    """What the proxy took the site for, and what came of it."""

    labels: tuple[str, ...]
    app: App | None
    facts: dict[str, str]
    content_type: str | None


class Plan(NamedTuple):
    """How rows of a layout are read: an expression, of each part its places there, and what was made of it."""

    fits: Callable[[str], re.Match[str] | None]
    place: tuple[int, ...]
    answer: tuple[int, ...]
    site: tuple[int, ...]
    person: tuple[int, ...]
    time: tuple[int, ...]
    single: tuple[int, ...]
    places: Kept[Columns, Place]
    answers: Kept[Columns, Answer]
    sites: Kept[Columns, Site]
    people: Kept[Columns, Actor]
    times: Kept[Columns, datetime]
    agents: Kept[str, str | None]


def observations(lines: Iterator[str], plan: Plan) -> Iterator[Observation | Ignored | None]:
    """What rows say; None for those that must be read whole. Raises Rejected naming what is wrong."""
    fits, to, became, of, by, when, alone, places, answers, sites, people, times, agents = plan
    for line in lines:
        found = fits(line if line[:1].isdecimal() else RELAY.sub("", line, count=1))
        if found is None or " %20" in line:
            yield None
            continue
        group = found.group
        path, received, sent, agent = group(*alone)
        if "?" in path or "%" in path or ";" in path or "#" in path or "://" in path or '"' in path:
            yield None  # more than a path
            continue
        host, port, tunnel = places[group(*to)]
        nothing, method, status, action = answers[group(*became)]
        labels, app, facts, content_type = sites[group(*of)]
        plain = line.isascii() and len(received) < _DIGITS and len(sent) < _DIGITS
        yield nothing or Observation(
            source="elff", kind=_WEB, at=times[group(*when)], host=host,
            path=None if tunnel or path == "-" else path or None, method=method, status=status,
            actor=people[group(*by)], app=app, action=action,
            bytes_in=int(received) if plain and received.isdecimal() else _size(received),
            bytes_out=int(sent) if plain and sent.isdecimal() else _size(sent), labels=labels,
            content_type=content_type, user_agent=agents[agent], attributes={**port, **facts} if port or facts else {},
        )  # fmt: skip


def plan(layout: Layout, header: Header, zone: float) -> Plan | None:
    """How rows of a layout are read part by part; None where they are not."""
    columns = layout.places
    if layout.tabs or any(len(places) > 1 for places in columns.values()):
        return None
    if not columns.keys() & {"host", "address", "sni"}:
        return None
    never = {columns[role][0] for role in _OTHERWISE if role in columns}
    needed = sorted({columns[role][0] for role in (*chain(*_PARTS), *_SINGLE) if role in columns})
    groups = {role: needed.index(places[0]) + 2 for role, places in columns.items() if places[0] in needed}
    values = (
        "-" if column in never else f"({_VALUE})" if column in needed else f"(?:{_VALUE})"
        for column in range(layout.size)
    )  # fmt: skip
    (place, to), (answer, became), (site, of), (person, by), (time, when) = (_part(roles, groups) for roles in _PARTS)
    return Plan(
        re.compile("()" + " ".join(values) + r"\s*+").fullmatch, to, became, of, by, when,
        tuple(groups.get(role, 1) for role in _SINGLE),
        Kept(partial(_place, place), REMEMBERED), Kept(partial(_answer, answer), REMEMBERED),
        Kept(partial(_site, site), REMEMBERED), Kept(partial(_person, person), REMEMBERED),
        Kept(partial(_moment, time, header.date, zone), SECONDS), Kept(partial(_agent, header), REMEMBERED),
    )  # fmt: skip


def _part(roles: Columns, groups: dict[str, int]) -> tuple[Columns, tuple[int, ...]]:
    """Which of some roles a layout has, and their groups; the first group is empty, so that there are two at least."""
    own = tuple(role for role in roles if role in groups)
    return own, (*map(groups.__getitem__, own), 1, 1)


def _row(roles: Columns, values: Columns, header: Header = Header(None, "", False), **more: str) -> Row:  # noqa: B008 - a value, never changed
    """A row of these roles alone."""
    known = {role: bare(value) for role, value in zip(roles, values, strict=False)} | more
    layout = Layout(len(known), more=False, tabs=False, places={role: (at,) for at, role in enumerate(known)})
    return Row(layout, list(known.values()), header)


def _place(roles: Columns, values: Columns) -> Place:
    row = _row(roles, values)
    host, port, _ = told.destination(row)
    return Place(host, told.facts(port), (row.said("method") or "").upper() == "CONNECT")


def _answer(roles: Columns, values: Columns) -> Answer:
    row = _row(roles, values, host="known")  # or its place was none
    return Answer(told.nothing(row), told.verb(row), told.code(row), told.action(row))


def _site(roles: Columns, values: Columns) -> Site:
    row = _row(roles, values)
    return Site(told.categories(row.said("categories")), told.application(row), told.done(row), told.media(row))


def _person(roles: Columns, values: Columns) -> Actor:
    return told.actor(_row(roles, values))


def _moment(roles: Columns, day: str, zone: float, values: Columns) -> datetime:
    return told.at(_row(roles, values, Header(None, day, False)), zone)


def _agent(header: Header, value: str) -> str | None:
    return told.agent(_row(("agent",), (value,), header))


def _size(value: str) -> int | None:
    if value.isdecimal() and value.isascii() and len(value) < _DIGITS:
        return int(value)
    return told.size(bare(value)) if value else None
