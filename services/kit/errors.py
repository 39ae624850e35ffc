"""Errors, named by what the reader must do. Each message names the place and the next step.

PenumbraError
├── Misconfigured   settings or a source's configuration must be changed (exit 2); carries every fault at once
├── Transient       try again by itself, after `retry_after` seconds
├── LogTruncated    a position lies outside the log: data was lost to retention; the service stops
├── StalePosition   another consumer has moved on; drop the batch and read positions again
├── NotAllowed · NotFound · Conflict    the caller's request can't be done; mapped to HTTP once
"""

from collections.abc import Sequence


class PenumbraError(Exception):
    """The root of all."""


class Misconfigured(PenumbraError):
    """Something must be configured differently; `faults` lists all that was found."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults: Sequence[str] = faults


class Transient(PenumbraError):
    """A passing trouble; try again after `retry_after` seconds where given."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LogTruncated(PenumbraError):
    """The log no longer holds the position a consumer stands at."""


class StalePosition(PenumbraError):
    """The position to be saved is not where this consumer began: somebody else saved in between."""


class NotAllowed(PenumbraError):
    """The caller lacks the permission."""


class NotFound(PenumbraError):
    """There is no such thing."""


class Conflict(PenumbraError):
    """Somebody else changed it first; the message says what happened."""


def heed_cancellation() -> None:
    """Raises CancelledError where the running task was asked to end: call it before going on after a fault.

    A clean-up that fails while a task is cancelled (a rollback on a closed connection) hides the cancellation.
    """
    import asyncio  # noqa: PLC0415 - commands that read files do without, and start the quicker

    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
