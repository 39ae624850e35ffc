"""App-ID: which names say an application, and how they are written for the catalog.

An App-ID is the application's name with hyphens; `-base` is the part of a container application that its functions
rest on (`openai-base`, `openai-chatgpt`). So the hyphens become blanks and `base` goes; the App-ID itself stays with
the observation. https://docs.paloaltonetworks.com/pan-os/11-1/pan-os-admin/app-id/app-id-overview
"""

from functools import lru_cache

from connectors.shared.textlog.visit import port_of
from schemas.observation import App

_NO_NAME = frozenset({
    "", "any", "http2", "http-proxy", "incomplete", "insufficient-data", "non-syn-tcp", "not-applicable", "quic",
    "quic-base", "ssl", "unknown", "unknown-p2p", "unknown-tcp", "unknown-udp", "web-browsing", "websocket",
})  # fmt: skip
"""What App-ID says where it knows no application, or a protocol that carries all of them."""
_PROTOCOLS = frozenset({
    "dhcp", "dns", "dns-base", "icmp", "ike", "ipsec-esp", "ipsec-esp-udp", "ipv6-icmp", "kerberos", "ldap",
    "ms-ds-smb", "ms-ds-smb-base", "ms-ds-smbv2", "ms-ds-smbv3", "ms-netlogon", "msrpc", "msrpc-base", "netbios-dg",
    "netbios-ns", "netbios-ss", "ntp", "ntp-base", "ocsp", "ping", "snmp", "snmp-base", "snmp-trap", "snmpv1",
    "snmpv2", "snmpv3", "ssh", "stun", "syslog", "traceroute",
})  # fmt: skip
_AI = ("artificial-intelligence", "ai-")
REMEMBERED = 1 << 14


def names_nothing(app: str) -> bool:
    """Whether an App-ID says no application of a vendor."""
    return app in _NO_NAME or app in _PROTOCOLS


@lru_cache(REMEMBERED)
def known(app: str, port: str) -> tuple[App | None, dict[str, str]]:
    """The application of an App-ID, spelled as words, and what goes with it: the App-ID, and a port not of the web's.

    No application where the App-ID names none.
    """
    found = port_of(port)
    if names_nothing(app):
        return None, found
    name = app.removesuffix("-base").replace("-", " ").strip()
    return App(name=name) if name else None, {"app_id": app} | found


@lru_cache(REMEMBERED)
def categories(one: str, more: str) -> tuple[str, ...]:
    """URL categories, the one that decided first; those that say nothing are left out."""
    names = (name.strip() for name in (one, *more.split(",")))
    return tuple(dict.fromkeys(name for name in names if name and name not in {"any", "not-resolved", "unknown"}))


def is_ai(category: str) -> bool:
    """Whether PAN-DB's category is its one for AI, or one of those below it (`AI-code-assistant` …)."""
    return category.lower().startswith(_AI)
