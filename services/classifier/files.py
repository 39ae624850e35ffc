"""Files of native records, read, recognised, labelled and folded: the whole pipeline without a log or a database."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, Any

import msgspec

from connectors.base import Connector
from connectors.records import RECOGNISED, SAMPLE, Observed, Outcome, Tally, read, recognise
from connectors.records.bytestream import CHUNK, Buffer, Cut
from schemas.observation import Actor as Somebody
from schemas.observation import Observation
from schemas.person import Person
from schemas.registry import RegistryEntry
from schemas.usage import TRAVELS
from services.classifier.fold import Actor, Fold
from services.classifier.parts import LARGE, Slice, gathered, parts
from services.classifier.squid_lines import LOOKS_NATIVE, SquidLines
from services.kit.arrival import arrived
from services.labelling.labeller import Labeller

_STEP = 5_000


class Unrecognised(ValueError):
    """No source is surely the file's; `candidates` are the nearest, best first, with their scores 0…1."""

    def __init__(self, name: str, candidates: list[tuple[str, float]]) -> None:
        nearest = ", ".join(f"{source} ({score:.2f})" for source, score in candidates[:3]) or "none is near"
        super().__init__(f"{name}: not recognised; nearest: {nearest}; name one with --format")
        self.candidates = candidates


class Scan:
    """Reads files one after the other. `identify` gives an actor's identifiers, `link` a person's identifiers."""

    def __init__(
        self, sources: Mapping[str, Connector], labeller: Labeller, *, identify: Callable[[Somebody | None], Actor],
        link: Callable[[Person], Iterable[tuple[str, str]]], large: int = LARGE,
    ) -> None:  # fmt: skip
        self.sources, self.labeller, self.fold = sources, labeller, Fold()
        self._identify, self._link, self._large = identify, link, large
        self.links: dict[tuple[str, str], str] = {}
        self.units: dict[str, str] = {}
        self.left: set[str] = set()
        self.entries: list[RegistryEntry] = []
        self.tallies: list[Tally] = []

    def read(self, file: IO[bytes], name: str, source: str | None = None, *, form: str | None = None) -> Iterator[int]:
        """Reads one file as `source`, or as what it is recognised to be; yields the records read now and then.

        `form` is the source's own format setting (a Squid logformat). Raises Unrecognised where it is not sure, and
        msgspec.ValidationError where the source has no such format.
        """
        buffer = Buffer(file)
        buffer.fill(SAMPLE)
        if not buffer.data and buffer.cut is None:
            return
        connector = self.sources[source or self._recognised(buffer.data[:SAMPLE], name)]
        config = _settings(connector, form)
        tally = Tally(connector.name)
        self.tallies.append(tally)
        native = connector.name == "squid" and form is None and LOOKS_NATIVE.match(buffer.data) is not None
        if native and not self.labeller.hears(connector.name):
            yield from self._native_lines(connector, file, buffer, tally)
        else:
            found = read(_Unread(buffer), connector, config, name, arrived(file))  # type: ignore[arg-type] # `read` alone is used
            yield from self._plainly(found, tally)

    def _native_lines(self, connector: Connector, file: IO[bytes], buffer: Buffer, tally: Tally) -> Iterator[int]:
        """Squid's own lines, in parts where the file is large and not compressed."""

        def lines(buffer: Buffer) -> Iterator[int]:
            reader = SquidLines(
                connector, connector.config(), labeller=self.labeller, fold=self.fold, identify=self._identify,
                tally=tally,
            )  # fmt: skip
            return reader.read(buffer)

        divided = parts(file, LOOKS_NATIVE, large=self._large)
        if not divided:
            yield from lines(buffer)
            return
        own, self.fold, descriptor = self.fold, Fold(), file.fileno()
        for told in gathered(
            lambda part: lines(Buffer(Slice(descriptor, part))),  # type: ignore[arg-type] # `read` alone is used
            lambda: (self.fold, tally),
            divided,
        ):
            if isinstance(told, int):
                yield told
            else:
                self.fold.merge(told[0])
                _add(tally, told[1])
        if own:
            self.fold.merge(own)

    def _recognised(self, sample: bytes, name: str) -> str:
        candidates = recognise(sample, self.sources)
        if not candidates or candidates[0][1] < RECOGNISED:
            raise Unrecognised(name, candidates)
        return candidates[0][0]

    def _plainly(self, found: Iterable[Outcome], tally: Tally) -> Iterator[int]:
        for outcome in found:
            tally.count(outcome)
            if isinstance(outcome, Observed):
                for item in outcome.items:
                    self._take(item)
            if tally.records % _STEP == 0:
                yield tally.records

    def _take(self, item: Observation | Person | RegistryEntry) -> None:
        if isinstance(item, Observation):
            label = self.labeller.label(item)
            if label.verdict in TRAVELS:
                self.fold.add(item, label, self._identify(item.actor))
        elif isinstance(item, Person):
            for identifier in self._link(item):
                self.links[identifier] = item.employee_id
            if not item.active and item.email:
                self.left.add(item.email.lower())
            if item.unit:
                self.units[item.employee_id] = item.unit
        else:
            self.entries.append(item)


def _settings(connector: Connector, form: str | None) -> Any:
    """The defaults, with the format where one is named; None for a pull source, whose records need no settings."""
    if form is not None:
        if "format" not in getattr(connector.config, "__struct_fields__", ()):
            raise msgspec.ValidationError(f"{connector.name} has one format only")
        return msgspec.convert({"format": form}, connector.config)
    try:
        return msgspec.convert({}, connector.config)
    except msgspec.ValidationError:
        return None


class Counts(msgspec.Struct):
    """What became of all records: `read = observed + Σ ignored + rejected`."""

    read: int = 0
    observed: int = 0
    ignored: dict[str, int] = {}
    rejected: int = 0


def counts(tallies: Iterable[Tally]) -> Counts:
    """The tallies of all files together."""
    total = Counts()
    for tally in tallies:
        total.read += tally.records
        total.observed += tally.observed
        total.rejected += tally.rejected
        for reason, times in tally.ignored.items():
            total.ignored[reason] = total.ignored.get(reason, 0) + times
    return total


def _add(tally: Tally, other: Tally) -> None:
    tally.records += other.records
    tally.observed += other.observed
    tally.rejected += other.rejected
    tally.observations += other.observations
    for reason, times in other.ignored.items():
        tally.ignored[reason] = tally.ignored.get(reason, 0) + times


class _Unread:
    """What a buffer holds and will still give, as a file to read on from."""

    def __init__(self, buffer: Buffer) -> None:
        self._buffer = buffer

    def read(self, size: int = CHUNK) -> bytes:
        """The next bytes, at most `size`; raises Cut where the stream was cut."""
        buffer = self._buffer
        if not buffer.data and not buffer.more() and buffer.cut is not None:
            raise Cut(buffer.cut)
        given, buffer.data = buffer.data[:size], buffer.data[size:]
        return given
