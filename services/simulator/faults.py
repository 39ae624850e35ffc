"""The troubles a vendor's API makes on purpose: counted, not drawn, so that a test knows when each comes."""

from email.utils import format_datetime

import msgspec

from services.kit.clock import Clock


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """0 switches a trouble off; by default there are none.

    `throttle_every`: each n-th data request is answered 429, with Retry-After in seconds and as a date in turn.
    `fail_every`: each n-th blob answers 500 AF50000 when first asked for. `token_uses`: a token is refused after so
    many requests. `subscribed`: whether the audit subscriptions are on beforehand. `list_page`: content entries a page.
    `per_minute`: Okta's limit.
    """

    throttle_every: int = 0
    fail_every: int = 0
    token_uses: int = 0
    token_seconds: int = 3599
    subscribed: bool = True
    list_page: int = 100
    per_minute: int = 120


class Throttle:
    """Says which requests are one too many, and what they are told to wait."""

    def __init__(self, every: int, wall: Clock, seconds: int = 1) -> None:
        self._every, self._wall, self._seconds = every, wall, seconds
        self._asked = self._refused = 0

    def refused(self) -> str | None:
        """The Retry-After of a refused request, None where it may pass."""
        self._asked += 1
        if not self._every or self._asked % self._every:
            return None
        self._refused += 1
        return str(self._seconds) if self._refused % 2 else format_datetime(self._wall.now(), usegmt=True)
