"""What the texts of a record speak of: read here, at the edge, as classes; no text goes further (DESIGN §8.3). Pure."""

from collections.abc import Iterable
from functools import cache
from threading import Lock
from typing import Any

from connectors.base import Connector
from schemas.observation import ClassLabel
from services.labelling.reading import Reader

LONGEST = 1 << 16
"""Characters read of the texts of one record: what stands after them is not looked at."""
_ONE_AT_A_TIME = Lock()


def classes(connector: Connector, record: Any, config: Any) -> tuple[ClassLabel, ...]:
    """The classes of the texts a record carries, by kind and count of what was found, sorted by name.

    Nothing for a connector that declares none, and for a record whose texts can't be told: `parse` has read it.
    """
    if connector.texts is None:
        return ()
    try:
        text = _joined(connector.texts(record, config))
    except (AttributeError, LookupError, TypeError, ValueError):  # a text in another shape is none, the event counts
        return ()
    if not text:
        return ()
    with _ONE_AT_A_TIME:  # a reader belongs to one thread at a time
        return tuple(_reader().read(text).classes)


def _joined(texts: Iterable[str]) -> str:
    """The texts a line apart, so that nothing runs together, as far as is read."""
    held, room = [], LONGEST
    for each in texts:
        if room <= 0:
            break
        held.append(each[:room])
        room -= len(each) + 1
    return "\n".join(held)


@cache
def _reader() -> Reader:
    """Made with the first text: who has no source with one loads no model."""
    return Reader()
