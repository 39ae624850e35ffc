"""Cursors: where a page ended, by the keys of its last row and not by a count, so that nothing repeats or is skipped.

The keys never change once a row is there (an id, the time it was opened). A cursor is opaque, but no secret.
"""

import base64
import binascii
from typing import TypeVar

import msgspec

from services.kit.errors import Misconfigured

LARGEST_LIMIT = 1000
USUAL_LIMIT = 100
Key = TypeVar("Key")


def encode(key: msgspec.Struct | tuple[object, ...] | str | int) -> str:
    """The cursor after a row with this key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode(cursor: str | None, kind: type[Key]) -> Key | None:
    """The key in a cursor, None without one; raises Misconfigured for what `encode` did not make."""
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise Misconfigured("cursor: give one that an answer's `next` held, or none to begin") from None
