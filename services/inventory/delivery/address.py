"""Which addresses an endpoint may have, as far as can be told without resolving them. Each attempt checks the rest."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from services.kit import egress
from services.kit.settings import Settings

LONGEST = 2000
WEB_PORTS = {"http": 80, "https": 443}
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.IGNORECASE)


def fault(url: str, settings: Settings) -> str | None:
    """What is wrong with an address, None where nothing is."""
    try:
        parts = urlsplit(url)
        port = parts.port or WEB_PORTS.get(parts.scheme, 0)
    except ValueError:
        return "not an address"
    if len(url) > LONGEST or parts.scheme not in WEB_PORTS or not parts.hostname or not url.isascii():
        return "write https://host/path"
    if parts.username or parts.password or parts.fragment:
        return "leave out user, password and fragment"
    return _where(parts, port, settings)


def _where(parts: SplitResult, port: int, settings: Settings) -> str | None:
    private = egress.networks(settings.allow_private)
    # Alerts in clear text are for a network the organisation named as its own, not for the open one.
    if parts.scheme == "http" and not private:
        return "use https; http only reaches networks in PENUMBRA_ALLOW_PRIVATE"
    try:
        literal = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        # What ends in a number is an address to resolvers (https://url.spec.whatwg.org/#ends-in-a-number-checker).
        odd = _NUMBER.fullmatch((parts.hostname or "").rstrip(".").rpartition(".")[2])
        return "write an address as four numbers, or give a name" if odd else None
    if settings.egress_proxy is None and not egress.allowed(literal, port, private):
        return f"{literal}: a private or special address; if it is meant, add its network to PENUMBRA_ALLOW_PRIVATE"
    return None
