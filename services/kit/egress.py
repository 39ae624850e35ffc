"""The way out: every outgoing request goes through here, so that nobody makes Penumbra call an inside address.

With `egress_proxy` set, the organisation's proxy decides what may be reached. Without, a host is resolved once for each
connection, private and special addresses are refused unless `allow_private` names their network, and the connection
goes to the very address that was checked, while Host header, SNI and certificate check keep the original name.
"""

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import httpcore
import httpx

from services.kit.errors import Misconfigured
from services.kit.settings import Settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
WEB_PORTS = frozenset({80, 443})
FIRST_OPEN_PORT = 1024

# What `is_global` lets through though it leads inside, or nowhere: IANA special-purpose registries
# (https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry) and multicast.
# NAT64 and 6to4 carry an IPv4 address inside, so 64:ff9b::7f00:1 and 2002:7f00:1:: are 127.0.0.1.
SPECIAL: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip


class EgressRefused(Misconfigured):
    """The address may not be called; the message names host and network, never the path."""


def networks(listed: Iterable[str]) -> tuple[Network, ...]:
    """The allowed private networks; raises Misconfigured naming each that is no CIDR."""
    found: list[Network] = []
    faults: list[str] = []
    for text in listed:
        try:
            found.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            faults.append(f"PENUMBRA_ALLOW_PRIVATE: {text!r} is no network; write it like 10.1.0.0/16")
    if faults:
        raise Misconfigured(*faults)
    return tuple(found)


def plain(address: Address) -> Address:
    """The IPv4 address behind `::ffff:a.b.c.d`, else the address itself."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def allowed(address: Address, port: int, private: Sequence[Network]) -> bool:
    """Whether a connection may go there: in a private network allowed by name, or global and on a web or high port."""
    address = plain(address)
    if any(address in network for network in private):
        return True
    if not address.is_global or any(address in network for network in SPECIAL):
        return False
    return port in WEB_PORTS or port >= FIRST_OPEN_PORT


async def resolve(host: str, port: int) -> list[Address]:
    """All addresses of a host, in the resolver's order; odd literals (`0x7f000001`, `127.1`) become what they mean.

    Raises httpcore.ConnectError where there is none.
    """
    try:
        answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host} could not be resolved: {error}") from None
    texts = dict.fromkeys(str(answer[4][0]).partition("%")[0] for answer in answers)
    return [ipaddress.ip_address(text) for text in texts]


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that were resolved and checked here; TLS still names the original host."""

    def __init__(self, private: Sequence[Network]) -> None:
        self._private = private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None,  # noqa: ASYNC109 - the port's own signature
        local_address: str | None = None, socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:  # fmt: skip
        addresses = [found for found in await self._resolve(host, port, timeout) if allowed(found, port, self._private)]
        if not addresses:
            raise EgressRefused(
                f"{host}:{port}: a private or special address, or a port that is not for the web; "
                "if it is meant, add its network to PENUMBRA_ALLOW_PRIVATE"
            )
        failure: Exception | None = None
        for address in addresses:
            try:
                return await self._inner.connect_tcp(str(plain(address)), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(host)

    async def _resolve(self, host: str, port: int, seconds: float | None) -> list[Address]:
        try:
            async with asyncio.timeout(seconds):
                return await resolve(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout(f"{host} was not resolved in time") from None

    async def connect_unix_socket(self, path: str, *_: object, **__: object) -> httpcore.AsyncNetworkStream:
        raise EgressRefused(f"{path}: sockets of this machine are not called")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class CheckedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport on a pool that connects through `CheckedBackend`."""

    def __init__(self, context: ssl.SSLContext, private: Sequence[Network]) -> None:
        super().__init__(verify=context)
        # httpx 0.28 takes no network backend, and rewriting URLs to addresses would share one TLS connection between
        # hosts of one address; so the pool is replaced by one of the same kind.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context, network_backend=CheckedBackend(private), max_connections=50, keepalive_expiry=15.0
        )


def context(settings: Settings) -> ssl.SSLContext:
    """TLS settings: the usual roots, and those of `ca_file`; raises Misconfigured where it can't be read.

    Shared by all clients while the file stays as it is: reading the roots takes some 20 ms, and each run has a client.
    """
    if settings.ca_file is None:
        return _context(None, 0)
    try:
        return _context(settings.ca_file, settings.ca_file.stat().st_mtime_ns)
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured(f"PENUMBRA_CA_FILE: {settings.ca_file}: {error}; give a PEM file") from None


@lru_cache(4)
def _context(ca_file: Path | None, _changed: int) -> ssl.SSLContext:
    made = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        made.load_verify_locations(cafile=ca_file)
    return made


def client(
    settings: Settings, *, headers: Mapping[str, str] | None = None, read_seconds: float = READ_SECONDS
) -> httpx.AsyncClient:
    """An HTTP client that keeps to the rules above: no redirects, no environment proxies, bounded waiting.

    Requests raise EgressRefused for a forbidden address, else httpx's errors. Raises Misconfigured for bad settings.
    """
    # httpx writes whole addresses, query included, at INFO; those may hold what must never be logged.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    checks = context(settings)
    timeout = httpx.Timeout(read_seconds, connect=CONNECT_SECONDS)
    transport: httpx.AsyncBaseTransport
    if settings.egress_proxy is not None:
        transport = httpx.AsyncHTTPTransport(verify=checks, proxy=settings.egress_proxy)
    else:
        transport = CheckedTransport(checks, networks(settings.allow_private))
    return httpx.AsyncClient(
        transport=transport, timeout=timeout, headers=dict(headers or {}), follow_redirects=False, trust_env=False
    )
