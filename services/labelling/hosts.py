"""Host names as they are compared: lower case, ASCII, without port, trailing dot or user part."""

from collections.abc import Iterator


def normalise(text: str) -> str:
    """The comparable form of a host as a log writes it; an IPv6 literal loses its brackets. Never raises.

    A name that IDNA refuses stays as it is, in lower case: it equals no catalog entry.
    """
    host = text.strip().lower().rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0]
    if host.count(":") > 1:
        return host
    host = host.partition(":")[0]
    if not host.isascii():
        host = _ascii(host)
    return host.rstrip(".")


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def is_address(host: str) -> bool:
    """Whether a normalised host is an IP literal (v4 ends in a number, v6 has colons): it has no suffixes."""
    return ":" in host or host.rpartition(".")[2].isdigit()


def suffixes(host: str) -> Iterator[str]:
    """The normalised host, then each of its parents, longest first; an address only itself."""
    if not host:
        return
    yield host
    if is_address(host):
        return
    dot = host.find(".")
    while dot >= 0:
        host = host[dot + 1 :]
        yield host
        dot = host.find(".")
