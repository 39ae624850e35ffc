"""A run: servers, then a company on each log, then round after round."""

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass

from tests.chaos.house import LOGS, built
from tests.chaos.rounds import Round, Rounds
from tests.chaos.servers import Servers, serving
from tests.chaos.strikes import Aimed, Deck

SPARE = 0.4
"""Rounds that may be played again, as a share of those asked for."""
LEAST_SPARE = 3


@dataclass(frozen=True)
class Asked:
    """The flags. `safeguard` is switched off in all processes; then the run ends at the first difference."""

    rounds: int = 10
    seed: int = 1
    logs: tuple[str, ...] = LOGS
    safeguard: str = ""
    aimed: bool = False


async def play(asked: Asked, say: Callable[[str], None] = lambda _: None) -> list[Round]:
    """All rounds of a run, those that do not count among them; `say` hears of what takes a while."""
    played: list[Round] = []
    async with aclosing(playing(asked, say)) as rounds:
        async for one in rounds:
            played.append(one)
    return played


async def playing(asked: Asked, say: Callable[[str], None]) -> AsyncGenerator[Round, None]:
    """Round after round, on each log its share, on servers of the run's own."""
    say("starting the servers")
    async with serving(kafka="kafka" in asked.logs) as servers:
        async for one in on(servers, asked, say):
            yield one


async def on(servers: Servers, asked: Asked, say: Callable[[str], None]) -> AsyncGenerator[Round, None]:
    """The same on servers that run."""
    number = 0
    for log, share in _shares(asked):
        say(f"starting five processes on the {log} log")
        folder = servers.database.folder / f"{log}-{asked.safeguard or 'whole'}-{asked.seed}"
        spare = max(LEAST_SPARE, int(share * SPARE))
        deck = Aimed(asked.seed, asked.safeguard) if asked.aimed else Deck(asked.seed, kafka=log == "kafka")
        async with built(
            servers, folder, log, rounds=share + spare, seed=asked.seed, broken=asked.safeguard
        ) as house:  # fmt: skip
            rounds = Rounds(house, deck)
            try:
                counted = 0
                for _ in range(share + spare):
                    one = await rounds.play(number + 1)
                    yield one
                    counted, number = counted + one.proven, number + one.proven
                    if counted == share or (asked.safeguard and one.differences):
                        break
            finally:
                await rounds.close()
        if asked.safeguard and one.differences:
            return


def _shares(asked: Asked) -> Iterator[tuple[str, int]]:
    """How many rounds each log gets: as even as it goes."""
    for place, log in enumerate(asked.logs):
        share = asked.rounds // len(asked.logs) + (place < asked.rounds % len(asked.logs))
        if share:
            yield log, share
