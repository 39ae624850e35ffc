"""What follows from an attempt: delivered, again later, given up, or the endpoint switched off. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

SECONDS, MINUTES, HOURS = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
# The delays that Standard Webhooks suggests (spec, "Deliverability and reliability"), before each attempt.
DELAYS = (
    0 * SECONDS, 5 * SECONDS, 5 * MINUTES, 30 * MINUTES, 2 * HOURS,
    5 * HOURS, 10 * HOURS, 14 * HOURS, 20 * HOURS, 24 * HOURS,
)  # fmt: skip
JITTER = 0.2
LONGEST_WAIT = 24 * HOURS
FAILING_FOR = 120 * HOURS
GONE = 410


@dataclass(frozen=True)
class Outcome:
    """What an attempt brought: the status, or the error that kept one from coming; how long, in milliseconds."""

    status: int | None
    error: str | None
    milliseconds: int
    retry_after: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the receiver took it: 2xx and nothing else, a redirect included."""
        return self.status is not None and self.status // 100 == 2  # noqa: PLR2004 - the class of success

    @property
    def said(self) -> str:
        """What came of it, in words."""
        redirects = self.status is not None and self.status // 100 == 3  # noqa: PLR2004 - the class of redirects
        more = ", a redirect: none is followed, give the address it leads to" if redirects else ""
        return self.error or f"answered {self.status}{more}"


@dataclass(frozen=True)
class Step:
    """What happens to a delivery: its state, when it is tried again, and why its endpoint is switched off if it is."""

    state: Literal["delivered", "waiting", "dead"]
    next_at: datetime | None = None
    reason: str | None = None
    disable: str | None = None


def after(outcome: Outcome, attempts: int, now: datetime, spread: float, failing_since: datetime | None) -> Step:
    """The step after attempt number `attempts`; `spread` is a random number in 0…1 that makes the jitter.

    `failing_since` is when the endpoint first failed after its last success.
    """
    if outcome.ok:
        return Step("delivered")
    why = outcome.said
    if outcome.status == GONE:
        return Step("dead", reason=why, disable="the receiver answered 410 Gone")
    if failing_since is not None and now - failing_since >= FAILING_FOR:
        return Step("dead", reason=why, disable="failed for 120 hours without one success")
    if attempts >= len(DELAYS):
        return Step("dead", reason=f"{why}; no attempt of {len(DELAYS)} succeeded")
    return Step("waiting", now + _wait(attempts, spread, outcome.retry_after), why)


def _wait(attempts: int, spread: float, asked: float | None) -> timedelta:
    """The scheduled delay with its jitter, or what the receiver asked for where that is longer."""
    planned = DELAYS[attempts] * (1 + JITTER * (2 * spread - 1))
    wanted = min(timedelta(seconds=asked), LONGEST_WAIT) if asked is not None else timedelta(0)
    return max(planned, wanted)
