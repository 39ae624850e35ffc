"""Who uses what: the tools each person has taken up, drawn from the shares of their unit."""

from functools import lru_cache
from typing import NamedTuple

from services.simulator.people import Person, staff, stayers
from services.simulator.tools import COPILOT_M365, TOOLS, Tool
from services.simulator.world import World

TAKES_UP = tuple(tool for tool in TOOLS if tool.hosts or tool.id == COPILOT_M365)


class Habits(NamedTuple):
    """`of` gives each person's tools by index; `pioneers` one person per tool who is sure to use it."""

    of: tuple[tuple[Tool, ...], ...]
    pioneers: tuple[tuple[Tool, Person], ...]


@lru_cache(4)
def habits(world: World) -> Habits:
    """Everybody's habits. Every tool has a pioneer, in a unit where it is common, so that small companies have all."""
    rng = world.rng("habits")
    of: list[tuple[Tool, ...]] = [
        tuple(tool for tool in TAKES_UP if rng.random() < tool.units.get(person.unit, tool.others))
        for person in staff(world)
    ]
    steady = stayers(world)
    pioneers = []
    for tool in TAKES_UP:
        favoured = [p for p in steady if tool.units.get(p.unit, tool.others)] or list(steady)
        person = rng.choice(favoured)
        if tool not in of[person.number]:
            of[person.number] = (*of[person.number], tool)
        pioneers.append((tool, person))
    return Habits(tuple(of), tuple(pioneers))
