"""One round: a slice of the company's life is told, a part is struck meanwhile, and what is found is compared."""

import asyncio
import os
import signal
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil
from sqlalchemy import text

from deploy.compared import Facts, answered, differences
from tests.chaos.house import TAKEOVER_SECONDS, House
from tests.chaos.inflight import InFlight, Watch
from tests.chaos.strikes import WHOLE_FILE, Deck, Strike

TOLD_SECONDS = 1.2
"""How long a slice takes to be told: the strike falls within."""
ARMED_SECONDS = 5.0
"""How long an armed part is waited for, counted from when the slice was told; then the round is played again."""
QUIET_SECONDS = 90.0
SURE_SECONDS = 10.0
"""After which nothing is waited for where a position was saved twice: it may stay behind for good."""
ANSWER_SECONDS = 15.0
ARRIVAL_SECONDS = 15.0
"""How long a message may be on its way once the outbox has it; one that is lost never comes."""
POLL = 0.05
MOST_TOLD = 12
SOURCE = "source:"
"""Grains left out: what is told happened days ago, so its sources are rightly called silent."""
OUTBOX = text("select id from inventory.outbox")
MOVED_BACK = text("select topic, partition, before, after from public.moved_back")


@dataclass
class Round:
    """What a round did and found. `in_flight` is what was measured at the strike; `point` where it fell, if at one."""

    number: int
    log: str
    strike: Strike
    in_flight: InFlight | None = None
    seconds: float = 0.0
    differences: list[str] = field(default_factory=list)
    lost: int = 0
    double: int = 0
    repeats: int = 0
    failed_to: str = ""

    @property
    def proven(self) -> bool:
        """Whether there was work in flight when it fell."""
        return self.in_flight is not None and any(self.in_flight)


