"""What of a request may be written down: never a credential, never a query string."""

from collections.abc import Mapping
from urllib.parse import urlsplit

SHOWN_HEADERS = frozenset(
    {
        "content-type", "content-length", "content-encoding", "date", "retry-after", "server", "link-count",
        "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset",
        "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
        "request-id", "x-request-id", "x-okta-request-id", "client-request-id", "x-ms-request-id",
    }
)  # fmt: skip
HIDDEN = "<hidden>"


def place(url: str) -> str:
    """Scheme, host, port and path of an address: no user, no query, no fragment."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return "an unreadable address"
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{port}{parts.path}"


def headers(given: Mapping[str, str]) -> dict[str, str]:
    """Headers with the value of each that is not known to be harmless hidden: an allow-list, so a new one is safe."""
    return {name: value if name.lower() in SHOWN_HEADERS else HIDDEN for name, value in given.items()}
