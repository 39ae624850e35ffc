"""Messages of a stream, by newlines and by counted octets on one port, frame by frame. Pure; memory holds one message.

Octet counting is `LEN SP MSG`, the other way ends a message with a line feed (RFC 6587 §3.4.1 and §3.4.2; TLS counts,
RFC 5425 §4.3). A counted frame is told by digits, a space and the `<` that every message begins with (or the `{` of a
sender that leaves its header out), so that a bare log line that begins with a number is no count.
"""

import re
from typing import NamedTuple

LONGEST = 1 << 16
"""Bytes of a message: RFC 5424 §6.1 asks for 2,048, appliances write web addresses of many thousands."""
KEPT = 1 << 12
"""Bytes that are kept of one that is longer."""
_COUNT = re.compile(rb"([1-9]\d{0,8}) (?=[<{])")
_PERHAPS = re.compile(rb"[1-9]\d{0,8} ?\Z")
_ENDS = b"\r\n\0"


class Frame(NamedTuple):
    """One message; `fault` says why it can't be read, and then only its beginning is there."""

    data: bytes
    fault: str | None = None


class Frames:
    """Cuts a stream into messages. `feed` it what arrives; `rest` gives what stands when the stream ends."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._held = bytearray()
        self._skip = 0
        """Bytes of a counted message that is too long and still arriving."""
        self._skipping = False
        """Whether a line that is too long is still arriving."""

    def feed(self, data: bytes) -> list[Frame]:
        """The messages that are whole by now, in order."""
        self._held += data
        found: list[Frame] = []
        at = 0
        while (step := self._next(at, found)) > at:
            at = step
        del self._held[:at]
        return found

    def rest(self) -> list[Frame]:
        """What is left at the end of the stream: a line without its end is a message, a part of a counted one not."""
        held, self._held = bytes(self._held).strip(_ENDS), bytearray()
        if not held or self._skip or self._skipping:
            return []
        counted = _COUNT.match(held)
        if counted is not None:
            return [Frame(held[counted.end() :][:KEPT], "the connection ended in the middle of a message")]
        return [Frame(held)]

    def _next(self, at: int, found: list[Frame]) -> int:
        """Takes one step from `at` and returns where the next begins; `at` itself where more must arrive."""
        held = self._held
        if self._skip:
            gone = min(self._skip, len(held) - at)
            self._skip -= gone
            return at + gone
        if self._skipping:
            return self._line_end(at)
        while at < len(held) and held[at] in _ENDS:
            at += 1
        counted = _COUNT.match(held, at)
        if counted is not None:
            return self._counted(at, counted, found)
        if _PERHAPS.match(held, at):
            return at
        return self._line(at, found)

    def _counted(self, at: int, counted: re.Match[bytes], found: list[Frame]) -> int:
        size, begin = int(counted[1]), counted.end()
        if size > self._longest:
            if len(self._held) - begin < min(size, KEPT):
                return at
            found.append(Frame(bytes(self._held[begin : begin + KEPT]), self._too_long()))
            self._skip = size
            return begin
        if len(self._held) - begin < size:
            return at
        found.append(Frame(bytes(self._held[begin : begin + size])))
        return begin + size

    def _line(self, at: int, found: list[Frame]) -> int:
        end = self._held.find(b"\n", at)
        if (len(self._held) if end < 0 else end) - at > self._longest:
            found.append(Frame(bytes(self._held[at : at + KEPT]), self._too_long()))
            self._skipping = True
            return self._line_end(at)
        if end < 0:
            return at
        found.append(Frame(bytes(self._held[at:end])))
        return end + 1

    def _line_end(self, at: int) -> int:
        """Skips to the end of the line, or all there is of it."""
        end = self._held.find(b"\n", at)
        if end < 0:
            return len(self._held)
        self._skipping = False
        return end + 1

    def _too_long(self) -> str:
        return f"message longer than {self._longest} bytes"
