"""Ids that are the same whenever the same record is read again: the vendor's own, else a digest and its occurrence.

Occurrences are counted within one file, page or push request. In a file, identical records more than `window` bytes
apart count anew: so reading can go on in the middle, after replaying what stands before, and memory is bounded.
"""

import hashlib
from collections import OrderedDict
from datetime import UTC, datetime

import msgspec

from schemas.observation import ProtectedObservation

WINDOW = 1 << 20
REPLAY = 4 * WINDOW
"""How many bytes before a position are read again for their occurrences: a run of identical records is far shorter."""
_LONGEST = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder(order="deterministic").encode


class Occurrences:
    """Counts identical digests. `at` is where in the file the record stands, in bytes; 0 where all belongs together."""

    def __init__(self, window: int = WINDOW) -> None:
        self._window = window
        self._seen: OrderedDict[bytes, tuple[int, int]] = OrderedDict()

    def number(self, digest: bytes, at: int = 0) -> int:
        """1 for the first of its kind, 2 for the next …"""
        while self._seen and at - next(iter(self._seen.values()))[1] > self._window:
            self._seen.popitem(last=False)
        count, _ = self._seen.pop(digest, (0, 0))
        self._seen[digest] = (count + 1, at)
        return count + 1


def digest(given: ProtectedObservation) -> bytes:
    """What the record says, without when it was read and how often."""
    return hashlib.blake2b(
        _encode(msgspec.structs.replace(given, id="", arrived_at=_EPOCH, generation=0)), digest_size=16
    ).digest()


def identified(
    given: ProtectedObservation, occurrences: Occurrences, at: int = 0, part: int = 0
) -> ProtectedObservation:
    """The observation with its final id; `part` counts the observations of one native record from 0.

    A vendor's id is prefixed by the source; one that holds an address, or is longer than 200 characters, is not used.
    """
    own = given.id.removeprefix(f"{given.source}:")
    if own and not _usable(own):
        own = hashlib.blake2b(own.encode("utf-8", "replace"), digest_size=16).hexdigest()
    if own:
        name = own if part == 0 else f"{own}/{part}"
    else:
        what = digest(given)
        name = f"{what.hex()}.{occurrences.number(what, at)}"
    return msgspec.structs.replace(given, id=f"{given.source}:{name}")


def _usable(own: str) -> bool:
    return len(own) <= _LONGEST and own.isprintable() and not any(sign in own for sign in ("@", "%40", "?"))
