"""Load with known counts: native squid lines at any rate, for chaos and benchmarks."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from random import Random

import msgspec

from services.kit.clock import Clock
from services.simulator import tools
from services.simulator.company import DOMAIN
from services.simulator.squid_log import PEER

_ORDINARY_EVERY = 4
_TWIN_EVERY = 50


class Counts(msgspec.Struct, frozen=True):
    """What a burst holds: its lines, and the events of each tool in all and by login."""

    lines: int
    tools: dict[str, int]
    people: dict[str, dict[str, int]]


class Burst:
    """`n` native lines of the same seed are the same lines. `start` is the first line's time, seconds since the epoch.

    Every fourth line is no AI; each fiftieth comes twice, identical to the last digit.
    """

    def __init__(
        self, seed: int, n: int, *, people: int = 500, start: int = 1_760_000_000, per_second: int = 100
    ) -> None:
        self.seed, self.n, self._people, self._start, self._rate = seed, n, people, start, per_second

    def __iter__(self) -> Iterator[bytes]:
        """The lines, without newlines."""
        return (line for line, _, _ in self._told())

    def counts(self) -> Counts:
        """The truth of the burst, known before it is sent."""
        by_tool: Counter[str] = Counter()
        by_login: dict[str, Counter[str]] = {}
        lines = 0
        for _, login, tool in self._told():
            lines += 1
            if tool:
                by_tool[tool] += 1
                by_login.setdefault(login, Counter())[tool] += 1
        return Counts(lines, dict(by_tool), {login: dict(held) for login, held in by_login.items()})

    def logins(self) -> list[tuple[str, str]]:
        """Every login of the burst with its e-mail address, for a directory."""
        return [(login, f"{login}@{DOMAIN}") for login in (f"load{number:05d}" for number in range(self._people))]

    def _told(self) -> Iterator[tuple[bytes, str, str | None]]:
        """Line, login, tool; None where the line is no AI."""
        return islice(self._endless(), self.n)

    def _endless(self) -> Iterator[tuple[bytes, str, str | None]]:
        rng, number = Random(f"load/{self.seed}"), 0
        while True:
            number += 1
            tool = None if number % _ORDINARY_EVERY == 0 else rng.choice(tools.ON_THE_WEB)
            host = rng.choice(tools.ORDINARY) if tool is None else tool.hosts[0]
            who = rng.randrange(self._people)
            second, part = divmod(number, self._rate)
            line = (
                f"{self._start + second}.{part * 1000 // self._rate:03d} {rng.randint(5, 90000):6d} "
                f"10.40.{who // 250}.{who % 250 + 1} TCP_TUNNEL/200 {rng.randint(300, 99999)} CONNECT {host}:443 "
                f"load{who:05d} HIER_DIRECT/{PEER} -"
            ).encode()
            for _ in range(2 if number % _TWIN_EVERY == 0 else 1):
                yield line, f"load{who:05d}", tool.id if tool else None


async def paced(lines: Iterator[bytes], per_second: float, clock: Clock) -> AsyncIterator[list[bytes]]:
    """The lines at a rate, in batches of about a twentieth of a second; slower where the taker is slower."""
    began, sent = clock.now(), 0
    while True:
        due = int((clock.now() - began).total_seconds() * per_second) + 1 - sent
        batch = list(islice(lines, max(due, 0)))
        if due > 0 and not batch:
            return
        sent += len(batch)
        if batch:
            yield batch
        await asyncio.sleep(0.05)
