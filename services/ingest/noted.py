"""What is kept of records beside the records: when their events were, and the words their source has for them. Pure.

Of what a pull may read again, the event's digest is kept beside its time, so that it counts where it is first seen.
A word is a source's own name of what a record tells (`Connector.action_of`); of whom it told is kept by pseudonym.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from services.kit.control.truth import SLOT_SECONDS

LONGEST_WORD = 120
WORDS = 500
"""Words of one page, block or request that are kept apart: a source that gives ever new ones fills no memory."""
ACTORS = 5
Became = Literal["observed", "ignored", "rejected"]


@dataclass
class Word:
    """How often a word came, by what became of its records, and the first pseudonyms it told of."""

    observed: int = 0
    ignored: int = 0
    rejected: int = 0
    actors: list[str] = field(default_factory=list)

    def merge(self, other: "Word") -> None:
        """Adds another's counts and pseudonyms."""
        self.observed += other.observed
        self.ignored += other.ignored
        self.rejected += other.rejected
        self.know(other.actors)

    def know(self, actors: Iterable[str]) -> None:
        """Adds pseudonyms while there is room for more."""
        for actor in actors:
            if len(self.actors) < ACTORS and actor not in self.actors:
                self.actors.append(actor)


@dataclass
class Noted:
    """`happened` counts events that come once, by slot; `events` are (id's digest, slot) of what may come again."""

    happened: dict[int, int] = field(default_factory=dict)
    events: list[tuple[int, int]] = field(default_factory=list)
    words: dict[str, Word] = field(default_factory=dict)

    def event(self, at: datetime, now: datetime, value: bytes | None) -> None:
        """An event of `at`; `value` is the encoded observation where it may be read again. None comes from ahead."""
        slot = _slot(at, now)
        if value is None:
            self.happened[slot] = self.happened.get(slot, 0) + 1
        else:
            self.events.append((_digest(value), slot))

    def passed(self, times: Sequence[datetime], now: datetime) -> None:
        """Events that come once, as `event` has them, many at once."""
        if not times:
            return
        first, last = _slot(min(times), now), _slot(max(times), now)
        # Those that come together nearly all lie in one slot: two times are asked in place of hundreds.
        counts = {first: len(times)} if first == last else Counter([_slot(at, now) for at in times])
        for slot, count in counts.items():
            self.happened[slot] = self.happened.get(slot, 0) + count

    def word(self, said: str, became: Became, actors: Iterable[str] = ()) -> None:
        """A record in the source's own word; what could be an address, or is too long for a name, is none."""
        if "@" in said or len(said) > LONGEST_WORD or not said.isprintable():
            return
        known = self.words.get(said)
        if known is None:
            if len(self.words) >= WORDS:
                return
            known = self.words[said] = Word()
        setattr(known, became, getattr(known, became) + 1)
        if len(known.actors) < ACTORS:
            known.know(actors)

    def merge(self, other: "Noted") -> None:
        """Adds another's."""
        for slot, count in other.happened.items():
            self.happened[slot] = self.happened.get(slot, 0) + count
        self.events += other.events
        for said, word in other.words.items():
            if said in self.words:
                self.words[said].merge(word)
            elif len(self.words) < WORDS:
                self.words[said] = Word(word.observed, word.ignored, word.rejected, list(word.actors))


def _slot(at: datetime, now: datetime) -> int:
    """The slot an event of `at` lies in; what is said to come from ahead is of now."""
    return int(min(at, now).timestamp()) // SLOT_SECONDS


def _digest(value: bytes) -> int:
    """Of an encoded observation's id, which stands first in it (ids.py)."""
    name = value[: value.index(b'"', 7)]
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big", signed=True)
