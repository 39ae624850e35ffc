"""Bytes in, UTF-8 out: compression by magic, byte-order marks, UTF-16. Reads in chunks, so memory stays flat.

Magic numbers: gzip 1f8b (RFC 1952 §2.3.1), zstd 28b52ffd little-endian frame (RFC 8878 §3.1.1), bzip2 `BZh`.
"""

import bz2
import codecs
import io
import sys
import zlib
from collections.abc import Iterator
from typing import IO, Any, Protocol

CHUNK = 1 << 16
ROOM = 1 << 20
"""Most bytes one decompression step may give: a small bomb can't take the memory."""


class Cut(Exception):
    """The compressed stream ends early or is damaged; all that could be read was given before."""


class Decompressor(Protocol):
    """One member or frame of a compressed stream."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """zlib's object in the shape of the two others."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)
        self._tail = b""

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        given = self._zlib.decompress(self._zlib.unconsumed_tail + data, max(max_length, 0))
        return bytes(given)


def _zstd() -> Decompressor:
    if sys.version_info >= (3, 14):
        from compression import zstd  # noqa: PLC0415 - only where a .zst is read
    else:
        from backports import zstd  # noqa: PLC0415 - the same
    made: Decompressor = zstd.ZstdDecompressor()
    return made


_MAGIC: tuple[tuple[bytes, str, Any], ...] = (
    (b"\x1f\x8b", "gzip", _Gzip),
    (b"\x28\xb5\x2f\xfd", "zstd", _zstd),
    (b"BZh", "bzip2", bz2.BZ2Decompressor),
)


def raw_chunks(file: IO[bytes] | bytes) -> Iterator[bytes]:
    """The file as it is, chunk by chunk; a pipe gives what it has without waiting for a full chunk."""
    opened: Any = io.BytesIO(file) if isinstance(file, bytes | bytearray) else file
    read = getattr(opened, "read1", opened.read)
    while chunk := read(CHUNK):
        yield chunk


def unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompresses gzip, zstd and bzip2 known by their first bytes; anything else goes through.

    Raises Cut at the end of what could be read where the stream is incomplete or damaged.
    """
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= 4:  # noqa: PLR2004 - the longest magic number
            break
    for magic, name, make in _MAGIC:
        if head.startswith(magic):
            yield from _members(name, make, head, chunks)
            return
    if head:
        yield head
    yield from chunks


def _members(name: str, make: Any, head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Every member of the stream, one after the other; padding of zeros after the last is no fault."""
    data, read = head, len(head)
    while data:
        part: Decompressor = make()
        while not part.eof:
            try:
                text = part.decompress(data, ROOM)
            except Exception as error:
                if not isinstance(error, zlib.error | OSError | EOFError) and type(error).__name__ != "ZstdError":
                    raise
                raise Cut(f"{name} stream damaged near its byte {read}") from None
            if text:
                yield text
            data = b""
            if not part.eof and part.needs_input:
                data = next(chunks, b"")
                read += len(data)
                if not data:
                    raise Cut(f"{name} stream cut at its byte {read}")
        data = (part.unused_data or next(chunks, b"")).lstrip(b"\0")


def as_utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Strips a UTF-8 mark and turns UTF-16 (marked, or betrayed by its zero bytes) into UTF-8."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= 4:  # noqa: PLR2004 - enough for every mark
            break
    encoding = _utf16(head)
    if encoding is None:
        if text := head.removeprefix(codecs.BOM_UTF8):
            yield text
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    yield decoder.decode(head).removeprefix("\ufeff").encode()
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _utf16(head: bytes) -> str | None:
    if head.startswith(codecs.BOM_UTF16_LE) or (head[1:2] == b"\0" and head[3:4] == b"\0"):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE) or (head[0:1] == b"\0" and head[2:3] == b"\0"):
        return "utf-16-be"
    return None


class Buffer:
    """The text read so far and not yet used. `cut` is why no more will come, where that is a fault."""

    def __init__(self, file: IO[bytes] | bytes) -> None:
        self._chunks = as_utf8(unpacked(raw_chunks(file)))
        self.data = b""
        self.ended = False
        self.cut: str | None = None

    def more(self) -> bool:
        """Reads on, at least doubling what is held, so that scanning again costs little; False at the end."""
        parts, size = [self.data], 0
        while size < max(1, len(self.data)) and not self.ended:
            try:
                chunk = next(self._chunks, None)
            except Cut as cut:
                chunk, self.cut = None, str(cut)
            if chunk is None:
                self.ended = True
            else:
                parts.append(chunk)
                size += len(chunk)
        self.data = b"".join(parts)
        return size > 0

    def fill(self, size: int) -> None:
        """Reads until `size` bytes are held or the end is reached."""
        while len(self.data) < size and self.more():
            pass


class Replayed:
    """A file whose head was read already: gives the head first, then the rest. Reads like a file."""

    def __init__(self, head: bytes, file: IO[bytes]) -> None:
        self._head = head
        self.fileno = getattr(file, "fileno", None)
        self._read: Any = getattr(file, "read1", file.read)

    def read(self, size: int) -> bytes:
        if self._head:
            given, self._head = self._head[:size], self._head[size:]
            return given
        return bytes(self._read(size))
