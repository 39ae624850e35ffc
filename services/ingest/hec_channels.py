"""Indexer acknowledgement: a request on a channel gets a number, and the channel is asked which numbers are done.

https://help.splunk.com/splunk-enterprise/get-data-in/collect-http-event-data/about-http-event-collector-indexer-acknowledgment
Here a request is answered only once the log has its records, so every number that was given is done: what is kept of a
channel is how many it was given. Another process, or this one started anew, knows none of them and answers false: the
sender sends again, under the same ids.
"""

import uuid
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from services.ingest.hec_codes import CHANNEL_INVALID, CHANNEL_MISSING, CHANNELS_FULL, INVALID_FORMAT, Refused

MOST = 10_000
IDLE_SECONDS = 300.0
"""A channel that was silent for so long may be forgotten where another needs its place."""
MOST_ASKED = 10_000
Key = tuple[str, str]
"""The token's id and the channel: a channel is its token's own."""


class Question(msgspec.Struct, frozen=True):
    """The body of `/services/collector/ack`."""

    acks: list[int]


@dataclass
class Channels:
    """How many numbers each channel was given, and when it was heard of last (seconds of one clock)."""

    most: int = MOST
    _given: "OrderedDict[Key, tuple[int, float]]" = field(default_factory=OrderedDict)

    def open(self, key: Key, now: float) -> None:
        """Makes place for a channel before anything is taken on it; raises Refused where none is free."""
        if key not in self._given and len(self._given) >= self.most:
            _, (_, heard) = next(iter(self._given.items()))
            if now - heard < IDLE_SECONDS:
                raise Refused(CHANNELS_FULL, detail=f"{self.most} channels are in use")
            self._given.popitem(last=False)
        self._given[key] = (self._given.pop(key, (0, now))[0], now)

    def number(self, key: Key, now: float) -> int:
        """The number of a request whose records the log has."""
        count = self._given.pop(key, (0, now))[0]
        self._given[key] = (count + 1, now)
        return count

    def done(self, key: Key, numbers: Iterable[int], now: float) -> Mapping[str, bool]:
        """Which of the numbers this channel was given, by number."""
        if key in self._given:
            self._given[key] = (self._given.pop(key)[0], now)
        count = self._given[key][0] if key in self._given else 0
        return {str(number): 0 <= number < count for number in numbers}


def channel(header: str | None, parameter: str | None) -> str | None:
    """The channel a request names, in one spelling; raises Refused where it is no GUID."""
    given = header or parameter
    if not given:
        return None
    try:
        return str(uuid.UUID(given.strip()))
    except ValueError:
        raise Refused(CHANNEL_INVALID, detail="a channel is a GUID") from None


def question(body: bytes, named: str | None) -> list[int]:
    """The numbers that are asked for; raises Refused without a channel, or where the body is none."""
    if named is None:
        raise Refused(CHANNEL_MISSING)
    try:
        asked = msgspec.json.decode(body, type=Question).acks
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Refused(INVALID_FORMAT, detail='send {"acks":[0]}') from None
    if len(asked) > MOST_ASKED:
        raise Refused(INVALID_FORMAT, detail=f"ask for at most {MOST_ASKED} at once")
    return asked