class Rounds:
    """Plays rounds with one deployment. What differs stays different, so each difference is told once."""

    def __init__(self, house: House, deck: Deck) -> None:
        self._house, self._deck = house, deck
        self._watch = Watch(house.runtime)
        self._known: set[str] = set()
        self._repeats = 0

    async def play(self, number: int) -> Round:
        """One round; where it was not `proven` it does not count."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        played = Round(number, self._house.log, self._deck.draw())
        directory = played.strike.point in WHOLE_FILE
        telling = asyncio.create_task(self._house.company.happen(TOLD_SECONDS, directory=directory))
        beside = [asyncio.create_task(self._house.stir(TOLD_SECONDS / 2))] if played.strike.stirred else []
        try:
            await self._strike(played, telling)
        finally:
            await asyncio.gather(telling, *beside)
        left = await self._quiet()
        await self._compare(played)
        if left is not None:
            played.differences.append(f"still to do after {QUIET_SECONDS:.0f} s: {left}")
        played.seconds = loop.time() - began
        return played

    async def close(self) -> None:
        """Ends its connections."""
        await self._watch.close()

    async def _strike(self, played: Round, telling: asyncio.Task[None]) -> None:
        strike = played.strike
        if strike.point is not None:
            await self._at_point(played)
            return
        await asyncio.sleep(self._deck.moment(TOLD_SECONDS))
        played.in_flight = await self._in_flight(telling)
        if strike.part == "database":
            await self._house.servers.kill_database()
            await self._house.runtime.engine.dispose()
        elif strike.part == "broker":
            await self._house.servers.kill_broker()
        else:
            await self._house.parts[strike.part].kill()
            await self._house.parts[strike.part].start()

    async def _in_flight(self, telling: asyncio.Task[None]) -> InFlight:
        """The first figures that show work, as long as the company goes on telling."""
        while True:
            found = await self._watch.look()
            if any(found) or telling.done():
                return found

    async def _at_point(self, played: Round) -> None:
        """Arms the part while it runs, waits until it fell, and brings it back."""
        part, order = self._house.parts[played.strike.part], self._house.fault_file(played.strike.part)
        draft = order.with_suffix(".draft")
        draft.write_text(played.strike.order)
        draft.replace(order)
        pid = part.pid
        assert pid is not None
        if not await _fell(pid, frozen=played.strike.freeze):
            order.unlink(missing_ok=True)
            played.failed_to = f"{played.strike.point} was not passed"
            if part.pid is not None:  # it may have read its order: such a one must not fall in another round
                await part.kill()
        played.in_flight = await self._watch.look() if not played.failed_to else None
        if played.strike.freeze and not played.failed_to:
            await asyncio.sleep(TAKEOVER_SECONDS + 2)
            os.kill(pid, signal.SIGCONT)
            return
        await part.kill()
        await part.start()

    async def _quiet(self) -> InFlight | None:
        """Waits until nothing is left to do; what is, when the time is over."""
        loop = asyncio.get_running_loop()
        until = loop.time() + QUIET_SECONDS
        while True:
            left = await self._watch.patiently()
            if not any(left) and self._watch.pulled_at > self._house.company.told_at:
                return None
            sure = loop.time() > until - QUIET_SECONDS + SURE_SECONDS
            if loop.time() > until or (sure and await self._moved_back()):
                return left
            await asyncio.sleep(POLL)

    async def _compare(self, played: Round) -> None:
        true = await asyncio.to_thread(lambda: self._house.company.truth)
        found = await self._answered()
        told = differences(found, true) + await self._webhooks()
        if set(told) - self._known:  # something may have happened between two looks: a source fell silent
            await asyncio.sleep(1)
            await self._quiet()
            found = await self._answered()
            told = differences(found, true) + await self._webhooks()
        told += await self._moved_back()
        told += [f"{name} ended by itself" for name, part in self._house.parts.items() if part.pid is None]
        played.differences = [line for line in told if line not in self._known][:MOST_TOLD]
        self._known.update(told)
        played.lost, played.double = _missing(true, found), _missing(found, true)
        repeats = self._house.receiver.store.repeats
        played.repeats, self._repeats = repeats - self._repeats, repeats

    async def _answered(self) -> Facts:
        """What the API says, asked again while its inventory finds back to the database."""
        loop = asyncio.get_running_loop()
        until = loop.time() + ANSWER_SECONDS
        while True:
            try:
                found = await answered(self._house.address, self._house.token)
                return {**found, "alerts": {g: s for g, s in found["alerts"].items() if not g.startswith(SOURCE)}}
            except httpx.HTTPError:
                if loop.time() > until:
                    raise
            await asyncio.sleep(0.3)

    async def _webhooks(self) -> list[str]:
        """Whether each message of the outbox was received and nothing else, each alert's in order.

        Clocks raise alerts at any time (a source falls silent): what was just written is given time to arrive.
        """
        sent = await self._written()
        for _ in range(int(ARRIVAL_SECONDS / POLL)):
            if sent <= {message["id"] for message in self._house.receiver.store.received}:
                break
            await asyncio.sleep(POLL)
        messages = list(self._house.receiver.store.received)
        received = {message["id"] for message in messages}
        told = [f"webhook {name} was never received" for name in sorted(sent - received)]
        sent |= await self._written()
        told += [f"webhook {name} is not of the outbox" for name in sorted(received - sent)]
        revisions: dict[str, list[int]] = defaultdict(list)
        for message in messages:
            revisions[message["body"]["data"]["id"]].append(message["body"]["data"]["revision"])
        return told + [f"webhooks of {alert} came as {n}" for alert, n in revisions.items() if n != sorted(n)]

    async def _written(self) -> set[str]:
        """The messages of the outbox."""
        async with self._house.runtime.engine.connect() as connection:
            return set((await connection.execute(OUTBOX)).scalars())

    async def _moved_back(self) -> list[str]:
        async with self._house.runtime.engine.connect() as connection:
            rows = (await connection.execute(MOVED_BACK)).all()
        return [f"position {r.topic}/{r.partition} was saved twice: {r.before}, then {r.after}" for r in rows]


async def _fell(pid: int, *, frozen: bool) -> bool:
    """Whether the process ended, or stopped, in time. A child that ended is a zombie until its parent looks."""
    loop = asyncio.get_running_loop()
    until = loop.time() + TOLD_SECONDS + ARMED_SECONDS
    wanted = psutil.STATUS_STOPPED if frozen else psutil.STATUS_ZOMBIE
    while loop.time() < until:
        try:
            if psutil.Process(pid).status() == wanted:
                return True
        except psutil.NoSuchProcess:
            return True
        await asyncio.sleep(POLL)
    return False


def _missing(true: Facts, found: Facts) -> int:
    """How many of the events of `true` are not in `found`, by tool and source type."""
    return (_events(true) - _events(found)).total()


def _events(facts: Facts) -> Counter[tuple[str, str]]:
    tools: Mapping[str, Mapping[str, Any]] = facts["tools"]
    return Counter({(tool, source): n for tool, said in tools.items() for source, n in said["events"].items()})
