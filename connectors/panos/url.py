"""THREAT logs of subtype url: a request that URL filtering saw. The firehose, so most lines are cut at their quotes.

Usual is a line whose only quotes up to the categories are those around the URL, the user agent, the referrer and the
categories. Any other line is read cell by cell. Order of the fields: see connectors/panos/logs.py,
url-filtering-log-fields.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from connectors.base import Rejected
from connectors.panos.applications import categories, known
from connectors.panos.clock import at
from connectors.panos.logs import (
    ACTION,
    APP,
    GENERATED,
    PORT,
    SERIAL,
    SOURCE,
    SUBTYPE,
    TYPE,
    USER,
    Config,
    cell,
    decided,
    identity,
    whole,
)
from connectors.records import Kept
from connectors.shared.textlog.visit import ADDRESS, REMEMBERED, actor, requested
from schemas.observation import Actor, App, Kind, Observation

_WEB = Kind.WEB
_URL, _CATEGORY, _SEQUENCE, _CONTENT, _AGENT = 31, 33, 36, 41, 46
_FORWARDED, _REFERRER, _METHOD, _CATEGORIES = 48, 49, 63, 75
_QUOTES = 8
"""Of URL, user agent, referrer and categories."""
_LEAST_PARTS = 5
_Later = tuple[str, str, str]
"""Of the cells after the user agent: whom a proxy asked for, the method, and the list of categories."""


class Answer(NamedTuple):
    """What the cells say that come again in thousands of lines."""

    app: App | None
    facts: dict[str, str]
    action: str
    labels: tuple[str, ...]
    method: str | None


def usual(lines: Iterator[str], _before: bytes, config: Config | None) -> Iterator[Observation | None]:
    """What lines of requests say; None for all others. Raises Rejected naming what is wrong."""
    zone = config.zone if config else 0.0
    for line in lines:
        parts = line.split('"', _QUOTES)
        head = parts[0].split(",")
        if len(head) != _URL + 1 or len(parts) < _LEAST_PARTS or head[TYPE] != "THREAT" or head[SUBTYPE] != "url":
            yield None
            continue
        between = parts[2].split(",")
        if head[_URL] or between[0] or between[-1]:
            yield None  # a quote within a cell
            continue
        if len(between) == _AGENT - _URL + 1:
            agent, later = parts[3].strip(), _later(parts)
        else:
            agent, later = between[_AGENT - _URL].strip(), _without_agent(parts, between)
        yield None if later is None else _observation(line, head, parts[1], between, agent, later, zone)


def _later(parts: list[str]) -> _Later | None:
    """What is needed of the parts after a user agent in quotes; the referrer has some too, or is empty."""
    cells = parts[4].split(",")
    if len(cells) == _REFERRER - _AGENT + 1 and len(parts) > _QUOTES and parts[8][:1] == ",":
        tail = parts[6].split(",")
        fits = len(tail) == _CATEGORIES - _REFERRER + 1 and not (cells[0] or cells[-1] or tail[0] or tail[-1])
        return (cells[_FORWARDED - _AGENT], tail[_METHOD - _REFERRER], parts[7]) if fits else None
    if len(cells) == _CATEGORIES - _AGENT + 1 and not (cells[0] or cells[-1]) and parts[6][:1] == ",":
        return cells[_FORWARDED - _AGENT], cells[_METHOD - _AGENT], parts[5]
    return None


def _without_agent(parts: list[str], between: list[str]) -> _Later | None:
    """The same of a line whose next quotes after the URL's are those of the categories."""
    if len(between) != _CATEGORIES - _URL + 1 or parts[4][:1] != ",":
        return None
    return between[_FORWARDED - _URL], between[_METHOD - _URL], parts[3]


def url(line: str, how: Config) -> Observation:
    """A request, with the page's address and who asked for it. Raises Rejected."""
    cells = whole(line)
    after = [cell(cells, place) for place in range(_URL, _CATEGORIES + 1)]
    forwarded, method, more = (after[place - _URL] for place in (_FORWARDED, _METHOD, _CATEGORIES))
    return _observation(line, cells, after[0], after, after[_AGENT - _URL], (forwarded, method, more), how.zone)


def _observation(
    line: str, head: Sequence[str], address: str, after: Sequence[str], agent: str, later: _Later, zone: float
) -> Observation:  # fmt: skip
    """`head` are the cells before the URL, `after` it and those that follow."""
    forwarded, method, more = later
    host, port, path = requested(address)
    if not host:
        raise Rejected("the request has no host")
    app, facts, action, labels, method_said = _ANSWERS[
        head[APP], port or head[PORT], head[ACTION], after[_CATEGORY - _URL], more, method
    ]
    generated = head[GENERATED]
    return Observation(
        source="panos", kind=_WEB, at=at(line, generated, zone),
        id=identity(head[SERIAL], "THREAT", after[_SEQUENCE - _URL].strip(), generated), host=host, path=path,
        method=method_said, actor=_PEOPLE[head[USER], forwarded, head[SOURCE]], app=app, action=action,
        user_agent=agent or None, content_type=after[_CONTENT - _URL].strip() or None, labels=labels, attributes=facts,
    )  # fmt: skip


def _answer(cells: tuple[str, str, str, str, str, str]) -> Answer:
    app, port, action, category, more, method = cells
    return Answer(*known(app, port), decided(action), categories(category.strip(), more.strip()), _method(method))


def _person(cells: tuple[str, str, str]) -> Actor:
    """The user, and the address a proxy asked for, else the line's own."""
    user, forwarded, source = cells
    asked = forwarded.strip()
    return actor(user, asked if asked and ADDRESS.fullmatch(asked) else source)


def _method(text: str) -> str | None:
    method = text.strip().upper()
    return method if method.isalpha() and method != "UNKNOWN" else None


_ANSWERS, _PEOPLE = Kept(_answer, REMEMBERED), Kept(_person, REMEMBERED)
