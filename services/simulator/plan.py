"""The plan: everything that happens in the period, in order of time, the same each time it is read.

It is made hour by hour, so that memory holds one hour of events whatever the company's size.
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from services.simulator import company, events, tools
from services.simulator.events import Event
from services.simulator.habits import habits
from services.simulator.people import Person, staff
from services.simulator.staged import copilot, staged, visit
from services.simulator.tools import Tool
from services.simulator.workday import activity, day_of, hours
from services.simulator.world import HOUR_MS, World, ms

AT_IT = 0.5
"""Of those at work, the share that does anything the sources see within an hour."""
MOST_A_TIME = 6
_BLOCKED, _BLOCKS = frozenset({"deepseek.chat", "moonshot.kimi"}), 0.3
_OKTA_AI = 0.04

_M365_MIX = (*(events.FILE,) * 5, *(events.MAIL,) * 2, *(events.LOGON,) * 3)


class _Moment(NamedTuple):
    """The part of an hour in which one person does one thing."""

    rng: Random
    at: int
    person: Person
    uses: tuple[Tool, ...]


def plan(world: World) -> Iterator[Event]:
    """All events of the period in order of time."""
    first, last = ms(world.since), ms(world.until)
    special = staged(world)
    place = 0
    for hour in hours(world):
        happened = [event for event in _hour(world, hour) if first <= event.at < last]
        while place < len(special) and special[place].at < hour + HOUR_MS:
            happened.append(special[place])
            place += 1
        happened.sort(key=lambda event: (event.at, event.serial))
        yield from happened


def _hour(world: World, hour: int) -> Iterator[Event]:
    """What everybody does in one hour; serial numbers are the hour's own."""
    rng = world.rng(f"hour/{hour}")
    day, share = day_of(hour), activity(hour) * AT_IT
    uses = habits(world).of
    serial = hour // HOUR_MS << 24
    for person in staff(world):
        if rng.random() >= share or not person.present(day):
            continue
        for _ in range(rng.randint(1, MOST_A_TIME)):
            at = hour + int(rng.random() * HOUR_MS)
            serial += 1
            yield _act(_Moment(rng, at, person, uses[person.number]))._replace(serial=serial)


def _act(now: _Moment) -> Event:
    """One thing one person does."""
    dice = now.rng.random()
    if dice < 0.30 and now.uses:  # noqa: PLR2004 - the mix of a day: these shares are the model
        return _use(now)
    for below, kind in _REST:
        if dice < below:
            return kind(now)
    return _ordinary(now)


def _use(now: _Moment) -> Event:
    tool = now.rng.choice(now.uses)
    if not tool.hosts:
        return copilot(now.at, now.person)
    if tool.okta and now.rng.random() < _OKTA_AI:
        return Event(now.at, company.OKTA, events.SSO, now.person.number, events.USE, tool.id, 0, detail=tool.okta)
    used = visit(now.at, now.person, events.USE, (tool.id, now.rng.choice(tool.hosts)), _size(now.rng))
    if tool.id in _BLOCKED and now.rng.random() < _BLOCKS:
        return used._replace(path=tool.path, status=403, bytes_in=3900)
    return used._replace(path=tool.path)


def _size(rng: Random) -> tuple[int, int]:
    return 600 + int(rng.random() ** 3 * 200_000), 400 + int(rng.random() ** 3 * 60_000)


def _visit_to(now: _Moment, nature: str, hosts: tuple[str, ...]) -> Event:
    host = now.rng.choice(hosts)
    return visit(now.at, now.person, nature, (host, host), _size(now.rng))


def _related(now: _Moment) -> Event:
    return _visit_to(now, events.RELATED, tools.RELATED)


def _missed(now: _Moment) -> Event:
    return _visit_to(now, events.MISSED, tools.MISSED)


def _lookalike(now: _Moment) -> Event:
    return _visit_to(now, events.LOOKALIKE, tools.LOOKALIKES)


def _ordinary(now: _Moment) -> Event:
    return _visit_to(now, events.ORDINARY, tools.ORDINARY)


def _ordinary_m365(now: _Moment) -> Event:
    what = now.rng.choice(_M365_MIX)
    at = now.at - now.at % 1000
    return Event(at, company.M365, what, now.person.number, events.ORDINARY, "microsoft-365", 0)


def _ordinary_okta(now: _Moment) -> Event:
    app = now.rng.choice((*tools.ORDINARY_APPS, ""))
    what = events.SSO if app else events.SESSION
    return Event(now.at, company.OKTA, what, now.person.number, events.ORDINARY, app or "session", 0, detail=app)


_REST = ((0.33, _related), (0.335, _missed), (0.34, _lookalike), (0.40, _ordinary_m365), (0.45, _ordinary_okta))
"""Upper bounds of the dice for what is neither use nor an ordinary page."""
