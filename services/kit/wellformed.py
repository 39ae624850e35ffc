"""What settings must be before anything starts: a fault told by a running service is found too late."""

import ipaddress
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from services.kit.folders import obstacle

if TYPE_CHECKING:
    from services.kit.settings import Settings

Fault = tuple[str, str]
"""A setting's name and what is wrong with it."""
LAST_PORT = 65_535
FILES = (
    "ca_file", "policy", "kafka_ca_file", "kafka_cert_file", "kafka_key_file", "syslog_cert_file", "syslog_key_file",
    "syslog_client_ca_file",
)  # fmt: skip
SYSLOG = ("syslog_udp", "syslog_tcp", "syslog_tls")


def faults(settings: "Settings") -> Iterator[Fault]:
    """All that can be told from the values, and from the files they name."""
    yield from _stores(settings)
    if settings.listen is not None and not _is_place(settings.listen):
        yield "listen", f"{settings.listen!r}: write host:port, 127.0.0.1:8480; port 0 takes a free one"
    for name in ("allow_private", "syslog_senders"):
        for network in getattr(settings, name):
            if not _is_network(network):
                yield name, f"{network!r} is no network; write it like 10.1.0.0/16"
    yield from _syslog(settings)
    if settings.egress_proxy is not None and not _is_proxy(settings.egress_proxy):
        yield "egress_proxy", "write http://host:port"
    for name in FILES:
        path: Path | None = getattr(settings, name)
        if path is not None and not path.is_file():
            yield name, f"{path} is no file that can be read"
    for folder in settings.catalog_dirs:
        if not Path(folder).is_dir():
            yield "catalog_dirs", f"{folder} is no folder that can be read"


def sasl_missing(settings: "Settings") -> tuple[str, ...]:
    """The settings that signing in at the brokers takes and that are not there."""
    if not settings.kafka_security_protocol.startswith("SASL"):
        return ()
    names = ("kafka_sasl_username", "kafka_sasl_password")
    return tuple(name for name in names if not getattr(settings, name))


def _syslog(settings: "Settings") -> Iterator[Fault]:
    """Where syslog is taken in, and what that takes."""
    for name in SYSLOG:
        place = getattr(settings, name)
        if place is not None and not _is_place(place):
            yield name, f"{place!r}: write host:port, 0.0.0.0:5514; port 0 takes a free one"
    if settings.syslog_tls is not None:
        yield from ((name, "is needed for syslog_tls") for name in FILES[-3:-1] if getattr(settings, name) is None)
    if any(getattr(settings, name) for name in SYSLOG) and not settings.syslog_routes:
        yield "syslog_routes", "say which source reads what comes by syslog, as in *=panos or squid=proxy,dnsmasq=dns"


def _stores(settings: "Settings") -> Iterator[Fault]:
    """The data folder, the database, the log and the keys: whether each could be what it is said to be."""
    if not settings.needs_no_folder and (why := obstacle(settings.data)) is not None:
        yield "data", why
    if settings.database_url is not None and not _is_postgresql(settings.database_url.get_secret_value()):
        yield "database_url", "write postgresql://user:password@host:port/database"
    scheme, _, servers = settings.log_url.partition("://")
    if scheme == "kafka":
        wrong = [server for server in servers.split(",") if not _is_broker(server.strip())]
        if wrong:
            yield "log_url", f"{', '.join(map(repr, wrong))} is no broker; write kafka://host:port,host:port"
        wanted = settings.kafka_security_protocol
        yield from ((name, f"is needed for {wanted}") for name in sasl_missing(settings))
    elif settings.log_url != "postgres":
        yield "log_url", "write postgres, or kafka://host:port,host:port"
    if settings.keys is not None:
        yield from (("keys", why) for why in _keys(settings.keys))


def _keys(reference: str) -> Iterator[str]:
    """The form only: a damaged file is told by who reads it, for a restore must get past it."""
    scheme, _, rest = reference.partition(":")
    if scheme not in {"env", "file"} or not rest:
        yield "write env:NAME or file:/path"
    elif scheme == "env" and not os.environ.get(rest):
        yield f"the environment has no {rest}; set it or use file:/path"
    elif scheme == "file" and Path(rest).is_dir():
        yield f"{rest} is a folder; name the file in it, like {Path(rest) / 'keys.json'}"


def _is_postgresql(text: str) -> bool:
    return urlsplit(text).scheme.partition("+")[0] == "postgresql"


def _is_broker(text: str) -> bool:
    try:
        parts = urlsplit(f"//{text}")
        return bool(parts.hostname) and parts.port != 0 and parts.netloc == text and "@" not in text
    except ValueError:
        return False


def _is_place(text: str) -> bool:
    port = text.rpartition(":")[2]
    return port.isascii() and port.isdigit() and int(port) <= LAST_PORT


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_proxy(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
