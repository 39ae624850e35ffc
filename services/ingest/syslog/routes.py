"""Which source reads a message: by program and host, as the setting says. Pure.

`PENUMBRA_SYSLOG_ROUTES=squid=proxy,*@fw1=firewall,*@10.1.0.0/16=panos,dnsmasq@*=resolver,*=cef`: a program's name, `@`
and a host (its name in the header, or the address that sent it, or a network), `=` and the source. `*` is any; the
first that fits counts.
"""

import ipaddress
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from services.ingest.syslog.message import Message

ANY = "*"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Route(NamedTuple):
    """Messages of `app` from `host` are read by `source`; both may hold `*` and `?`."""

    app: str
    host: str
    source: str
    network: Network | None = None

    def fits(self, message: Message, address: str) -> bool:
        """Whether a message from an address is meant."""
        if self.app != ANY and not fnmatchcase(message.app, self.app):
            return False
        if self.network is not None:
            return _within(address, self.network)
        return self.host == ANY or fnmatchcase(message.host, self.host) or address == self.host


def routes(given: Sequence[str]) -> tuple[Route, ...]:
    """The routes of the setting's parts; raises ValueError naming the part that is none."""
    return tuple(map(_route, given))


def _route(text: str) -> Route:
    who, sign, source = text.rpartition("=")
    app, _, host = who.partition("@")
    if not sign or not source or not who:
        raise ValueError(f"{text!r}: write program@host=source, with * for any")
    host = host or ANY
    return Route((app or ANY).lower(), host.lower(), source, _network(host))


def chosen(known: Sequence[Route], message: Message, address: str) -> str | None:
    """The source of the first route that fits, None where none does."""
    return next((route.source for route in known if route.fits(message, address)), None)


def _network(host: str) -> Network | None:
    if "/" not in host:
        return None
    return ipaddress.ip_network(host, strict=False)


def _within(address: str, network: Network) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]) in network
    except ValueError:
        return False
