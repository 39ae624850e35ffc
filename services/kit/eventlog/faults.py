"""What both logs refuse, in the same words."""

from collections.abc import Sequence

from services.kit.errors import Misconfigured
from services.kit.eventlog import Record

LARGEST = 1_000_000
"""Bytes of a record's key, value and headers: what a broker takes whose limits nobody changed (message.max.bytes)."""


def check_sizes(topic: str, records: Sequence[Record], largest: int) -> None:
    """Raises Misconfigured for the first record that is beyond `largest` bytes."""
    for record in records:
        if len(record.key) + len(record.value or b"") > largest or record.headers:
            size = len(record.key) + len(record.value or b"") + sum(len(n) + len(v) for n, v in record.headers)
            if size > largest:
                raise too_large(topic, size, largest)


def too_large(topic: str, size: int, largest: int | str) -> Misconfigured:
    """The fault of one record."""
    return Misconfigured(
        f"topic {topic}: a record of {size} bytes is beyond the {largest} bytes it takes; "
        "split it where it is made, or send a reference instead of the content"
    )


def missing(topic: str) -> Misconfigured:
    """The fault of a topic that is not there."""
    return Misconfigured(
        f"topic {topic} is missing from the log; starting a penumbra service makes the topics it needs "
        "(check PENUMBRA_TOPIC_PREFIX), or create it with the broker's own tool"
    )
