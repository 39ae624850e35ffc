"""What a connector is made of: its declaration, the page it fetches, and the context the kit hands it.

One file = one source: docstring, `Config`, `fetch`, `parse`, and a `CONNECTOR` at the bottom. There is no list to
edit: `discover()` walks this package, and the entry-point group `penumbra.connectors` adds those of others.
"""

import importlib
import importlib.metadata
import importlib.util
import pkgutil
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import msgspec

from schemas.observation import Kind, Observation
from schemas.person import Person
from schemas.registry import RegistryEntry

Json = Any
Parsed = Observation | Person | RegistryEntry


class Ignored(msgspec.Struct, frozen=True):
    """A record that was read and holds nothing to report; `reason` is a short stable phrase that is counted."""

    reason: str


class Rejected(ValueError):
    """A record that can't be read. The message names the fault and never repeats the record's content."""


class Unmapped(ValueError):
    """A file's columns can't be told apart. The message lists the columns, and the setting that says which is which."""


class Response(Protocol):
    """The answer of one request, read whole; bodies are bounded by the kit."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def content(self) -> bytes: ...
    @property
    def url(self) -> str: ...
    def json(self) -> Json: ...


class Http(Protocol):
    """The kit's HTTP client: timeouts, retry with Retry-After, rate limit, redaction, error table, proxy and CA.

    Raises one of the kit's errors (reconnect, misconfigured, wait); `accept` names statuses the connector reads itself.
    Header names are matched without regard to case. `once` is for a GET that moves something at the source: it is sent
    again only where the source said that it did nothing (a rate limit, a conflict), never where the answer was lost.
    """

    async def get(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (), once: bool = False,
    ) -> Response: ...  # fmt: skip
    async def post(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None, json: Json = None, accept: tuple[int, ...] = (),
    ) -> Response: ...  # fmt: skip


class Fetch(Protocol):
    """What `fetch` is given: its settings, the cursor it saved last, the window's bounds, the client, secrets, clock.

    `cursor` is what the last published page carried (None at the first run or for a back-fill). `since` is the oldest
    time wanted: the look-back is already in it. `lookback` is for those who go on from a time in their cursor: how far
    before it to read again. `until` is set for a bounded run. `secret` resolves a SecretRef's text. Of a `trial` the
    first page is looked at and none published: it moves nothing at the source.
    """

    @property
    def config(self) -> Any: ...
    @property
    def cursor(self) -> str | None: ...
    @property
    def since(self) -> datetime: ...
    @property
    def lookback(self) -> timedelta: ...
    @property
    def until(self) -> datetime | None: ...
    @property
    def trial(self) -> bool: ...
    @property
    def http(self) -> Http: ...
    def secret(self, ref: str) -> str: ...
    def now(self) -> datetime: ...


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page of native records. `cursor` is saved only after the page is on the log; None leaves the saved one.

    `name` names the page for occurrence numbers and dead letters (a blob id, a file's path, a window).
    """

    records: tuple[Any, ...]
    name: str
    cursor: str | None = None


