"""Native records become what is appended to the log, and every record is counted. Pure, given the keys.

One `Intake` a file, page or push request: occurrences are counted within it. What can't be read becomes a dead letter:
sealed, with place and reason, under an id that a second reading gives again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from connectors.base import Connector, Ignored, Parsed
from connectors.records import Broken, Native, Observed, Outcome
from schemas.deadletter import DeadLetter
from schemas.observation import ClassLabel, Observation
from schemas.person import Person
from schemas.topics import DEAD_LETTER, OBSERVATION, PERSON
from services.ingest import protect, texts
from services.ingest.ids import UNREAD, Occurrences, encoded
from services.ingest.noted import Became, Noted
from services.ingest.reading import became
from services.kit.control.rows import Counts
from services.kit.eventlog import Record
from services.kit.keys import Keys
from services.labelling.sensitivity import surest

AHEAD = timedelta(hours=24)
"""How far before the clock an event may be: wrong zones happen, another year is a fault."""
NOT_HERE = "registry entries are imported with `penumbra registry import`"
LATENESS_SAMPLE = 10_000
REASONS, LONGEST_REASON, OTHERS = 200, 120, "other reasons"
_encode = msgspec.json.Encoder().encode
_OBSERVATIONS, _PERSONS = OBSERVATION.name, PERSON.name
Made = tuple[Record, datetime, str | None]
"""What is appended of an observation, when that was, and whom it is about."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Whose records these are. `config` is the connector's own; `generations` are those of back-filled days.

    `detect` says whether texts its records carry are read for data classes before they are dropped.
    """

    instance: str
    connector: Connector
    config: Any = None
    generations: Mapping[date, int] = field(default_factory=dict)
    detect: bool = True


@dataclass
class Taken:
    """What came of some records: records to append by topic, and the counts (`records` adds up, see Counts)."""

    appended: defaultdict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    published: int = 0
    records: int = 0
    observed: int = 0
    ignored: dict[str, int] = field(default_factory=dict)
    rejected: int = 0
    newest: datetime | None = None
    noted: Noted = field(default_factory=Noted)
    sampled: list[tuple[datetime, Sequence[datetime]]] = field(default_factory=list)
    room: int = LATENESS_SAMPLE

    def add(self, topic: str, key: bytes, value: Any) -> None:
        """One more value to append."""
        self.appended[topic].append(Record(key, _encode(value)))

    def ignore(self, reason: str, count: int = 1) -> None:
        """Counts under a reason; a source that gives ever new ones fills no memory and no table."""
        name = reason[:LONGEST_REASON]
        if name not in self.ignored and len(self.ignored) >= REASONS:
            name = OTHERS
        self.ignored[name] = self.ignored.get(name, 0) + count

    def note(self, times: Sequence[datetime], now: datetime) -> None:
        """When events were, and how late each came; what is said to come from ahead of the clock is of now."""
        if not times:
            return
        newest = min(max(times), now)
        if self.newest is None or newest > self.newest:
            self.newest = newest
        self._sample([(now, times)])

    def lateness(self) -> list[float]:
        """How late events came, in seconds; of many, a sample. Reckoned when asked: nobody asks it of a push."""
        return [max(0.0, (now - at).total_seconds()) for now, times in self.sampled for at in times]

    def _sample(self, more: Sequence[tuple[datetime, Sequence[datetime]]]) -> None:
        for now, times in more:
            if self.room <= 0:
                return
            self.sampled.append((now, times[: self.room]))
            self.room -= len(times)

    def news(self, now: datetime) -> None:
        """What has no time of its own, as a person, is news of now."""
        self.newest = now if self.newest is None else max(self.newest, now)

    def merge(self, other: "Taken") -> None:
        """Adds another's counts and times, not what is to be appended."""
        self.published += other.published
        self.records += other.records
        self.observed += other.observed
        self.rejected += other.rejected
        for reason, count in other.ignored.items():
            self.ignore(reason, count)
        if other.newest is not None:
            self.newest = other.newest if self.newest is None else max(self.newest, other.newest)
        self._sample(other.sampled)
        self.noted.merge(other.noted)

    def counts(self, pages: int = 0) -> Counts:
        """The counts as a value."""
        return Counts(
            pages=pages, records=self.records, observed=self.observed, ignored=dict(self.ignored),
            rejected=self.rejected, published=self.published,
        )  # fmt: skip


