"""Rows of a layout in which every role has one column: read part by part, each remembered, as they come again.

A proxy's rows name a few thousand people, places and kinds of answer, and hundreds fall into one second. What a part
says is asked of `row`, which reads any row, and kept by the values it was made of; a row whose place is told otherwise
than by host and path is read whole.
"""

from datetime import datetime
from typing import NamedTuple

from connectors.base import Ignored
from connectors.elff import row as told
from connectors.elff.layout import Layout
from connectors.elff.row import Header, Row
from connectors.records import Kept
from schemas.observation import Actor, App, Kind, Observation

REMEMBERED, SECONDS = 50_000, 10_000
_WEB, _DIGITS = Kind.WEB, 20


class Answer(NamedTuple):
    """What became of a request: what the row is where it is none, else method, status and action."""

    nothing: Ignored | None
    method: str | None
    status: int | None
    action: str


class Place(NamedTuple):
    """Where a request went: the host, and the port where it is an unusual one."""

    host: str
    facts: dict[str, str]
    tunnel: bool


def observation(layout: Layout, values: list[str], header: Header, zone: float) -> Observation | Ignored | None:
    """What a row says; None where it must be read whole. Raises Rejected naming what is wrong."""
    if layout.take is None:
        return None
    (
        date, time, moment, epoch, client, client_name, forwarded, user, host, sni, certificate, address, url, path,
        port, method, status, result, filtered, exception, categories, app, activity, agent, content_type, received,
        sent,
    ) = layout.take([*values, "-"])  # fmt: skip
    if url != "-" or moment != "-" or epoch != "-":
        return None
    if "?" in path or "%" in path or ";" in path or "#" in path or "://" in path:
        return None  # more than a path
    somewhere = host != "-" or address != "-" or sni != "-"
    answer = _ANSWERS[status, exception, method, result, filtered, somewhere]
    if answer.nothing is not None:
        return answer.nothing
    place = _PLACES[host, address, sni, certificate, port, method]
    labels, application, facts, kind = _SITES[categories, app, activity, content_type]
    agent = agent.strip()
    return Observation(
        source="elff", kind=_WEB, at=_TIMES[date, time, header.date, zone], host=place.host,
        path=None if place.tunnel or path == "-" else path.strip() or None, method=answer.method, status=answer.status,
        actor=_ACTORS[user, forwarded, client, client_name], app=application, action=answer.action,
        bytes_in=_size(received), bytes_out=_size(sent), labels=labels, content_type=kind,
        user_agent=None if agent in {"-", ""} else agent.replace("+", " ") if header.microsoft else agent,
        attributes={**place.facts, **facts} if place.facts or facts else {},
    )  # fmt: skip


def _row(header: Header = Header(None, "", False), **values: str) -> Row:  # noqa: B008 - a value, never changed
    """A row of these roles alone."""
    layout = Layout(len(values), more=False, tabs=False, places={role: (at,) for at, role in enumerate(values)})
    return Row(layout, list(values.values()), header)


def _size(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < _DIGITS else None


def _answer(key: tuple[str, str, str, str, str, bool]) -> Answer:
    status, exception, method, result, filtered, somewhere = key
    row = _row(
        status=status, exception=exception, method=method, result=result, filtered=filtered,
        host="somewhere" if somewhere else "-",
    )  # fmt: skip
    return Answer(told.nothing(row), told.verb(row), told.code(row), told.action(row))


def _place(key: tuple[str, str, str, str, str, str]) -> Place:
    host, address, sni, certificate, port, method = key
    row = _row(host=host, address=address, sni=sni, certificate=certificate, port=port, method=method)
    name, number, _ = told.destination(row)
    return Place(name, told.facts(number), method.upper() == "CONNECT")


def _site(key: tuple[str, str, str, str]) -> tuple[tuple[str, ...], App | None, dict[str, str], str | None]:
    categories, app, activity, content_type = key
    row = _row(categories=categories, app=app, activity=activity, content_type=content_type)
    return told.categories(row.said("categories")), told.application(row), told.done(row), told.media(row)


def _actor(key: tuple[str, str, str, str]) -> Actor:
    user, forwarded, client, client_name = key
    return told.actor(_row(user=user, forwarded=forwarded, client=client, client_name=client_name))


def _moment(key: tuple[str, str, str, float]) -> datetime:
    date, time, day, zone = key
    return told.at(_row(Header(None, day, False), date=date, time=time), zone)


_ANSWERS, _PLACES, _SITES = Kept(_answer, REMEMBERED), Kept(_place, REMEMBERED), Kept(_site, REMEMBERED)
_ACTORS, _TIMES = Kept(_actor, REMEMBERED), Kept(_moment, SECONDS)
