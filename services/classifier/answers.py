"""The classifier as a pipe: one answer a line, for hosts, application names or observations."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from schemas.observation import App, Kind, Observation
from schemas.usage import Label, Verdict
from services.classifier.faults import said
from services.labelling.hosts import is_plain
from services.labelling.labeller import Labeller
from services.labelling.match import nothing_at

_SCHEME = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//")
_QUERY = re.compile(r"[?#]")
_NAMES_A_TOOL = frozenset({Verdict.AI, Verdict.EMBEDDED, Verdict.RELATED})
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Answer(msgspec.Struct, frozen=True):
    """One line of `penumbra classify`. `tool` is a catalog id, only for ai, embedded and related.

    `account` is enterprise, personal or anonymous where something told it.
    """

    input: str
    verdict: Verdict
    tool: str | None
    confidence: float
    basis: tuple[str, ...]
    account: str | None = None


class Unreadable(msgspec.Struct, frozen=True):
    """A line that is no observation: its number, from 1, and the fault without the line's content."""

    line: int
    fault: str


def answer(asked: str, label: Label) -> Answer:
    """The label as an answer to what was asked."""
    tool = label.tool if label.verdict in _NAMES_A_TOOL else None
    return Answer(asked, label.verdict, tool, label.confidence, label.basis, label.account)


def of_hosts(lines: Iterable[str], labeller: Labeller) -> Iterator[Answer]:
    """A host or `host/path` a line, a scheme and credentials in front allowed; a query or fragment is not looked at."""
    for line in lines:
        asked = line.strip()
        if is_plain(asked):
            found = labeller.of_host(asked)
            yield answer(asked, found if isinstance(found, Label) else labeller.label(_seen(host=asked)))
            continue
        host, slash, path = _QUERY.split(_SCHEME.sub("", asked), maxsplit=1)[0].partition("/")
        if host:
            yield answer(asked, labeller.label(_seen(host=host, path=f"/{path}" if slash else None)))
        else:
            yield answer(asked, nothing_at("host:", "no host is given"))


def of_apps(lines: Iterable[str], labeller: Labeller) -> Iterator[Answer]:
    """`name<TAB>publisher<TAB>client_id` a line, the last two may be empty or missing."""
    for line in lines:
        asked = line.rstrip("\r\n")
        name, publisher, client_id, *_ = (*(part.strip() or None for part in asked.split("\t")), None, None, None)
        app = App(name=name, publisher=publisher, client_id=client_id)
        yield answer(asked, labeller.label(_seen(app=app)))


def of_observations(lines: Iterable[str], labeller: Labeller) -> Iterator[Answer | Unreadable]:
    """Observations as `penumbra parse` prints them, a line each; `input` is the observation's id."""
    decode = msgspec.json.Decoder(Observation).decode
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            seen = decode(line)
        except (msgspec.MsgspecError, UnicodeError) as error:
            yield Unreadable(number, said(error))
            continue
        yield answer(seen.id, labeller.label(seen))


def _seen(*, host: str | None = None, path: str | None = None, app: App | None = None) -> Observation:
    return Observation(source="", kind=Kind.WEB, at=_NEVER, host=host or None, path=path, app=app)
