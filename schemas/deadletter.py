"""DeadLetter: a record that could not be read, kept with its place and reason until replayed or dropped."""

from datetime import datetime

import msgspec


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The value of every `….dlq` topic.

    `origin` is the topic or source instance it came from, `position` where in it (`partition/offset`, `file:line`,
    `page/record`). `reason` names the fault without the record's content. `sealed` is the record, encrypted (Fernet
    token): a record that could not be read could not be minimised either.
    """

    id: str
    origin: str
    position: str
    reason: str
    first_failed_at: datetime
    attempts: int = 1
    sealed: str = ""
