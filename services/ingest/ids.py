"""Ids that are the same whenever the same record is read again: the vendor's own, else a digest and its occurrence.

Occurrences are counted within one file, page or push request. In a file, identical records more than `window` bytes
apart count anew: so reading can go on in the middle, after replaying what stands before, and memory is bounded.
"""

import hashlib
from collections import OrderedDict
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from schemas.observation import ClassLabel, ProtectedObservation

WINDOW = 1 << 20
REPLAY = 4 * WINDOW
"""How many bytes before a position are read again for their occurrences: a run of identical records is far shorter."""
_LONGEST = 200
UNREAD = datetime(1970, 1, 1, tzinfo=UTC)
"""`arrived_at` of an observation that is given it together with its id."""
_encode = msgspec.json.Encoder(order="deterministic").encode
_digest = hashlib.blake2b
_NO_ID = b'{"id":""'
_NO_ARRIVAL = b',"arrived_at":"1970-01-01T00:00:00Z"'


class Occurrences:
    """Counts identical digests. `at` is where in the file the record stands, in bytes; 0 where all belongs together."""

    def __init__(self, window: int = WINDOW) -> None:
        self._window = window
        self._at = 0
        self._seen: OrderedDict[bytes, tuple[int, int]] = OrderedDict()

    def number(self, digest: bytes, at: int = 0) -> int:
        """1 for the first of its kind, 2 for the next …"""
        if at != self._at:
            self._at = at
            while self._seen and at - next(iter(self._seen.values()))[1] > self._window:
                self._seen.popitem(last=False)
        seen = self._seen
        if digest not in seen:  # as nearly all are
            seen[digest] = (1, at)
            return 1
        count, _ = seen.pop(digest)
        seen[digest] = (count + 1, at)
        return count + 1


def encoded(
    given: ProtectedObservation, occurrences: Occurrences, *, arrived_at: datetime, generation: int = 0, at: int = 0,
    part: int = 0, classes: tuple[ClassLabel, ...] = (),
) -> bytes:  # fmt: skip
    """The observation as JSON with its final id; `part` counts the observations of one native record from 0.

    Without a vendor's id it is what the record says, without when it was read (`arrived_at` is UNREAD) and how often,
    that makes the id: this is encoded once, and what was left out put in. A vendor's id is prefixed by the source; one
    that holds an address, or is longer than 200 characters, is not used. `classes`, where there are any, stand in place
    of the observation's and make no part of its id: they come of a model, and another may read the text next time.
    """
    own = given.id.removeprefix(f"{given.source}:") if given.id else ""
    if own:
        used = own if _usable(own) else hashlib.blake2b(own.encode("utf-8", "replace"), digest_size=16).hexdigest()
        name = f"{given.source}:{used}" if part == 0 else f"{given.source}:{used}/{part}"
        return _whole(given, name, arrived_at, generation, classes)
    if given.id or given.generation or given.arrived_at is not UNREAD:
        given = msgspec.structs.replace(given, id="", generation=0, arrived_at=UNREAD)
    said = _encode(given)
    what = _digest(said, digest_size=16).digest()
    number = occurrences.number(what, at)
    if classes:
        return _whole(given, f"{given.source}:{what.hex()}.{number}", arrived_at, generation, classes)
    cut = said.index(_NO_ARRIVAL)
    final = f'{what.hex()}.{number}"'.encode()
    arrival = _arrival(arrived_at, generation)
    return _begun(given.source) + final + said[len(_NO_ID) : cut] + arrival + said[cut + len(_NO_ARRIVAL) :]


def _whole(
    given: ProtectedObservation, name: str, arrived_at: datetime, generation: int, classes: tuple[ClassLabel, ...]
) -> bytes:  # fmt: skip
    return _encode(
        msgspec.structs.replace(
            given, id=name, arrived_at=arrived_at, generation=generation, classes=classes or given.classes
        )
    )


@lru_cache(1000)
def _begun(source: str) -> bytes:
    """How the value of a source begins, up to its id's digest."""
    return b'{"id":' + _encode(f"{source}:")[:-1]


@lru_cache(100)
def _arrival(at: datetime, generation: int) -> bytes:
    told = b',"arrived_at":' + _encode(at)
    return told if generation == 0 else told + b',"generation":%d' % generation


def _usable(own: str) -> bool:
    return len(own) <= _LONGEST and own.isprintable() and not any(sign in own for sign in ("@", "%40", "?"))
