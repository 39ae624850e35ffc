"""The sockets: datagrams, streams, and streams under TLS, each on its own address, into one queue.

Reading a stream waits for room in the queue, so a log that takes nothing makes the senders wait. Datagrams that find no
room are dropped and counted, those the kernel dropped too (`drops` of /proc/net/udp,
https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html names the columns of such tables).
"""

import asyncio
import contextlib
import ipaddress
import os
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from services.ingest.syslog.feed import DROPPED, RECEIVED, Came, Queue
from services.ingest.syslog.framing import LONGEST, Frame, Frames
from services.ingest.syslog.routes import Network
from services.kit.errors import Misconfigured

log = structlog.get_logger(__name__)
CHUNK = 1 << 16
MOST_CONNECTIONS = 2_000
UDP_BUFFER = 8 << 20
"""Bytes the kernel is asked to keep of datagrams; it gives no more than net.core.rmem_max."""
TLS_SECONDS = 10.0
"""How long a handshake may take."""
MEASURE_SECONDS = 5.0
KERNEL_TABLES = (Path("/proc/net/udp"), Path("/proc/net/udp6"))


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where to listen, each `host:port` or None; `tls` is what streams under TLS are opened with.

    `senders` are the networks messages are taken from; none named: every one.
    """

    udp: str | None = None
    tcp: str | None = None
    tls_at: str | None = None
    tls: ssl.SSLContext | None = None
    senders: tuple[Network, ...] = ()


@dataclass
class Listener:
    """All sockets of a process. `ports` says where it listens, by transport, once open."""

    places: Places
    queue: Queue
    ports: dict[str, int] = field(default_factory=dict)
    _streams: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listens until the end of the block; raises Misconfigured where an address can't be had."""
        async with contextlib.AsyncExitStack() as stack:
            if self.places.udp is not None:
                await stack.enter_async_context(self._datagrams(self.places.udp))
            if self.places.tcp is not None:
                await stack.enter_async_context(self._server("tcp", self.places.tcp, None))
            if self.places.tls_at is not None:
                await stack.enter_async_context(self._server("tls", self.places.tls_at, self.places.tls))
            yield

    @asynccontextmanager
    async def _datagrams(self, place: str) -> AsyncIterator[None]:
        bound = _bound("udp", place, socket.SOCK_DGRAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UDP_BUFFER)
        self.ports["udp"] = bound.getsockname()[1]
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=bound)
        measuring = asyncio.create_task(_measured(os.fstat(bound.fileno()).st_ino))
        try:
            yield
        finally:
            measuring.cancel()
            transport.close()

    @asynccontextmanager
    async def _server(self, name: str, place: str, context: ssl.SSLContext | None) -> AsyncIterator[None]:
        bound = _bound(name, place, socket.SOCK_STREAM)
        self.ports[name] = bound.getsockname()[1]

        async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(asyncio.CancelledError):  # it is ours, and asyncio would report it as a fault
                await self._stream(name, reader, writer)

        handshake = TLS_SECONDS if context is not None else None
        server = await asyncio.start_server(
            stream, sock=bound, limit=CHUNK, ssl=context, ssl_handshake_timeout=handshake
        )
        try:
            yield
        finally:
            server.close()
            for task in self._streams:
                task.cancel()
            await asyncio.gather(*self._streams, return_exceptions=True)

    async def _stream(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        address = str(writer.get_extra_info("peername")[0])
        try:
            if len(self._streams) >= MOST_CONNECTIONS:
                DROPPED.labels("too many connections").inc()
            elif not self.allowed(address):
                DROPPED.labels("sender is not allowed").inc()
            else:
                self._streams.add(task)
                await self._read(name, address, reader)
        except (OSError, ssl.SSLError) as broken:
            log.debug("a syslog connection broke", why=type(broken).__name__)
        finally:
            self._streams.discard(task)
            writer.close()

    async def _read(self, name: str, address: str, reader: asyncio.StreamReader) -> None:
        """A stream to its end, message by message."""
        frames = Frames()
        while chunk := await reader.read(CHUNK):
            await self._keep(name, address, frames.feed(chunk))
        await self._keep(name, address, frames.rest())

    async def _keep(self, name: str, address: str, found: Sequence[Frame]) -> None:
        RECEIVED.labels(name).inc(len(found))
        waiting = iter([Came(frame, address) for frame in found])
        for came in waiting:
            try:
                await self.queue.put(came)
            except asyncio.CancelledError:  # the process ends: what was read is still brought to the log
                self.queue.add(came, *waiting)
                raise

    def datagram(self, data: bytes, address: str) -> None:
        """Takes one in, or drops it."""
        RECEIVED.labels("udp").inc()
        if not self.allowed(address):
            DROPPED.labels("sender is not allowed").inc()
        elif not self.queue.offer(Came(Frame(data[:LONGEST]), address)):
            DROPPED.labels("the log takes nothing").inc()

    def allowed(self, address: str) -> bool:
        """Whether messages are taken from an address."""
        if not self.places.senders:
            return True
        sender = ipaddress.ip_address(address.partition("%")[0])
        mapped = sender.ipv4_mapped if isinstance(sender, ipaddress.IPv6Address) else None
        return any((mapped or sender) in network for network in self.places.senders)


class _Datagrams(asyncio.DatagramProtocol):
    """One message a datagram (RFC 5426 §3.1)."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._listener.datagram(data, addr[0])


def _bound(name: str, place: str, kind: socket.SocketKind) -> socket.socket:
    """A bound socket; raises Misconfigured."""
    host, _, port = place.rpartition(":")
    host = host.strip("[]")
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    made.setblocking(False)
    try:
        if kind is socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, int(port)))
    except (OSError, ValueError, OverflowError) as error:
        made.close()
        variable = f"PENUMBRA_SYSLOG_{name.upper()}"
        raise Misconfigured(f"{variable}: {place}: {error}; choose an address of this machine") from None
    return made


async def _measured(inode: int) -> None:
    """Counts what the kernel drops of a socket, again and again."""
    before = 0
    while True:
        await asyncio.sleep(MEASURE_SECONDS)
        now = await asyncio.to_thread(kernel_drops, inode)
        if now is not None and now > before:
            DROPPED.labels("the kernel had no room").inc(now - before)
            before = now


def kernel_drops(inode: int, tables: Sequence[Path] = KERNEL_TABLES) -> int | None:
    """How many datagrams the kernel dropped of a socket, None where it can't be told (it is Linux that says)."""
    for table in tables:
        try:
            rows = table.read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            columns = row.split()
            if columns[9] == str(inode):
                return int(columns[-1])
    return None
