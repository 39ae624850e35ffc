"""Which source a sample comes from."""

from collections.abc import Mapping
from itertools import islice

from connectors.base import Connector
from connectors.records.containers import natives
from connectors.records.native import Native

SAMPLE = 1 << 16
RECORDS = 20
RECOGNISED = 0.5
"""A mean score from here on names the source."""


def recognise(sample: bytes, among: Mapping[str, Connector]) -> list[tuple[str, float]]:
    """Candidates (name, mean score 0…1 over the sample's first records), best first; those at 0 are left out.

    A generic source stands behind those that know the product, where one of them is sure.
    """
    ranked = [(name, _score(sample, connector)) for name, connector in among.items()]
    surely = any(score >= RECOGNISED and not among[name].generic for name, score in ranked)
    return sorted(
        ((name, score) for name, score in ranked if score > 0),
        key=lambda found: (surely and among[found[0]].generic, -found[1], found[0]),
    )


def _score(sample: bytes, connector: Connector) -> float:
    scores = [
        connector.recognise(found.record) if isinstance(found, Native) else 0.0
        for found in islice(natives(sample, connector), RECORDS)
    ]
    if len(scores) > 1 and scores[-1] == 0 and len(sample) >= SAMPLE:
        scores.pop()
    return round(sum(scores) / len(scores), 3) if scores else 0.0


def columns_of(sample: bytes, connector: Connector) -> tuple[str, ...]:
    """The columns of a sample's first record that has some; none where no record does."""
    records = (found.record for found in islice(natives(sample, connector), RECORDS) if isinstance(found, Native))
    first = next((record for record in records if isinstance(record, dict)), {})
    return tuple(column for column in first if isinstance(column, str))
