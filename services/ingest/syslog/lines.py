"""Messages as native records of a source. Pure.

Some sources are read from what the program said, others from the line a daemon writes with time and host before it:
which one, the connector's own `recognise` tells, once in a while for each program.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from connectors.base import Connector
from connectors.records import Broken, Directives, Native, natives
from connectors.records.native import broken
from services.ingest.syslog.message import Message

ASKED_EACH = 1000
"""Messages of a program after which its form is looked at anew."""
PROGRAMS = 10_000
NAME = "syslog"
NO_HEADER = "a row without the header that names its columns; syslog can't carry this source"


@dataclass
class Reader:
    """The messages of one source as its records; remembers for each program from which form they are read."""

    connector: Connector
    _asked: dict[str, tuple[bool, int]] = field(default_factory=dict)
    _standing: Directives | None = None

    def __post_init__(self) -> None:
        if self.connector.directives is not None:
            self._standing = Directives(self.connector.directives)

    def records(self, given: Sequence[tuple[Message, str | None]]) -> Iterator[Native | Broken]:
        """One or more a message; one with a fault comes as Broken."""
        for message, fault in given:
            if fault is not None:
                yield broken(message.line, NAME, fault)
            elif message.text.strip():
                yield from self._records(message)

    def _records(self, message: Message) -> Iterator[Native | Broken]:
        if message.text[:1] in b"{[" and _is_json(message.text):
            yield from natives(message.text, self.connector, NAME)
        elif self.connector.records == "csv":
            yield broken(message.text, NAME, NO_HEADER)
        elif self.connector.records == "json":
            yield broken(message.text, NAME, "not a JSON object")
        else:
            line = message.line if self._is_written(message) else message.text
            if self._standing is None:
                yield Native(line, NAME)
            elif not self._standing.takes(line):
                yield Native(self._standing.preceded(line), NAME)

    def _is_written(self, message: Message) -> bool:
        """Whether the source is read from the line with time and host before it."""
        known, left = self._asked.get(message.app, (False, 0))
        if not left:
            if len(self._asked) >= PROGRAMS:
                self._asked.clear()
            known, left = _prefers_line(self.connector, message), ASKED_EACH
        self._asked[message.app] = (known, left - 1)
        return known


def _prefers_line(connector: Connector, message: Message) -> bool:
    alone, written = connector.recognise(message.text), connector.recognise(message.line)
    return written > alone or (written == alone and connector.dates_by_arrival)


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