class Trouble(Exception):
    """A source that can't be read for a reason the operator must know. `state` is one of SourceHealth's states.

    `retry_after` is how many seconds to leave it alone, where it said so in a way only its connector can read.
    """

    def __init__(self, state: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.state = state
        self.retry_after = retry_after


@dataclass(frozen=True, kw_only=True)
class Connector:
    """The declaration of a source.

    `how`: pull (has `fetch`), push, file. `parse` takes one native record and the config; it yields observations,
    returns an `Ignored`, or raises `Rejected`; it is pure. `recognise` gives 0…1 for a sample record (bytes line or
    decoded JSON object). `split` says how a byte stream becomes records: JSON containers, lines, or CSV rows.
    `lateness` is how late a record may still appear, `lookback` what each pull re-reads. `rate` is how
    many requests a second the vendor allows a tenant, where that is published. `granted_in` is where in the vendor's
    own console the permissions are granted, as the way through its menus. Where `dates_by_arrival`, times come
    without their year: `parse` takes as a third argument when the record arrived, or its file was written last.
    `directives` matches lines of a text that are no records but say how those after them are read
    (connectors/records/directives.py). `propose` makes settings of the columns a file has, where they are to be told
    apart once and remembered; it raises Unmapped. `imported` says where files come in that are no events: such a one is
    parsed, and never set up as a source. `also_told` names,
    of a config, what another connector would tell of the same tenant under other ids, in words both use
    (connectors/overlap.py). `action_of` gives a record's own word for what it tells (an event type, an operation),
    never a person's or a thing's name: words not met before are shown as new vocabulary. `spread` takes apart an
    envelope whose parts can't be read without it (a span without its resource): the records in it, or None for what is
    none. `usual` reads text lines of the shape that most have many at once, in the same words as `parse`
    (connectors/records/usual.py). `texts` gives what somebody wrote in a record, for ingest to tell data classes and
    forget it: pure, and nothing of it may come out of `parse`. `comments`: its JSON may hold comments,
    as editors' settings do. A `generic` source reads what no other one knows better: `auto` names it only then.
    """

    name: str
    title: str
    kinds: tuple[Kind, ...]
    how: tuple[Literal["pull", "push", "file"], ...]
    parse: Callable[..., Iterator[Parsed] | Ignored]
    recognise: Callable[[Any], float]
    records: Literal["json", "lines", "csv"]
    config: type = dict
    fetch: Callable[[Fetch], AsyncIterator[Page]] | None = None
    docs: str = ""
    permissions: tuple[str, ...] = ()
    granted_in: str = ""
    plan: str = ""
    cursor: str = ""
    lateness: timedelta = timedelta(0)
    lookback: timedelta = timedelta(0)
    max_back: timedelta | None = None
    every: timedelta = timedelta(minutes=5)
    rate: float | None = None
    evidence: Literal["real sample", "vendor example", "unverified"] = "unverified"
    samples: tuple[str, ...] = ()
    wrapped_in: tuple[str, ...] = ()
    spread: Callable[[Mapping[str, Any]], Iterator[Any] | None] | None = None
    secrets: tuple[str, ...] = ()
    directives: re.Pattern[bytes] | None = None
    dates_by_arrival: bool = False
    propose: Callable[[Sequence[str], Mapping[str, Any]], Mapping[str, Any]] | None = None
    also_told: Callable[[Any], Iterable[str]] | None = None
    action_of: Callable[[Any], str | None] | None = None
    usual: Callable[..., Iterator[Observation | Ignored | None]] | None = None
    texts: Callable[[Any, Any], Iterable[str]] | None = None
    comments: bool = False
    generic: bool = False
    imported: str = ""


def discover() -> dict[str, Connector]:
    """Every connector by name: the modules of this package that end in a `CONNECTOR`, then those of entry points."""
    import connectors  # noqa: PLC0415 - the package being walked

    found: dict[str, Connector] = {}
    for module in pkgutil.iter_modules(connectors.__path__):
        if module.name != "base":
            declared = getattr(importlib.import_module(f"connectors.{module.name}"), "CONNECTOR", None)
            if declared is not None:
                found[declared.name] = declared
    for point in importlib.metadata.entry_points(group="penumbra.connectors"):
        declared = point.load()
        found[declared.name] = declared
    return dict(sorted(found.items()))


def find(name: str) -> Connector | None:
    """One connector by its name; looks into the module of that name first, so that a command need not load all."""
    if name.isidentifier() and importlib.util.find_spec(f"connectors.{name}"):
        declared = getattr(importlib.import_module(f"connectors.{name}"), "CONNECTOR", None)
        if declared is not None and declared.name == name:
            found: Connector = declared
            return found
    return discover().get(name)
