"""Lines of a log that nobody can read: cut short, garbled, or written by something else."""

from functools import lru_cache

from services.simulator.company import SOURCE_TYPES
from services.simulator.workday import busy_moment
from services.simulator.world import World

_ONE_PER = 100
_SHAPES = (
    b"%d.%03d    12 10.20.0.9 TCP_TU",
    b"\xc3(\x80\xfe%d.%03d\xa0\xa1",
    b"squid[%d]: logfile rotation %03d began",
)


@lru_cache(16)
def malformed(world: World, instance: str) -> tuple[tuple[int, bytes], ...]:
    """When each is written and what it says, in order of time; none for an API. No two are alike."""
    if SOURCE_TYPES[instance] != "squid":
        return ()
    rng = world.rng(f"malformed/{instance}")
    times = sorted({busy_moment(world, rng) for _ in range(max(3, world.people // _ONE_PER))})
    return tuple((at, _SHAPES[n % len(_SHAPES)] % divmod(at, 1000)) for n, at in enumerate(times))
