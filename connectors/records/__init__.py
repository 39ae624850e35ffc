"""Reading bytes into native records, and records into outcomes: pure, streaming, never raising for bad content.

`natives(file, connector, name)` gives `Native(record, position)` or `Broken(raw, position, reason)`;
`outcomes(connector, natives, config)` gives one `Observed | Ignored | Broken` a record, `Tally.count` adds them up.
`read(file, connector, config)` is both in one, and sooner.
For a fetched page: `Native(record, f"{page.name}#{n}")`.
"""

from connectors.records.bytestream import Buffer, Replayed
from connectors.records.containers import flattened, natives
from connectors.records.directives import Directives, parted
from connectors.records.kept import Kept
from connectors.records.native import Broken, Native
from connectors.records.outcomes import Observed, Occurrences, Outcome, Tally, outcome, outcomes
from connectors.records.reading import read
from connectors.records.recognition import RECOGNISED, SAMPLE, columns_of, recognise

__all__ = [
    "RECOGNISED",
    "SAMPLE",
    "Broken",
    "Buffer",
    "Directives",
    "Kept",
    "Native",
    "Observed",
    "Occurrences",
    "Outcome",
    "Replayed",
    "Tally",
    "columns_of",
    "flattened",
    "natives",
    "outcome",
    "outcomes",
    "parted",
    "read",
    "recognise",
]
