"""THREAT logs of subtype url: a request that URL filtering saw. The firehose, so its usual shape is read in few steps.

Usual is a line whose only quotes up to the user agent are those around the URL. Any other is read cell by cell.
Order of the fields: see connectors/panos/logs.py, url-filtering-log-fields.
"""

from typing import NamedTuple

from connectors.base import Rejected
from connectors.panos.applications import categories, known
from connectors.panos.cells import every
from connectors.panos.clock import at
from connectors.panos.logs import (
    ACTION,
    APP,
    GENERATED,
    PORT,
    SERIAL,
    SOURCE,
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
_URL, _AGENT = 31, 46
_BETWEEN = _AGENT - _URL + 1
"""Cells of what stands between the quotes of the URL and those of the user agent, with the empty ones at both ends."""
_FORWARDED, _REFERRER, _METHOD, _CATEGORIES = 2, 3, 17, 29
"""Places after the user agent."""
_Later = tuple[str, str, str]
"""Of the cells after the user agent: whom a proxy asked for, the method, and the list of categories."""
_Cells = tuple[list[str], str, list[str], str, _Later]
"""The cells up to the URL, the URL, those after it up to the user agent, that, and what is needed of those after it."""


class Answer(NamedTuple):
    """What the cells say that come again in thousands of lines."""

    app: App | None
    facts: dict[str, str]
    action: str
    labels: tuple[str, ...]
    method: str | None


def url(line: str, how: Config) -> Observation:
    """A request, with the page's address and who asked for it. Raises Rejected."""
    head, address, between, agent, (forwarded, method, more) = _usual(line) or _any(line)
    host, port, path = requested(address)
    if not host:
        raise Rejected("the request has no host")
    if len(between) < _BETWEEN:
        between = [*between, *[""] * _BETWEEN]
    answer = _ANSWERS[head[APP], port or head[PORT], head[ACTION], between[2], more, method]
    return Observation(
        source="panos", kind=_WEB, at=at(line, head[GENERATED], how.zone),
        id=identity(head[SERIAL], "THREAT", between[5].strip(), head[GENERATED]), host=host, path=path,
        method=answer.method, actor=_PEOPLE[head[USER], forwarded, head[SOURCE]], app=answer.app, action=answer.action,
        user_agent=agent or None, content_type=between[10].strip() or None, labels=answer.labels,
        attributes=answer.facts,
    )  # fmt: skip


def _answer(cells: tuple[str, str, str, str, str, str]) -> Answer:
    app, port, action, category, more, method = cells
    return Answer(*known(app, port), decided(action), categories(category.strip(), more), _method(method))


def _person(cells: tuple[str, str, str]) -> Actor:
    """The user, and the address a proxy asked for, else the line's own."""
    user, forwarded, source = cells
    return actor(user, forwarded if forwarded and ADDRESS.fullmatch(forwarded) else source)


_ANSWERS, _PEOPLE = Kept(_answer, REMEMBERED), Kept(_person, REMEMBERED)


def _usual(line: str) -> _Cells | None:
    parts = line.split('"', 4)
    if len(parts) < 3 or parts[2][:1] not in {",", ""}:  # noqa: PLR2004 - before, within and after the quotes
        return None
    head, between = parts[0].split(","), parts[2].split(",")
    if len(head) != _URL + 1:
        return None
    if len(parts) == 3:  # noqa: PLR2004 - no other quotes
        return (head, parts[1], between, cell(between, _BETWEEN - 1), _named(between[_BETWEEN - 1 :]))
    if len(between) != _BETWEEN or len(parts) != 5 or parts[4][:1] not in {",", ""}:  # noqa: PLR2004 - with the agent's quotes
        return None
    return (head, parts[1], between, parts[3], _later(parts[4]))


def _any(line: str) -> _Cells:
    cells = whole(line)
    after = ["", *cells[_URL + 1 :]]
    return (cells[:_URL], cell(cells, _URL), after[: _BETWEEN - 1], cell(cells, _AGENT), _named(after[_BETWEEN - 1 :]))


def _later(text: str) -> _Later:
    """What is needed of the text after the user agent, whose usual quotes are the referrer's and the categories'."""
    parts = text.split('"', 4)
    first = parts[0].split(",")
    if len(first) != _REFERRER + 1 or len(parts) < 4:  # noqa: PLR2004 - the categories' quotes too
        return _named(every(text, _CATEGORIES + 1))
    if parts[2].count(",") != _CATEGORIES - _REFERRER:
        return _named(every(text, _CATEGORIES + 1))
    return first[_FORWARDED], parts[2].split(",", _METHOD - _REFERRER + 1)[_METHOD - _REFERRER], parts[3]


def _named(later: list[str]) -> _Later:
    return cell(later, _FORWARDED), cell(later, _METHOD), cell(later, _CATEGORIES)


def _method(text: str) -> str | None:
    method = text.strip().upper()
    return method if method.isalpha() and method != "UNKNOWN" else None
