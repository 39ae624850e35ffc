"""What must happen in every company, however small: one of each kind of thing that discovery must tell apart."""

from collections.abc import Iterator
from functools import lru_cache
from random import Random

from services.simulator import company, events, people, tools
from services.simulator.events import Event
from services.simulator.habits import habits
from services.simulator.solutions import AGENT, APP, BUILT_WITH, FLOW, Solution, solutions
from services.simulator.workday import busy_moment
from services.simulator.world import World

STAGED = 1 << 48
"""Serial numbers of staged events begin here, above all others."""
_OPERATIONS = {
    FLOW: ("CreateFlow", "EditFlow", "PutPermissions"),
    APP: ("CreatePowerApp", "PublishPowerApp", "LaunchPowerApp"),
    AGENT: ("BotCreate", "BotUpdateOperation-BotPublish", "BotUpdateOperation-BotShare"),
}
_TWINS_ONE_PER, _CONSENT_ONE_PER, _DLP_ONE_PER = 100, 20, 30


@lru_cache(4)
def staged(world: World) -> tuple[Event, ...]:
    """All staged events in order of time."""
    rng = world.rng("staged")
    planned = [
        *_first_uses(world, rng), *_hosts(world, rng), *_strangers(world, rng), *_twins(world, rng),
        *_solutions(world, rng), *_consents(world, rng), *_dlp(world, rng),
    ]  # fmt: skip
    numbered = (event._replace(serial=STAGED + n) for n, event in enumerate(planned))
    return tuple(sorted(numbered, key=lambda event: (event.at, event.serial)))


def visit(at: int, person: people.Person, nature: str, site: tuple[str, str], size: tuple[int, int]) -> Event:
    """A request through the person's proxy; `site` is subject and host, `size` bytes to and from the client.

    Only the branch's proxy tells the latter.
    """
    instance = company.SQUID_BRANCH if person.branch else company.SQUID_OFFICE
    bytes_out = size[1] if person.branch else 0
    subject, host = site
    return Event(
        at, instance, events.VISIT, person.number, nature, subject, 0, host, bytes_in=size[0], bytes_out=bytes_out
    )


def copilot(at: int, person: people.Person) -> Event:
    """One exchange with Microsoft 365 Copilot; that API's times are whole seconds."""
    return Event(_second(at), company.M365, events.COPILOT, person.number, events.USE, tools.COPILOT_M365, 0)


def _second(at: int) -> int:
    return at - at % 1000


def _size(rng: Random) -> tuple[int, int]:
    return rng.randint(600, 90_000), rng.randint(400, 40_000)


def _first_uses(world: World, rng: Random) -> Iterator[Event]:
    for tool, person in habits(world).pioneers:
        at = busy_moment(world, rng)
        if tool.hosts:
            yield visit(at, person, events.USE, (tool.id, tool.hosts[0]), _size(rng))._replace(path=tool.path)
        else:
            yield copilot(at, person)


def _hosts(world: World, rng: Random) -> Iterator[Event]:
    steady = people.stayers(world)
    for nature, hosts in (
        (events.RELATED, tools.RELATED), (events.MISSED, tools.MISSED), (events.LOOKALIKE, tools.LOOKALIKES),
    ):  # fmt: skip
        for host in hosts:
            yield visit(busy_moment(world, rng), rng.choice(steady), nature, (host, host), _size(rng))


def _strangers(world: World, rng: Random) -> Iterator[Event]:
    for number, somebody in enumerate(people.strangers(world)):
        instance = company.SQUID_BRANCH if somebody.branch else company.SQUID_OFFICE
        for _ in range(3):
            size = _size(rng)
            yield Event(
                busy_moment(world, rng), instance, events.VISIT, events.stranger(number), events.USE, "openai.chatgpt",
                0, "chatgpt.com", bytes_in=size[0], bytes_out=size[1] if somebody.branch else 0,
            )  # fmt: skip


def _twins(world: World, rng: Random) -> Iterator[Event]:
    """Two requests that leave identical lines: the same person, host, size and millisecond."""
    for _ in range(max(2, world.people // _TWINS_ONE_PER)):
        person = rng.choice(people.stayers(world))
        twin = visit(busy_moment(world, rng), person, events.USE, ("openai.chatgpt", "chatgpt.com"), (4096, 2048))
        yield from (twin, twin)


def _solutions(world: World, rng: Random) -> Iterator[Event]:
    for number, solution in enumerate(solutions(world)):
        times = sorted(_second(busy_moment(world, rng)) for _ in range(3))
        for at, operation in zip(times, _OPERATIONS[solution.type], strict=True):
            if solution.shared or operation != _OPERATIONS[FLOW][2]:
                yield _built(at, number, solution, operation)


def _built(at: int, number: int, solution: Solution, operation: str) -> Event:
    tool = BUILT_WITH[solution.type]
    who = solution.owner.number
    return Event(at, company.M365, events.BUILD, who, events.USE, tool, 0, item=number, detail=operation)


def _consents(world: World, rng: Random) -> Iterator[Event]:
    steady = people.stayers(world)
    for n in range(max(8, world.people // _CONSENT_ONE_PER)):
        at, who = _second(busy_moment(world, rng)), rng.choice(steady).number
        item = n % len(tools.CONSENTED)
        tool, _, _, scopes = tools.CONSENTED[item]
        yield Event(at, company.M365, events.CONSENT, who, events.USE, tool, 0, item=item, classes=_opened(scopes))
    for n in range(max(4, world.people // (2 * _CONSENT_ONE_PER))):
        at, who = busy_moment(world, rng), rng.choice(steady).number
        item = n % len(tools.GRANTED_IN_OKTA)
        granted, _, opened = tools.GRANTED_IN_OKTA[item]
        yield Event(at, company.OKTA, events.GRANT, who, events.USE, granted, 0, item=item, classes=_opened(opened))


def _opened(scopes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({name for scope in scopes for name in tools.SCOPE_CLASSES[scope]}))


def _dlp(world: World, rng: Random) -> Iterator[Event]:
    """Uploads that an endpoint's data loss rule matched, to the tools people paste into most."""
    targets = [tools.TOOL[name] for name in ("openai.chatgpt", "fireflies.ai", "google.gemini", "deepseek.chat")]
    for n in range(max(6, world.people // _DLP_ONE_PER)):
        tool = targets[n % len(targets)]
        item = n % len(tools.INFO_TYPES)
        yield Event(
            _second(busy_moment(world, rng)), company.M365, events.DLP, rng.choice(people.stayers(world)).number,
            events.USE, tool.id, 0, tool.hosts[0], item=item, classes=tools.INFO_TYPES[item][2],
        )  # fmt: skip
