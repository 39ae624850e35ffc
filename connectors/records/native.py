"""What comes out of a stream: a native record, or the bytes of one that could not be read."""

from typing import Any

import msgspec

SHOWN = 1 << 16
"""Most bytes of a broken record that are kept."""


class Native(msgspec.Struct, frozen=True, gc=False):
    """One record as the vendor wrote it: bytes of a line, a decoded JSON object, or a row as a dict of its columns.

    `position` is `name:12` for line 12 of a text, `name#3` for the third record of a JSON container.
    """

    record: Any
    position: str


class Broken(msgspec.Struct, frozen=True):
    """A record that can't be read: its bytes (cut at SHOWN), its place, and the fault, which never repeats content."""

    raw: bytes
    position: str
    reason: str


def broken(raw: bytes, position: str, reason: str) -> Broken:
    """A Broken that keeps no more than SHOWN bytes."""
    return Broken(bytes(raw[:SHOWN]), position, reason)
