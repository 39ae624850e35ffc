"""Syslog as the settings want it: off until an address is set, then sockets and the way to the log until the end."""

import asyncio
import ipaddress
import ssl

import structlog

from services.ingest.pushed import Intakes
from services.ingest.syslog.feed import Feed, Queue
from services.ingest.syslog.listener import Listener, Places
from services.ingest.syslog.routes import routes
from services.kit.errors import Misconfigured
from services.kit.runtime import Loop
from services.kit.settings import Settings

log = structlog.get_logger(__name__)


def loop(intakes: Intakes) -> Loop | None:
    """The loop that takes syslog in, None where no address is set; raises Misconfigured."""
    settings = intakes.runtime.settings
    if not (settings.syslog_udp or settings.syslog_tcp or settings.syslog_tls):
        return None

    try:
        known = routes(settings.syslog_routes)
    except ValueError as fault:
        raise Misconfigured(f"PENUMBRA_SYSLOG_ROUTES: {fault}") from None
    listening = places(settings)

    async def work(stop: asyncio.Event) -> None:
        queue = Queue()
        listener, feed = Listener(listening, queue), Feed(intakes, known, queue)
        async with asyncio.TaskGroup() as group, listener.open():
            log.info("syslog is taken in", **{name: str(port) for name, port in listener.ports.items()})
            group.create_task(feed.work(stop))
            await stop.wait()

    return work


def places(settings: Settings) -> Places:
    """Where to listen; raises Misconfigured where certificate and key can't be used."""
    return Places(
        udp=settings.syslog_udp, tcp=settings.syslog_tcp, tls_at=settings.syslog_tls,
        tls=_context(settings) if settings.syslog_tls else None,
        senders=tuple(ipaddress.ip_network(one, strict=False) for one in settings.syslog_senders),
    )  # fmt: skip


def _context(settings: Settings) -> ssl.SSLContext:
    """TLS 1.2 or newer; senders show a certificate where a CA for them is set (RFC 5425 §4.2, RFC 9662)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(str(settings.syslog_cert_file), settings.syslog_key_file)
        if settings.syslog_client_ca_file is not None:
            context.load_verify_locations(settings.syslog_client_ca_file)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        fault = f"PENUMBRA_SYSLOG_CERT_FILE, _KEY_FILE, _CLIENT_CA_FILE: {type(error).__name__}: {error.strerror}"
        raise Misconfigured(f"{fault}; name a PEM certificate with its key, and the senders' CA") from None
    return context