class Intake:
    """Takes records in order. `seen` may be handed over where reading goes on in the middle of a file.

    `again` says that the same records may be read another time, as a pull does: an event then counts by its id.
    """

    def __init__(self, origin: Origin, keys: Keys, seen: Occurrences | None = None, *, again: bool = False) -> None:
        self._origin = origin
        self._keys = keys
        self._seen = seen or Occurrences()
        self._again = again
        self._action_of = origin.connector.action_of
        self._reads = origin.detect and origin.connector.texts is not None
        self._times: list[datetime] = []

    def take(
        self, natives: Iterable[Native | Broken], now: datetime, at: int = 0, into: Taken | None = None, *,
        written: datetime | None = None,
    ) -> Taken:  # fmt: skip
        """All of them; `at` is where in the file they stand, in bytes (for occurrences).

        `written` is when their file was written last, where it is one: no record of it is younger.
        """
        taken = Taken() if into is None else into
        arrived = now if written is None else min(now, written)
        self._times, origin = [], self._origin
        for native, what in became(natives, origin.connector, origin.config, arrived):
            taken.records += 1
            self._count(what, native, now, at, taken)
        taken.note(self._times, now)
        if not self._again:
            taken.noted.passed(self._times, now)
        return taken

    def _count(self, what: Outcome, native: Native | Broken, now: datetime, at: int, taken: Taken) -> None:
        """What came of one record, appended and counted."""
        if isinstance(what, Observed):
            try:
                self._observed(what.items, native, now, at, taken)
            except (ValueError, msgspec.EncodeError) as error:
                what = Broken(_raw(native), what.position, str(error))
        if isinstance(what, Ignored):
            taken.ignore(what.reason)
            self._word(native, "ignored", taken)
        elif isinstance(what, Broken):
            self._reject(what, now, at, taken)
            self._word(native, "rejected", taken)

    def _word(self, native: Native | Broken, became: Became, taken: Taken, actors: Iterable[str] = ()) -> None:
        """Notes the source's own word for the record, where its connector knows one."""
        if self._action_of is None or isinstance(native, Broken):
            return
        try:
            said = self._action_of(native.record)
        except (AttributeError, LookupError, TypeError, ValueError):  # `parse` has said what is wrong with it
            return
        if isinstance(said, str) and said:
            taken.noted.word(said, became, actors)

    def _observed(
        self, items: Sequence[Parsed], native: Native | Broken, now: datetime, at: int, taken: Taken
    ) -> None:  # fmt: skip
        """All items of one record, or none: raises ValueError where one can't be protected."""
        people: Sequence[Record] = ()
        read = self._classes(native) if self._reads else ()
        if len(items) == 1 and isinstance(clear := items[0], Observation):  # nearly all are
            made: Sequence[Made] = (self._observation(clear, now, at, 0, read),)
        else:
            seen = ((n, one) for n, one in enumerate(items) if isinstance(one, Observation))
            made = [self._observation(one, now, at, n, read) for n, one in seen]
            people = [self._person(item, now) for item in items if isinstance(item, Person)]
            if not made and not people:
                taken.ignore(NOT_HERE)
                return
            if people:
                taken.appended[_PERSONS] += people
                taken.news(now)
        taken.observed += 1
        taken.published += len(made) + len(people)
        observations = taken.appended[_OBSERVATIONS]
        for record, when, _ in made:
            observations.append(record)
            self._times.append(when)
            if self._again:
                taken.noted.event(when, now, record.value)
        if self._action_of is not None:
            self._word(native, "observed", taken, [actor for _, _, actor in made if actor is not None])

    def _classes(self, native: Native | Broken) -> tuple[ClassLabel, ...]:
        """The data classes of the texts in a record."""
        origin = self._origin
        return () if isinstance(native, Broken) else texts.classes(origin.connector, native.record, origin.config)

    def _person(self, item: Person, now: datetime) -> Record:
        made = protect.person(item, self._keys, instance=self._origin.instance, observed_at=now)
        return Record(made.person.encode(), _encode(made))

    def _observation(
        self, clear: Observation, now: datetime, at: int, part: int, read: tuple[ClassLabel, ...]
    ) -> Made:  # fmt: skip
        """What is appended, when it was, and whom it is about by pseudonym."""
        origin, when = self._origin, clear.at
        bare = protect.observation(clear, self._keys, instance=origin.instance, arrived_at=UNREAD)
        if when > now and when - now > AHEAD:
            raise ValueError(f"event time is more than {AHEAD // timedelta(hours=1)} h ahead of the clock")
        generation = origin.generations.get(when.date(), 0) if origin.generations else 0
        told = surest((*bare.classes, *read)) if read else ()
        value = encoded(bare, self._seen, arrived_at=now, generation=generation, at=at, part=part, classes=told)
        if not bare.identifiers:
            return Record(origin.instance.encode(), value), when, None
        about = bare.identifiers[0]
        actor = f"{about.kind}:{about.hmac}" if self._action_of is not None else None
        return Record(about.hmac.encode(), value), when, actor

    def _reject(self, what: Broken, now: datetime, at: int, taken: Taken) -> None:
        digest = self._keys.identifier("record", what.raw.hex()).hmac
        number = self._seen.number(digest.encode(), at)
        letter = DeadLetter(
            id=f"{self._origin.instance}:{digest}.{number}", origin=self._origin.instance, position=what.position,
            reason=what.reason, first_failed_at=now, sealed=self._keys.seal(what.raw),
        )  # fmt: skip
        taken.add(DEAD_LETTER.name, letter.id.encode(), letter)
        taken.rejected += 1


def _raw(native: Native | Broken) -> bytes:
    if isinstance(native, Broken):
        return native.raw
    return native.record if isinstance(native.record, bytes) else msgspec.json.encode(native.record)
