"""Event: one thing somebody does, planned before any record of it exists. Records and truth are both made from it."""

from typing import NamedTuple

USE, RELATED, LOOKALIKE, MISSED, ORDINARY = "use", "related", "lookalike", "missed", "ordinary"
"""Natures: use of an AI tool · its vendor's telemetry or help · a resembling name · AI no catalog holds · all else."""

VISIT, COPILOT, BUILD, CONSENT, DLP, FILE, MAIL, LOGON, SSO, GRANT, SESSION = (
    "visit", "copilot", "build", "consent", "dlp", "file", "mail", "logon", "sso", "grant", "session",
)  # fmt: skip
"""What happens, one word per shape of record."""


class Event(NamedTuple):
    """One planned event. `at` is milliseconds since the epoch, `source` the source instance that will tell it.

    `who` ≥ 0 is a person's index, -1-k the k-th stranger. `subject` is the tool id for a use, else the host or
    application. `item` is the number of the solution, application or info type it is about; `detail` the operation.
    `bytes_out` are 0 where the source can't tell. `serial` is unique and grows with the hour.
    """

    at: int
    source: str
    what: str
    who: int
    nature: str
    subject: str
    serial: int
    host: str = ""
    path: str = "/"
    status: int = 200
    bytes_in: int = 0
    bytes_out: int = 0
    item: int = -1
    detail: str = ""
    classes: tuple[str, ...] = ()


def stranger(number: int) -> int:
    """The `who` of the k-th stranger."""
    return -1 - number
