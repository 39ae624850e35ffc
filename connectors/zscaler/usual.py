"""Name-value lines of a feed met before: its names stand in one order, so that one expression takes the values.

A feed writes the same names in every line. Where the first line of a feed holds nothing but these, an expression of its
names is kept, and lines that it fits are read part by part. What a part says is asked of `web`, which reads any entry,
and kept by the fields it was made of: people, places and answers come again.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from connectors.base import Ignored
from connectors.records import Kept
from connectors.zscaler import web
from connectors.zscaler.entry import Entry, moment, present, value_of
from connectors.zscaler.feed import PRODUCT
from connectors.zscaler.relay import own
from schemas.observation import Actor, App, Kind, Observation

REMEMBERED, SECONDS = 20_000, 5_000
_SHAPES, _MET, _LEAST, _MOST = 4, 1 << 10, 4, 200
_TIME = r"([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})"
_NAME = re.compile(r"[A-Za-z][\w.]{0,40}", re.ASCII)
_DIGITS = 20
_DIGIT = frozenset("0123456789")
_WEB = Kind.WEB
Names = tuple[str, ...]
Fields = tuple[str, ...]
"""Values as they stand in the line."""


class Answer(NamedTuple):
    """What became of a request: what the entry is where it is none, else what the observation says."""

    nothing: Ignored | None
    method: str | None
    status: int | None
    action: str
    content_type: str | None


class Site(NamedTuple):
    """What the request was for, and what DLP found in it."""

    host: str
    app: App | None
    kind: str | None
    labels: tuple[str, ...]
    rules: tuple[str, ...]
    facts: dict[str, str]


class Shape(NamedTuple):
    """The lines of a feed: an expression, places in it, and what was made of the fields there so far.

    A part has two places at least, since the first group of the expression is empty.
    """

    fits: Callable[[str], re.Match[str] | None]
    answer: tuple[int, ...]
    site: tuple[int, ...]
    person: tuple[int, ...]
    time: tuple[int, ...]
    single: tuple[int, ...]
    answers: Kept[Fields, Answer]
    sites: Kept[Fields, Site]
    people: Kept[Fields, Actor]
    times: Kept[tuple[Fields, float], tuple[datetime, str]]


_PARTS = (
    ("status", "action", "method", "content_type"),
    ("host", "app", "class", "categories", "super", "engines", "dictionaries"),
    ("user", "location", "ip", "dept", "device"),
    ("epoch", "time", "tz"),
)
_SINGLE = ("url", "record", "file", "out", "in", "agent")


class Shapes:
    """Shapes of the lines met last; which of them are known changes how fast a line is read, never what it says."""

    def __init__(self) -> None:
        self._known: list[Shape] = []
        self._met: set[Names] = set()

    def read(self, lines: Iterator[str], zone: float) -> Iterator[Observation | Ignored | None]:
        """What lines of a known shape say; None for any other. Raises Rejected naming what is wrong."""
        for line in lines:
            entry = line if line[:1] in _DIGIT else own(line) or ""
            if "|" in entry and PRODUCT.search(entry):
                yield None
                continue
            for shape in self._known:
                found = shape.fits(entry)
                if found is not None:
                    yield _observation(shape, found.group, zone)
                    break
            else:
                if "\t" in entry:
                    self._learn(entry)
                yield None

    def _learn(self, line: str) -> None:
        """Keeps the shape of a line whose names were met before: making its expression takes a thousand lines' time."""
        names = _names(line)
        if names is not None and names in self._met:
            shape = _shape(names)
            self._known = [*((shape,) if shape else ()), *self._known][:_SHAPES]
        elif names is not None:
            if len(self._met) >= _MET:
                self._met.clear()
            self._met.add(names)


def _names(line: str) -> Names | None:
    """The names in a line as they are written, the first one empty where a time stands alone; None for no pairs."""
    pieces = line.split("\t")
    timed = re.fullmatch(_TIME, pieces[0]) is not None
    if not all("=" in piece for piece in pieces[timed:]):
        return None
    written = tuple(piece.partition("=")[0] for piece in pieces[timed:])
    fit = _LEAST <= len(written) <= _MOST and all(map(_NAME.fullmatch, written))
    return (("",) if timed else ()) + written if fit else None


