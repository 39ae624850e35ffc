"""One record of `observation.v1` in, one of `usage.v1` out or nothing: the hot path, without I/O.

Most records name a host that is nothing: they cost a decode and a dictionary look-up. What travels is written by a
struct of `Usage`'s fields whose label is already encoded (tests hold it against `labelling.usage.usage`).
"""

from collections import Counter
from datetime import datetime

import msgspec

from schemas.observation import ClassLabel, Identifier, Kind, ProtectedObservation, ProtectedSolution
from schemas.usage import TRAVELS, Label, Verdict
from services.labelling.index import CatalogIndex
from services.labelling.labeller import Labeller
from services.labelling.match import NO_OVERRIDES, Overrides
from services.labelling.usage import BLOCKED, usage

_LABELS = 50_000
_WEB = Kind.WEB


class Outgoing(msgspec.Struct, omit_defaults=True, gc=False):
    """A `Usage` about to be written: the same fields, positional, with the label as it is encoded."""

    id: str
    source: str
    instance: str
    kind: Kind
    at: datetime
    arrived_at: datetime
    label: msgspec.Raw
    generation: int = 0
    identifiers: tuple[Identifier, ...] = ()
    unit: str | None = None
    action: str = "use"
    classes: tuple[ClassLabel, ...] = ()
    solution: ProtectedSolution | None = None
    bytes_out: int = 0
    bytes_in: int = 0
    catalog: str = ""


class _Known:
    """A label met before: how it is written (None: it ends here), and how often it was given since last asked."""

    __slots__ = ("count", "label", "written")

    def __init__(self, label: Label, written: msgspec.Raw | None) -> None:
        self.label = label
        self.written = written
        self.count = 0


class Decider:
    """Decides records under one catalog and the overrides heard so far."""

    def __init__(self, index: CatalogIndex, overrides: Overrides = NO_OVERRIDES) -> None:
        self.labeller = Labeller(index, overrides)
        self._version = index.version
        self._decode = msgspec.json.Decoder(ProtectedObservation).decode
        self._encode = msgspec.json.Encoder().encode
        self._is_nothing = self.labeller.is_nothing
        self._known: dict[int, _Known] = {}
        self._nothings = 0
        self._counts: Counter[Verdict] = Counter()

    def override(self, overrides: Overrides) -> None:
        """Takes another set of overrides."""
        self.labeller.override(overrides)
        self._forget()

    def decide(self, value: bytes) -> bytes | None:
        """The encoded usage, None where nothing travels; raises msgspec.MsgspecError where it can't be read."""
        seen = self._decode(value)
        if self._is_nothing(seen):
            self._nothings += 1
            return None
        label = self.labeller.label(seen)
        known = self._known.get(id(label)) or self._remember(label)
        known.count += 1
        written = known.written
        if written is None:
            return None
        if seen.kind is not _WEB or seen.scopes or seen.labels or seen.object is not None:
            return self._encode(usage(seen, label, self._version))
        done = BLOCKED if seen.action == BLOCKED else label.action or "use"
        out = Outgoing(
            seen.id, seen.source, seen.instance, _WEB, seen.at, seen.arrived_at, written, seen.generation,
            seen.identifiers, seen.unit, done, seen.classes, seen.solution,
            seen.bytes_out or 0, seen.bytes_in or 0, self._version,
        )  # fmt: skip
        return self._encode(out)

    def taken(self) -> Counter[Verdict]:
        """How many records got each verdict since last asked."""
        for known in self._known.values():
            self._counts[known.label.verdict] += known.count
            known.count = 0
        self._counts[Verdict.NONE] += self._nothings
        self._nothings = 0
        counts, self._counts = self._counts, Counter()
        return +counts

    def _remember(self, label: Label) -> _Known:
        """Holding the label keeps its identity its own."""
        if len(self._known) >= _LABELS:
            self._forget()
        written = msgspec.Raw(self._encode(label)) if label.verdict in TRAVELS else None
        known = self._known[id(label)] = _Known(label, written)
        return known

    def _forget(self) -> None:
        counts = self.taken()
        self._counts = counts
        self._known = {}
