"""Bodies of pushed requests: read within a time and a size, unpacked within another; pure but for the reading.

What is held of all bodies at once is bounded: who comes while the room is taken is told to come again, so many slow or
large senders cost no more memory than the room has.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request
from starlette.requests import ClientDisconnect

from connectors.records.bytestream import Cut, raw_chunks, unpacked
from services.kit.errors import Transient

LARGEST_BODY = 16 << 20
LARGEST_UNPACKED = 64 << 20
ROOM_BYTES = 96 << 20
BODY_SECONDS = 30.0
"""How long a body may take to arrive; a sender that is slower sends smaller ones."""
SHORTLY_SECONDS = 1
ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip", "zstd"})


class Unfit(Exception):
    """A body that is not taken as it is; `status` is HTTP's, the message says what would be taken."""

    status = 400


class TooLarge(Unfit):
    """The body, or what it unpacks to, is larger than is taken at once; the message says how much is."""

    status = 413


class TooSlow(Unfit):
    """The body did not arrive in time."""

    status = 408


class StrangeEncoding(Unfit):
    """The body is packed in a way that is not read here."""

    status = 415


@dataclass
class Room:
    """How many bytes of bodies this process holds."""

    held: int = 0

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncIterator[bytes]:
        """The body as sent, held until the end of the block; raises Unfit, or Transient where no room is left."""
        if request.headers.get("content-encoding", "").strip().lower() not in ENCODINGS:
            raise StrangeEncoding("content-encoding: send gzip, zstd or none")
        parts: list[bytes] = []
        try:
            await self._read(request, parts)
            yield b"".join(parts)
        finally:
            self.held -= sum(map(len, parts))

    async def _read(self, request: Request, parts: list[bytes]) -> None:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for part in within(request, LARGEST_BODY):
                    if self.held + len(part) > ROOM_BYTES:
                        raise Transient("too many bytes are on their way here", retry_after=SHORTLY_SECONDS)
                    self.held += len(part)
                    parts.append(part)
        except TimeoutError:
            raise TooSlow(f"a body has {BODY_SECONDS:.0f} seconds to arrive; send less at once") from None
        except ClientDisconnect:
            raise TooSlow("the sender went away before its body was whole") from None


async def within(request: Request, largest: int) -> AsyncIterator[bytes]:
    """A body part by part; raises TooLarge before more than `largest` bytes are read."""
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            raise TooLarge(f"a body may have {largest} bytes; send several")
        yield part


async def body(request: Request) -> bytes:
    """A body by itself, for routes whose bodies are small; raises TooLarge."""
    return b"".join([part async for part in within(request, LARGEST_BODY)])


def checked(sent: bytes) -> bytes:
    """The body, still packed, once what it unpacks to is known to be no larger than is taken; raises TooLarge.

    One that is cut passes: reading it names the cut and takes what stands before.
    """
    size = 0
    try:
        for part in unpacked(raw_chunks(sent)):
            size = _grown(size, part)
    except Cut:
        pass
    return sent


def whole(sent: bytes) -> bytes:
    """The body unpacked (known by its first bytes); raises TooLarge, and Cut where the stream is incomplete."""
    parts: list[bytes] = []
    size = 0
    for part in unpacked(raw_chunks(sent)):
        size = _grown(size, part)
        parts.append(part)
    return b"".join(parts)


def unpacked_or_cut(sent: bytes) -> bytes:
    """The same, but a cut stream as it was sent, where that is nothing that can be read anyhow; raises TooLarge."""
    try:
        return whole(sent)
    except Cut:
        return sent


def _grown(size: int, part: bytes) -> int:
    if size + len(part) > LARGEST_UNPACKED:
        raise TooLarge(f"a body may unpack to {LARGEST_UNPACKED} bytes; send several")
    return size + len(part)
