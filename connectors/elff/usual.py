"""Rows of a layout in which every role has one column: read part by part, each remembered, as they come again.

A proxy's rows name a few thousand people, places and kinds of answer, and hundreds fall into one second. What a part
says is asked of `row`, which reads any row, and kept by the values it was made of; a row whose place is told otherwise
than by host and path is read whole.
"""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from connectors.base import Ignored
from connectors.elff import row as told
from connectors.elff.layout import Layout
from connectors.elff.row import Header, Row
from schemas.observation import Actor, App, Kind, Observation

REMEMBERED, SECONDS = 50_000, 10_000


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
    answer = _answer(status, exception, method, result, filtered, host != "-" or address != "-" or sni != "-")
    if answer.nothing is not None:
        return answer.nothing
    place = _place(host, address, sni, certificate, port, method)
    labels, application, facts, kind = _site(categories, app, activity, content_type)
    agent = agent.strip()
    return Observation(
        source="elff", kind=Kind.WEB, at=_moment(date, time, header.date, zone), host=place.host,
        path=None if place.tunnel or path == "-" else path.strip() or None, method=answer.method, status=answer.status,
        actor=_actor(user, forwarded, client, client_name), app=application, action=answer.action,
        bytes_in=told.size(received), bytes_out=told.size(sent), labels=labels, content_type=kind,
        user_agent=None if agent in {"-", ""} else agent.replace("+", " ") if header.microsoft else agent,
        attributes={**place.facts, **facts} if place.facts or facts else {},
    )  # fmt: skip


def _row(header: Header = Header(None, "", False), **values: str) -> Row:  # noqa: B008 - a value, never changed
    """A row of these roles alone."""
    layout = Layout(len(values), more=False, tabs=False, places={role: (at,) for at, role in enumerate(values)})
    return Row(layout, list(values.values()), header)


@lru_cache(REMEMBERED)
def _answer(status: str, exception: str, method: str, result: str, filtered: str, somewhere: bool) -> Answer:  # noqa: FBT001 - a key
    row = _row(
        status=status, exception=exception, method=method, result=result, filtered=filtered,
        host="somewhere" if somewhere else "-",
    )  # fmt: skip
    return Answer(told.nothing(row), told.verb(row), told.code(row), told.action(row))


@lru_cache(REMEMBERED)
def _place(host: str, address: str, sni: str, certificate: str, port: str, method: str) -> Place:
    row = _row(host=host, address=address, sni=sni, certificate=certificate, port=port, method=method)
    name, number, _ = told.destination(row)
    return Place(name, told.facts(number), method.upper() == "CONNECT")


@lru_cache(REMEMBERED)
def _site(
    categories: str, app: str, activity: str, content_type: str
) -> tuple[tuple[str, ...], App | None, dict[str, str], str | None]:
    row = _row(categories=categories, app=app, activity=activity, content_type=content_type)
    return told.categories(row.said("categories")), told.application(row), told.done(row), told.media(row)


@lru_cache(REMEMBERED)
def _actor(user: str, forwarded: str, client: str, client_name: str) -> Actor:
    return told.actor(_row(user=user, forwarded=forwarded, client=client, client_name=client_name))


@lru_cache(SECONDS)
def _moment(date: str, time: str, day: str, zone: float) -> datetime:
    return told.at(_row(Header(None, day, False), date=date, time=time), zone)
