"""When people are busy: the share of people at work by hour, in the company's own time zone (UTC+8)."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import accumulate
from random import Random

from services.simulator.world import HOUR_MS, World, moment, ms

ZONE_MS = 8 * HOUR_MS
_BY_HOUR = (*(0.01,) * 7, 0.1, 0.4, 0.8, 0.9, 0.9, 0.5, 0.8, 0.9, 0.9, 0.8, 0.6, 0.3, *(0.05,) * 3, 0.02, 0.02)
_WEEKEND = 0.06
_SATURDAY = 5


def hours(world: World) -> Iterator[int]:
    """Starts of the hours the period touches."""
    first = ms(world.since) // HOUR_MS * HOUR_MS
    return iter(range(first, ms(world.until), HOUR_MS))


def day_of(at: int) -> date:
    """The company's own day."""
    return moment(at + ZONE_MS).date()


def activity(hour: int) -> float:
    """The share of people who are at work in that hour, 0…1."""
    local = moment(hour + ZONE_MS)
    return _BY_HOUR[local.hour] * (_WEEKEND if local.weekday() >= _SATURDAY else 1.0)


@lru_cache(4)
def _weights(world: World) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Hours that lie wholly in the period with their cumulated weights; the whole period if it is short."""
    whole = tuple(h for h in hours(world) if ms(world.since) <= h and h + HOUR_MS <= ms(world.until))
    return whole, tuple(accumulate(activity(hour) for hour in whole))


def busy_moment(world: World, rng: Random) -> int:
    """A moment of the period, likelier when people are at work."""
    whole, weights = _weights(world)
    if not whole:
        return rng.randrange(ms(world.since), ms(world.until))
    return rng.choices(whole, cum_weights=weights)[0] + rng.randrange(HOUR_MS)
