"""Lines that are no records but say how those after them are read: `#Fields:` of W3C logs, `#fields` of Zeek, a header.

A connector that has such lines declares `directives`, an expression matched at a line's start. Group 1 is the name of
what the line says: the last line of each name stands before every record after it, so that a record can be read by
itself, wherever it is kept or sent. A directive without a name is dropped. Directives are not counted as records.
"""

import re
from collections.abc import Iterable, Sequence

KEPT = 1 << 13
"""Most bytes of one directive that are kept; a longer one is no header, and the records say so."""


class Directives:
    """The directives in force while a text is read; handed on where reading goes on in the middle of a file.

    `match` tells a directive from a record.
    """

    def __init__(self, pattern: re.Pattern[bytes], standing: Iterable[bytes] = ()) -> None:
        self.match = pattern.match
        self._standing: dict[bytes, bytes] = {}
        self.before = b""
        """What stands before every record from here on: a line for each directive."""
        for line in standing:
            self.takes(line)

    def takes(self, line: bytes) -> bool:
        """Whether the line is a directive; it is in force from here on."""
        found = self.match(line)
        if found is None:
            return False
        name = found.group(1)
        if name is not None:
            self._standing[name.lower()] = line[:KEPT]
            self.before = b"".join(one + b"\n" for one in self._standing.values())
        return True

    def places(self, lines: Sequence[bytes]) -> list[int]:
        """Where among the lines directives stand."""
        return [place for place, found in enumerate(map(self.match, lines)) if found]

    def preceded(self, line: bytes) -> bytes:
        """The record with the directives that hold for it, each on a line of its own before it."""
        return self.before + line if self.before else line


def parted(record: bytes) -> tuple[bytes, bytes]:
    """(directives, the record's own line) of what `preceded` made."""
    before, _, line = record.rpartition(b"\n")
    return before, line
