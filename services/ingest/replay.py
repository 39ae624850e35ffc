"""Reading a source's dead letter again: what its connector makes of the record now goes the ordinary way."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from connectors.base import Connector
from connectors.records import Broken, Native, natives
from schemas.deadletter import DeadLetter
from schemas.topics import DEAD_LETTER
from services.ingest.configure import configured
from services.ingest.intake import Intake, Origin, Taken
from services.ingest.publish import publish
from services.kit import deadletters
from services.kit.control import backfills, sources
from services.kit.deadletters import Row
from services.kit.errors import Misconfigured
from services.kit.runtime import Runtime

MOST_REPEATED = 100_000


class Replayed(NamedTuple):
    """What came of it: how many values were published, or the reason the record can still not be read."""

    published: int
    fault: str | None = None


async def replay(runtime: Runtime, row: Row, record: bytes, connectors: Mapping[str, Connector]) -> Replayed:
    """Parses the record with the instance's connector and publishes; the letter waits on where it fails again.

    Raises NotFound where the instance is gone, Misconfigured where its connector is not installed.
    """
    origin = await _origin(runtime, row.origin, connectors)
    taken, fault = _taken(runtime, origin, row, record)
    if fault is not None:
        await deadletters.failed_again(runtime.engine, row.id, fault)
        return Replayed(0, fault)
    await publish(runtime.log, taken)
    await deadletters.settled(runtime.engine, row.id)
    return Replayed(taken.published)


async def _origin(runtime: Runtime, instance: str, connectors: Mapping[str, Connector]) -> Origin:
    async with runtime.engine.connect() as connection:
        source = await sources.get(connection, instance, runtime.clock.now())
        asked = await backfills.of(connection, source.id)
    connector = connectors.get(source.connector)
    if connector is None:
        raise Misconfigured(f"{instance}: its connector {source.connector} is not installed here")
    config = configured(connector, source.config, pulled=False)
    return Origin(
        instance=source.id, connector=connector, config=config, generations=backfills.generations(asked),
        detect=runtime.settings.detect,
    )  # fmt: skip


def _taken(runtime: Runtime, origin: Origin, row: Row, record: bytes) -> tuple[Taken, str | None]:
    """What the record comes to. It is read as often as it stood in its file, so that its number there is its own again.

    A letter's id ends in that number (services/ingest/intake.py).
    """
    intake = Intake(origin, runtime.keys)
    taken, fault = Taken(), None
    for _ in range(_number(row.id)):
        found = [_placed(each, row.position) for each in natives(record, origin.connector, row.position)]
        taken = intake.take(found, runtime.clock.now(), written=row.first_failed_at)
        if taken.rejected or not taken.records:
            fault = _why(taken)
            break
    return taken, fault


def _placed(found: Native | Broken, position: str) -> Native | Broken:
    return Native(found.record, position) if isinstance(found, Native) else found


def _number(name: str) -> int:
    number = name.rpartition(".")[2]
    return min(int(number), MOST_REPEATED) if number.isdecimal() else 1


def _why(taken: Taken) -> str:
    letters = taken.appended.get(DEAD_LETTER.name, [])
    return str(_letter(letters[0].value or b"").reason) if letters else "nothing of it could be read"


_letter = msgspec.json.Decoder(DeadLetter).decode
