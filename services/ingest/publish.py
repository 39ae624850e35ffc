"""Appends what was taken (people, observations, dead letters) and tells how a source does."""

from datetime import datetime

import msgspec

from schemas.alert import SourceHealth
from schemas.topics import DEAD_LETTER, OBSERVATION, PERSON, SOURCE
from services.ingest.intake import Taken
from services.kit.control.completeness import weaknesses
from services.kit.control.rows import SourceRow
from services.kit.eventlog import EventLog, Record

ORDER = (PERSON.name, OBSERVATION.name, DEAD_LETTER.name)
AT_ONCE = 10_000


async def publish(log: EventLog, taken: Taken) -> None:
    """Returns when the log holds all of it; people before what they did."""
    for topic in ORDER:
        records = taken.appended.get(topic, [])
        for start in range(0, len(records), AT_ONCE):
            await log.append(topic, records[start : start + AT_ONCE])


async def tell(log: EventLog, row: SourceRow, at: datetime) -> None:
    """Publishes the health of an instance: its state, times, and counts over its life."""
    stated = row.truth.lateness if row.truth is not None else None
    health = SourceHealth(
        instance=row.id, connector=row.connector, state=row.state, at=at, last_event_at=row.last_event_at,
        last_success_at=row.last_success_at, records=row.records, observed=row.observed, ignored=row.ignored,
        rejected=row.rejected, lateness=(stated[0], stated[2]) if stated else row.lateness,
        message=row.message, weaknesses=weaknesses(row, at),
    )  # fmt: skip
    await log.append(SOURCE.name, [Record(row.id.encode(), msgspec.json.encode(health))])


async def tell_removed(log: EventLog, instance: str) -> None:
    """Publishes that an instance is no more: a tombstone."""
    await log.append(SOURCE.name, [Record(instance.encode(), None)])
