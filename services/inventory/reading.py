"""Reading a batch: its good values, while what can't be read becomes dead letters before anything is saved."""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

import msgspec

from schemas.topics import Topic
from services.kit import deadletters
from services.kit.eventlog import Batch, Received
from services.kit.loop import StopRule
from services.kit.runtime import Runtime

T = TypeVar("T")
NUL = b"\\u0000"
"""How JSON writes the character that PostgreSQL's texts can't hold."""
Faulty = tuple[Received, str]
LONGEST = 512
"""Characters of a text that is part of a key; PostgreSQL refuses index rows beyond a third of a page."""


class Fault(NamedTuple):
    """Why a record can't be read or stored; names the field and the sort of fault, never the value."""

    reason: str


class Reading(Generic[T]):
    """Reads batches of a topic with `decode`, which returns a Fault where a record is not to be stored."""

    def __init__(self, runtime: Runtime, topic: Topic, decode: Callable[[Received], T | Fault]) -> None:
        self._runtime = runtime
        self._topic = topic
        self._decode = decode
        self._rule = StopRule()

    async def read(self, batch: Batch) -> list[T]:
        """The good values in order; the rest is in the dead letters. Raises TooManyRejected before writing any."""
        good: list[T] = []
        faulty: list[Faulty] = []
        for record in batch.records:
            value = self.value(record)
            if isinstance(value, Fault):
                faulty.append((record, value.reason))
            else:
                good.append(value)
        await self.reject(batch, faulty)
        return good

    async def reject(self, batch: Batch, faulty: Sequence[Faulty]) -> None:
        """Makes dead letters of a batch's faulty records; raises TooManyRejected before writing any.

        A dead letter's id is its place in the log, so reading a batch again adds none.
        """
        self._rule.allow(len(batch.records), len(faulty))
        if faulty:
            keys, clock, topic = self._runtime.keys, self._runtime.clock, self._topic
            letters = [deadletters.letter(topic, batch, each, why, keys=keys, clock=clock) for each, why in faulty]
            await deadletters.put(self._runtime.log, topic, letters)

    def value(self, record: Received) -> T | Fault:
        """The value of a record, or why there is none."""
        # Looking for one byte first takes a fifth of the time, and hardly a record has it.
        if record.value is not None and b"\\" in record.value and NUL in record.value:
            return Fault("a text with a NUL character, which PostgreSQL can't hold")
        try:
            return self._decode(record)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            return Fault(f"not a {self._topic.value.__name__}: {error}"[:300])
