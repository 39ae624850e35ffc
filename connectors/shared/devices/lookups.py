"""Names that devices look up and connect to: those that lead out of the network. Pure."""

from functools import lru_cache

from connectors.shared.hostnames import LOCAL

_LOCAL = (*(f".{suffix}" for suffix in LOCAL), ".arpa", "..localmachine")
"""With what Windows writes for the computer itself."""
_NEAR = (
    "127.", "10.", "192.168.", *(f"172.{second}." for second in range(16, 32)), "::1", "0:0:0:0:0:0:0:1", "fd", "fe80:",
)  # fmt: skip


@lru_cache(1 << 14)
def outside(name: str) -> str | None:
    """The name in lower case without its final dot; None for names of the own network, single words and addresses."""
    host = name.strip().rstrip(".").lower()
    if "." not in host or host.endswith(_LOCAL) or host.replace(".", "").isdigit():
        return None
    return host if host.isprintable() and " " not in host else None


def is_near(address: str) -> bool:
    """Whether an address is the device's own or of its network."""
    return address.startswith(_NEAR)
