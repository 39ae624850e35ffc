"""What became of each record, and the tally that always adds up."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Parsed, Rejected
from connectors.records.native import Broken, Native, broken
from connectors.records.usual import FAULTS
from schemas.observation import Observation

NOTHING = Ignored("nothing to report")
WINDOW = 1 << 17
"""How many distinct digests are remembered for occurrence numbers: identical records stand close together."""


class Observed(msgspec.Struct, frozen=True, gc=False):
    """A record that said something: its observations (or people, or registry entries), at least one.

    `place` is its position, or where it has a `line`, its file's name: a position is put together when it is asked for.
    """

    items: tuple[Parsed, ...]
    place: str
    line: int = 0

    @property
    def position(self) -> str:
        """Where the record stands, as `Native` has it."""
        return f"{self.place}:{self.line}" if self.line else self.place


Outcome = Observed | Ignored | Broken


class Tally(msgspec.Struct):
    """Counts of outcomes; `records = observed + Σ ignored + rejected` holds after every `count`."""

    source: str
    records: int = 0
    observed: int = 0
    ignored: dict[str, int] = msgspec.field(default_factory=dict)
    rejected: int = 0
    observations: int = 0

    def count(self, outcome: Outcome) -> None:
        """Adds one record."""
        self.records += 1
        if isinstance(outcome, Observed):
            self.observed += 1
            self.observations += len(outcome.items)
        elif isinstance(outcome, Ignored):
            self.ignored[outcome.reason] = self.ignored.get(outcome.reason, 0) + 1
        else:
            self.rejected += 1


def outcomes(
    connector: Connector, found: Iterable[Native | Broken], config: Any, arrived: datetime | None = None
) -> Iterator[Outcome]:
    """One outcome a record, in order. A rejected record comes as Broken with its bytes, place and reason."""
    for native in found:
        if isinstance(native, Broken):
            yield native
        else:
            yield became(connector, native.record, config, arrived, native.position)


def outcome(connector: Connector, native: Native, config: Any, arrived: datetime | None = None) -> Outcome:
    """What `parse` makes of one record; a shape the connector did not foresee is a rejected record, not an end.

    `arrived` is when the record came, or its file was written last: for sources whose times have no year.
    """
    return became(connector, native.record, config, arrived, native.position)


def became(
    connector: Connector, record: Any, config: Any, arrived: datetime | None, place: str, line: int = 0
) -> Outcome:  # fmt: skip
    """The same of a record that is in no `Native`; `place` and `line` as `Observed` has them."""
    try:
        parse = connector.parse
        parsed = parse(record, config, arrived) if connector.dates_by_arrival else parse(record, config)
        if isinstance(parsed, Ignored):
            return parsed
        items = tuple(parsed)
    except FAULTS as fault:
        reason = str(fault) if isinstance(fault, Rejected) else f"a shape that is not known ({type(fault).__name__})"
        return broken(_raw(record), f"{place}:{line}" if line else place, reason)
    return Observed(items, place, line) if items else NOTHING


def _raw(record: Any) -> bytes:
    return record if isinstance(record, bytes) else msgspec.json.encode(record)


class Occurrences:
    """Gives an id to observations of sources that have none: a digest and its occurrence number, in bounded memory."""

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, int] = OrderedDict()

    def identified(self, observation: Observation) -> Observation:
        """The same observation, its id set: two identical ones after another are two events."""
        if observation.id:
            return observation
        digest = hashlib.blake2b(msgspec.json.encode(observation), digest_size=16)
        number = self._seen.pop(digest.digest(), 0) + 1
        self._seen[digest.digest()] = number
        if len(self._seen) > WINDOW:
            self._seen.popitem(last=False)
        return msgspec.structs.replace(observation, id=f"{observation.source}:{digest.hexdigest()}:{number}")
