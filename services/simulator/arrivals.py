"""When records arrive: late, out of order, some twice. Vendors' logs are listed by arrival, never by event."""

from collections.abc import Iterable
from typing import NamedTuple

from services.simulator.events import Event
from services.simulator.world import World, ms

_MINUTE = 60_000
_M365_LAG = (3 * _MINUTE, 50 * _MINUTE)
"""Microsoft documents 60 to 90 minutes; here it is less, so that all of the period has arrived by the world's now."""
_LATE_ONE_IN, _LATE = 60, 9 * 60 * _MINUTE
_AGAIN_ONE_IN, _AGAIN = 45, 11 * _MINUTE
_OKTA_LAG_MS = 90_000


class Arrival(NamedTuple):
    """An event and when its source can first tell of it (ms). `again` marks a record delivered a second time."""

    at: int
    event: Event
    again: bool = False


def of_m365(world: World, planned: Iterable[Event]) -> list[Arrival]:
    """Arrivals in order: most within an hour, a few many hours late, a few twice."""
    rng = world.rng("arrivals/m365")
    latest = ms(world.now) - 1
    found = []
    for event in planned:
        lag = rng.randint(*_M365_LAG)
        late, again = rng.randrange(_LATE_ONE_IN) == 0, rng.randrange(_AGAIN_ONE_IN) == 0
        at = min(event.at + int((lag + late * _LATE) * world.lateness), latest)
        found.append(Arrival(at, event))
        if again:
            found.append(Arrival(min(at + int(_AGAIN * world.lateness), latest), event, again=True))
    return sorted(found, key=_order)


def of_okta(world: World, planned: Iterable[Event]) -> list[Arrival]:
    """Arrivals in the order the log keeps them: within seconds or a minute, so that `published` goes backwards."""
    rng = world.rng("arrivals/okta")
    latest = ms(world.now) - 1
    found = (
        Arrival(min(event.at + int(rng.random() ** 4 * _OKTA_LAG_MS * world.lateness), latest), event)
        for event in planned
    )
    return sorted(found, key=_order)


def _order(arrival: Arrival) -> tuple[int, int]:
    return arrival.at, arrival.event.serial
