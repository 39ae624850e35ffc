"""What settings must be before anything starts: a fault told by a running service is found too late."""

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from services.kit.settings import Settings

Fault = tuple[str, str]
"""A setting's name and what is wrong with it."""
LAST_PORT = 65_535


def faults(settings: "Settings") -> Iterator[Fault]:
    """All that can be told from the values, and from the files they name."""
    if settings.listen is not None and not _is_place(settings.listen):
        yield "listen", f"{settings.listen!r}: write host:port, 127.0.0.1:8480; port 0 takes a free one"
    for network in settings.allow_private:
        if not _is_network(network):
            yield "allow_private", f"{network!r} is no network; write it like 10.1.0.0/16"
    if settings.egress_proxy is not None and not _is_proxy(settings.egress_proxy):
        yield "egress_proxy", "write http://host:port"
    for name, path in (("ca_file", settings.ca_file), ("policy", settings.policy)):
        if path is not None and not path.is_file():
            yield name, f"{path} is no file that can be read"
    for folder in settings.catalog_dirs:
        if not Path(folder).is_dir():
            yield "catalog_dirs", f"{folder} is no folder that can be read"


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