def _shape(written: Names) -> Shape | None:
    """How lines of these names are read; None where two fields say the same thing."""
    names = [name.lower() or "time" for name in written]
    if len(set(names)) < len(names):
        return None
    fields = present(tuple(names))
    single = [fields[role] for role in _SINGLE]
    if any(len(keys) > 1 or (keys and keys[0].startswith("b64")) for keys in single):
        return None
    needed = {key for role in (*chain(*_PARTS), *_SINGLE) for key in fields[role]}
    groups = {name: number for number, name in enumerate((name for name in names if name in needed), 2)}
    pieces = (_piece(name, taken=name.lower() in needed) for name in written)
    (answer, asked), (site, where), (person, who), (time, when) = (_part(roles, fields, groups) for roles in _PARTS)
    return Shape(
        re.compile("()" + "\t".join(pieces)).fullmatch, asked, where, who, when,
        tuple(groups[keys[0]] if keys else 1 for keys in single),
        Kept(partial(_answer, answer), REMEMBERED), Kept(partial(_site, site), REMEMBERED),
        Kept(partial(_person, person), REMEMBERED), Kept(partial(_moment, time), SECONDS),
    )  # fmt: skip


def _piece(name: str, *, taken: bool) -> str:
    """The expression of a pair, or of a time that stands alone."""
    if not name:
        return _TIME
    return f"{re.escape(name)}=" + ("([^\t]*+)" if taken else "[^\t]*+")


def _part(roles: Names, fields: dict[str, Names], groups: dict[str, int]) -> tuple[Names, tuple[int, ...]]:
    """Names of the fields of some roles, and their places in the expression."""
    own = tuple(key for role in roles for key in fields[role])
    return own, (*map(groups.__getitem__, own), 1, 1)


def _observation(shape: Shape, group: Callable[..., Any], zone: float) -> Observation | Ignored | None:
    nothing, method, status, action, content_type = shape.answers[group(*shape.answer)]
    if nothing is not None:
        return nothing
    where, app, kind, labels, rules, facts = shape.sites[group(*shape.site)]
    if rules:
        return None  # a hit too
    url, number, file, sent, received, agent = group(*shape.single)
    host, port, path = web.destination(_said(url, address=True), where)
    at, stamp = shape.times[group(*shape.time), zone]
    own = number if number.isdecimal() else _said(number)
    return Observation(
        source="zscaler", kind=_WEB, at=at, id=f"zscaler:{own}-{stamp}" if own and own != "0" else "", host=host,
        path=path, method=method, status=status, actor=shape.people[group(*shape.person)], app=app,
        action=action, object=web.held(_said(file)) if file else None,
        bytes_out=_size(sent), bytes_in=_size(received),
        user_agent=_AGENTS[agent], content_type=content_type, labels=labels,
        attributes=facts if port in web.USUAL_PORTS else web.facts(kind, port),
    )  # fmt: skip


def _said(raw: str, *, address: bool = False) -> str | None:
    return value_of(raw.strip().strip('"'), address=address)


_AGENTS = Kept(_said, REMEMBERED)


def _size(raw: str) -> int | None:
    return int(raw) if raw.isdecimal() and raw.isascii() and len(raw) < _DIGITS else web.size(_said(raw))


def _entry(names: Names, values: Fields) -> Entry:
    return Entry({name: value.strip().strip('"') for name, value in zip(names, values, strict=False)})


def _answer(names: Names, values: Fields) -> Answer:
    entry = _entry(names, values)
    status = web.size(entry.said("status")) or None
    return Answer(web.nothing(entry), web.verb(entry), status, web.action(entry), entry.said("content_type"))


def _site(names: Names, values: Fields) -> Site:
    entry = _entry(names, values)
    kind = entry.said("class")
    return Site(
        web.named(entry), web.application(entry), kind, web.categories(entry), web.fired(entry), web.facts(kind, "")
    )


def _person(names: Names, values: Fields) -> Actor:
    return web.actor(_entry(names, values))


def _moment(names: Names, known: tuple[Fields, float]) -> tuple[datetime, str]:
    values, zone = known
    at = moment(_entry(names, values), zone)
    return at, web.stamp(at)
