"""What became of records, lines of the usual shape many at once (connectors/records/usual.py). Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from connectors.base import Connector, Ignored
from connectors.records import Broken, Native, Observed, Outcome, outcome
from connectors.records.usual import said
from schemas.observation import Observation

AT_ONCE = 500
"""Records looked at together: as many as a pushed batch has, so what is held of a long file stays small."""
Read = tuple[Native | Broken, Outcome]


def became(
    natives: Iterable[Native | Broken], connector: Connector, config: Any, arrived: datetime
) -> Iterator[Read]:  # fmt: skip
    """Each record with its outcome, in order, as `outcomes` has them."""
    usual = connector.usual
    if usual is None or connector.directives is not None or connector.records != "lines":
        for native in natives:
            yield native, native if isinstance(native, Broken) else outcome(connector, native, config, arrived)
        return
    left = iter(natives)
    while some := list(islice(left, AT_ONCE)):
        told = said(usual, list(map(_line, some)), b"", config)
        for native, one in zip(some, told, strict=True):
            yield native, _outcome(native, one, connector, config, arrived)


def _outcome(
    native: Native | Broken, told: Observation | Ignored | None, connector: Connector, config: Any, arrived: datetime
) -> Outcome:  # fmt: skip
    if isinstance(native, Broken):
        return native
    if told is None:
        return outcome(connector, native, config, arrived)
    return told if isinstance(told, Ignored) else Observed((told,), native.position)


def _line(native: Native | Broken) -> bytes:
    """The line a record is; nothing for any other, which is then read by itself."""
    record = native.record if type(native) is Native else b""
    return record if type(record) is bytes and b"\n" not in record else b""
