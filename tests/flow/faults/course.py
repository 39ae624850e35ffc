"""A source run against a faulty vendor, on a real log and database: what arrived, and how much of the truth that is."""

import contextlib
import dataclasses
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import msgspec
from aiolimiter import AsyncLimiter

from connectors.base import find
from schemas.deadletter import DeadLetter
from schemas.observation import ProtectedObservation
from schemas.topics import DEAD_LETTER, OBSERVATION
from services.ingest.scheduler import Scheduler
from services.kit import faults
from services.kit.control import sources
from services.kit.http import Http
from services.simulator.vendors import Mischief, Shelf, served

TOKEN = "s3cr3t-of-the-vendor"
START = timedelta(hours=2)


class Killed(BaseException):
    """The process ends here, as `kill -9` would have it."""


class Course:
    """One vendor's shelf, its faults, and the source that reads it. Waiting costs no time: the clock is moved on."""

    def __init__(self, runtime, read):
        self.runtime, self.clock, self._read = runtime, runtime.clock, read
        self.shelf, self.mischief = Shelf(runtime.clock), Mischief()
        self.connectors, self.base, self.waited = {}, "", []

    @contextlib.asynccontextmanager
    async def serving(self, *routers):
        async with served(routers, self.mischief) as self.base:
            yield self

    async def source(self, connector, name="one", silent_after=None, max_back=None, **config):
        """An instance of a connector that asks this vendor; `max_back` shortens how far a first run reads."""
        known = find(connector)
        self.connectors[connector] = dataclasses.replace(known, max_back=max_back or known.max_back)
        async with self.runtime.engine.begin() as connection:
            await sources.add(
                connection, connector=connector, name=name, config={"base_url": self.base, **config},
                every=timedelta(minutes=5), next_run_at=self.clock.now(), silent_after=silent_after,
            )  # fmt: skip

    def put(self, made, count, *, back=timedelta(minutes=30), late=timedelta(0), shelf=None, apart=1, **told):
        """`count` records of now less `back`, a minute apart; each can first be read `late` after it happened."""
        shelf = self.shelf if shelf is None else shelf
        for _ in range(count):
            number = len(shelf.ids)
            at = (self.clock.now() - back + timedelta(minutes=apart * number)).replace(microsecond=0)
            name = f"{id(shelf) % 997:03d}-{number:05d}-e"
            shelf.put(name, made(name, at, **told), at, max(at + late, at))

    def scheduler(self, owner="test"):
        return Scheduler(runtime=self.runtime, connectors=self.connectors, dial=self._dial, owner=owner)

    @contextlib.asynccontextmanager
    async def _dial(self, _origin) -> AsyncIterator[Http]:
        async with httpx.AsyncClient() as client:
            yield Http(client, self.clock, AsyncLimiter(100_000, 1), sleep=self._wait)

    async def _wait(self, seconds):
        self.waited.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))

    async def run(self, name="one", later=timedelta(minutes=5)):
        """One run, and what it reported; then some minutes go by."""
        report = await self.scheduler().run_now(name)
        self.clock.advance(later)
        return report

    async def killed(self, point, times, name="one"):
        """A run that ends without a word when it passes a point for the n-th time."""
        left = [times]

        def end(passed):
            left[0] -= passed == point
            if passed == point and left[0] == 0:
                raise Killed

        with faults.armed(end), contextlib.suppress(Killed):
            await self.scheduler().run_now(name)
            raise AssertionError(f"{point} was passed {times - left[0]} times only")
        self.clock.advance(timedelta(minutes=5))

    async def observed(self):
        return [msgspec.json.decode(one.value, type=ProtectedObservation) for one in await self._read(OBSERVATION.name)]

    async def letters(self):
        return [msgspec.json.decode(one.value, type=DeadLetter) for one in await self._read(DEAD_LETTER.name)]

    async def completeness(self, truth=None):
        """The share of the vendor's records that are on the log, and how often any came under two ids."""
        wanted = self.shelf.ids if truth is None else truth
        met = Counter()
        for one in {one.id for one in await self.observed()}:
            met.update(name for name in wanted if name in one)
        assert all(times == 1 for times in met.values()), "a record came under two ids"
        return len(met) / len(wanted)

    def secrets_told(self, *texts):
        return [text for text in texts if TOKEN in text]


def as_text(found):
    return json.dumps(msgspec.to_builtins(found), default=str)
