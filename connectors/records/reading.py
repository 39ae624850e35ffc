"""A file's outcomes, bytes to observations, in one go: what `outcomes` of its `natives` are, sooner.

Text of a connector that reads its usual lines many at once is read so; only the lines it leaves become records of
their own. JSON lines are decoded many at once. All else is read record by record.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from connectors.base import Connector
from connectors.records.bytestream import Buffer
from connectors.records.containers import held, is_json, is_ndjson, is_text, objects, opened, otherwise
from connectors.records.directives import Directives
from connectors.records.native import Broken
from connectors.records.outcomes import Observed, Outcome, became, outcome, outcomes
from connectors.records.text import Run, record_of, rest, runs
from connectors.records.usual import Usual, said
from schemas.observation import Observation


def read(
    file: IO[bytes] | bytes, connector: Connector, config: Any, name: str = "-", arrived: datetime | None = None
) -> Iterator[Outcome]:  # fmt: skip
    """One outcome a record, in order; `name` begins every position. Raises nothing for bad content.

    `arrived` is when the file came, or was written last: for sources whose times have no year.
    """
    buffer = opened(file, connector)
    if connector.usual is not None and is_text(buffer, connector):
        yield from _lines(buffer, connector, connector.usual, config, name, arrived)
    elif is_json(buffer) and is_ndjson(buffer):
        yield from _objects(buffer, connector, config, name, arrived)
    else:
        yield from outcomes(connector, held(buffer, connector, name), config, arrived)


def _lines(
    buffer: Buffer, connector: Connector, usual: Usual, config: Any, name: str, arrived: datetime | None
) -> Iterator[Outcome]:  # fmt: skip
    last = 0
    for run in runs(buffer, Directives(connector.directives) if connector.directives is not None else None):
        for number, told in enumerate(said(usual, run.lines, run.before, config), run.first):
            if isinstance(told, Observation):
                yield Observed((told,), name, number)
            elif told is None:
                yield from _alone(run, number, connector, config, name, arrived)
            else:
                yield told
        last = run.first + len(run.lines) - 1
    yield from rest(buffer, f"{name}:{last + 1}")


def _objects(
    buffer: Buffer, connector: Connector, config: Any, name: str, arrived: datetime | None
) -> Iterator[Outcome]:  # fmt: skip
    number = 0
    for number, line, value in objects(buffer, connector):
        if line is None:
            yield became(connector, value, config, arrived, name, number)
        else:
            yield from outcomes(connector, otherwise(line, value, connector, f"{name}:{number}"), config, arrived)
    yield from rest(buffer, f"{name}:{number + 1}")


def _alone(
    run: Run, number: int, connector: Connector, config: Any, name: str, arrived: datetime | None
) -> Iterator[Outcome]:  # fmt: skip
    """What `parse` makes of a line that is none of the usual ones; nothing where it is blank."""
    line = run.lines[number - run.first]
    if line and not line.isspace():
        found = record_of(line, run.before, f"{name}:{number}")
        yield found if isinstance(found, Broken) else outcome(connector, found, config, arrived)
