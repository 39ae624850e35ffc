"""What the settings of an identity provider must be together, said before anything starts.

Without an issuer people sign in by one-time links and the service binds loopback only.
"""

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from services.kit.errors import Misconfigured
from services.kit.secrets import resolve

if TYPE_CHECKING:
    from services.kit.settings import Settings

Fault = tuple[str, str]
"""A setting's name and what is wrong with it."""
NEEDED = {
    "public_url": "people come back here after signing in; set https://… as they open it",
    "oidc_client_id": "give the client id that the identity provider made for Penumbra",
    "role_map": "without it nobody has a role; set group=role;… or file:/path",
}
USELESS_ALONE = ("oidc_client_id", "oidc_client_secret", "role_map")


def faults(settings: "Settings") -> list[Fault]:
    """All that is wrong or missing."""
    found = [*_address(settings.public_url, "public_url", whole=False)]
    if settings.oidc_issuer is None:
        alone = [name for name in USELESS_ALONE if getattr(settings, name) is not None]
        return found + [(name, "nothing asks for it while PENUMBRA_OIDC_ISSUER is unset") for name in alone]
    found += _address(settings.oidc_issuer, "oidc_issuer", whole=True)
    found += [(name, text) for name, text in NEEDED.items() if getattr(settings, name) is None]
    if "openid" not in settings.oidc_scopes:
        found.append(("oidc_scopes", "openid must be among them"))
    return [*found, *_secret(settings), *_role_map(settings.role_map)]


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name or address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _address(address: str | None, name: str, *, whole: bool) -> Iterator[Fault]:
    """An issuer may have a path; the address people open is a host alone."""
    if address is None:
        return
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"}:
        yield name, "write https://host"
        return
    if parts.query or parts.fragment or parts.username or (not whole and parts.path.strip("/")):
        yield name, "give scheme and host only" if not whole else "an issuer has no user, query or fragment"
    if parts.scheme == "http" and not is_loopback(host):
        yield name, f"https is needed: to {host} sign-ins and cookies would go in clear"


def _secret(settings: "Settings") -> Iterator[Fault]:
    if settings.oidc_client_secret is not None:
        try:
            resolve(settings.oidc_client_secret.get_secret_value())
        except Misconfigured as fault:
            yield "oidc_client_secret", str(fault)


def _role_map(reference: str | None) -> Iterator[Fault]:
    if reference is None:
        return
    from services.kit.access.rolemap import RoleMap  # noqa: PLC0415 - FastAPI comes with it; few commands need either

    read = RoleMap(reference)
    wrong = read.faults()
    yield from (("role_map", fault) for fault in wrong)
    if not wrong and not read.pairs():
        yield "role_map", f"{read.place}: no pair in it, so nobody would have a role"
