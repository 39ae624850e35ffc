"""One JSON value after the other, through arrays and concatenations of any size, without decoding what is between."""

import re
from collections.abc import Iterator

from connectors.records.bytestream import Buffer

LARGEST = 1 << 26
"""Most bytes of one value."""
_MARK = re.compile(rb'["{}]')
_STRING_END = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_WORD = re.compile(rb"[^\s,\[\]{]*(?=[\s,\[\]{])")
_AGAIN = re.compile(rb"\n\s*\{")
_BETWEEN = re.compile(rb"[\s,\x1e]*")


def end_of(data: bytes, start: int) -> int:
    """Where the object that begins at `start` ends (exclusive), or -1 where more is needed."""
    at, depth = start, 0
    while mark := _MARK.search(data, at):
        at, sign = mark.end(), mark.group()
        if sign == b'"':
            closing = _STRING_END.match(data, at)
            if closing is None:
                return -1
            at = closing.end()
        else:
            depth += 1 if sign == b"{" else -1
            if depth == 0:
                return at
    return -1


class Scan:
    """Walks a buffer object by object; what is behind `at` is let go before more is read."""

    def __init__(self, buffer: Buffer) -> None:
        self.buffer = buffer
        self.at = 0
        self.depth = 0

    def more(self) -> bool:
        """Reads on; what is behind is let go."""
        self.buffer.data, self.at = self.buffer.data[self.at :], 0
        return len(self.buffer.data) < LARGEST and self.buffer.more()

    def take(self, end: int) -> bytes:
        """The bytes up to there."""
        raw, self.at = self.buffer.data[self.at : end], end
        return raw

    @property
    def done(self) -> bool:
        """Whether all that was read is taken."""
        return self.at >= len(self.buffer.data)

    def values(self) -> Iterator[tuple[bytes, bool]]:
        """The bytes of each value, and whether they are whole; arrays are opened."""
        while True:
            self.at = _BETWEEN.match(self.buffer.data, self.at).end()  # type: ignore[union-attr] # matches nothing too
            if self.done:
                if not self.more():
                    return
                continue
            sign = self.buffer.data[self.at : self.at + 1]
            if sign in b"[]":
                self.depth += 1 if sign == b"[" else -1
                self.at += 1
            else:
                yield self._object() if sign == b"{" else self._scalar(sign)

    def _object(self) -> tuple[bytes, bool]:
        end = end_of(self.buffer.data, self.at)
        while end < 0 and self.more():
            end = end_of(self.buffer.data, self.at)
        if end >= 0:
            return self.take(end), True
        again = _AGAIN.search(self.buffer.data, self.at + 1)
        return self.take(again.start() if again else len(self.buffer.data)), False

    def _scalar(self, sign: bytes) -> tuple[bytes, bool]:
        """A string, number or word up to the next separator."""
        quoted = int(sign == b'"')
        pattern = _STRING_END if quoted else _WORD
        found = pattern.match(self.buffer.data, self.at + quoted)
        while found is None and self.more():
            found = pattern.match(self.buffer.data, self.at + quoted)
        if found is None:
            return self.take(len(self.buffer.data)), not quoted
        return self.take(max(found.end(), self.at + 1)), True
