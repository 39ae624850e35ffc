"""A company that goes on living: slice by slice its proxies write, its APIs answer more, and its truth grows.

Everything is planned beforehand (`services.simulator.plan`). A slice is told now, though it happened days ago: logs and
feeds are full of such late records, and arrival changes no figure. Some of the feed's blobs are listed late, as the
vendor's are, and some records stand in two blobs.
"""

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from random import Random

from fastapi import FastAPI

from deploy.compared import Facts, expected
from services.kit.clock import SystemClock
from services.simulator import company, people
from services.simulator.arrivals import Arrival
from services.simulator.blobs import TYPE_OF, Blob
from services.simulator.demo import DemoFiles, plan_demo
from services.simulator.events import Event
from services.simulator.faults import Faults, Throttle
from services.simulator.m365_api import ManagementApi, Refused
from services.simulator.malformed import malformed
from services.simulator.okta_api import Limit, SystemLog
from services.simulator.plan import plan
from services.simulator.server import refuse
from services.simulator.squid_log import INSTANCES, Lines
from services.simulator.tokens import Tokens
from services.simulator.truth import Fold, truth_of
from services.simulator.world import world

EVENTS_A_ROUND = 700
EVENTS_A_PERSON = 68
"""What the plan holds of one person's six days, about; the truth is counted, this only sizes the company."""
FEWEST = 50
PIECE_SECONDS = 0.05
LATE_MS = (1_200, 1_700)
"""Longer than it takes from one pull of the feed to the next."""
UNLIMITED = 1_000_000


class Company:
    """The company of a run. `happen` tells a slice of its life, `truth` is what discovery should say so far."""

    def __init__(self, folder: Path, rounds: int, seed: int, now: datetime) -> None:
        size = max(FEWEST, rounds * EVENTS_A_ROUND // EVENTS_A_PERSON)
        self.world = world(now, people=size, seed=seed)
        self.told_at = time.time()
        """When all that was told can be read: the feed lists by whole seconds, and some of it late."""
        self._folder, self._rng = folder, Random(f"company/{seed}")
        self._events = list(plan(self.world))
        self._faulty = sorted((at, name, line) for name in INSTANCES for at, line in malformed(self.world, name))
        self._slice = len(self._events) // rounds
        self._told = 0
        self._last: dict[str, Event] = {}
        self._fold = Fold(tuple(person.unit for person in people.staff(self.world)))
        self._render = Lines(self.world).line

    async def open(self) -> DemoFiles:
        """Writes the directory, the registry and the secrets; its logs and APIs have nothing to tell yet."""
        self.files = await plan_demo(self.world, self._folder, logs=False)
        for name in INSTANCES:
            (self.files.squid_folder / name).mkdir(parents=True, exist_ok=True)
        return self.files

    def application(self) -> FastAPI:
        """Its vendors' APIs; they refuse nobody for asking often."""
        clock, faults, known = SystemClock(), Faults(per_minute=UNLIMITED), self.files.credentials
        tokens = Tokens(known.client_secret, faults, clock)
        self._feed = ManagementApi(
            self.world, clock, [], tokens=tokens, throttle=Throttle(0, clock), faults=faults
        )  # fmt: skip
        self._log = SystemLog(
            self.world, clock, [], token=known.okta_token, throttle=Throttle(0, clock), limit=Limit(UNLIMITED, clock)
        )  # fmt: skip
        app = FastAPI(title=company.NAME, docs_url=None, redoc_url=None, openapi_url=None)
        for router in (self._feed.router, self._log.router, tokens.router):
            app.include_router(router)
        app.add_exception_handler(Refused, refuse)
        return app

    @property
    def truth(self) -> Facts:
        """What the API should say of all that was told."""
        return expected(truth_of(self.world, self._fold))

    async def happen(self, seconds: float, *, directory: bool = False) -> None:
        """Tells the next slice, piece by piece over so many seconds; `directory` delivers that file once more too."""
        told = self._events[self._told : self._told + self._slice]
        self._told += len(told)
        for event in told:
            self._fold.add(event)
        if directory:
            os.utime(self.files.directory_csv)
        pieces = max(1, int(seconds / PIECE_SECONDS))
        each = -(-len(told) // pieces)
        for third in _thirds(told):
            for start in range(0, len(third), each):
                self._write(third[start : start + each])
                await asyncio.sleep(PIECE_SECONDS)
            self._feed.publish(self._blobs([event for event in third if event.source == company.M365]))
            now = int(time.time() * 1000)
            self._log.keep(Arrival(now, event) for event in third if event.source == company.OKTA)

    def _write(self, piece: Sequence[Event]) -> None:
        """Appends to the proxies' logs, among the lines some that nobody can read."""
        lines: dict[str, list[bytes]] = defaultdict(list)
        for event in piece:
            if event.source in INSTANCES:
                lines[event.source].append(self._render(event) + b"\n")
        while self._faulty and self._faulty[0][0] <= piece[-1].at:
            _, name, line = self._faulty.pop(0)
            lines[name].append(line + b"\n")
        for name, written in lines.items():
            with (self.files.squid_folder / name / "access.log").open("ab") as file:
                file.write(b"".join(written))
        self.told_at = time.time()

    def _blobs(self, held: Iterable[Event]) -> list[Blob]:
        """One blob for each content type; half are listed late, and some repeat a record of the one before."""
        parts: dict[str, list[Event]] = defaultdict(list)
        for event in held:
            parts[TYPE_OF[event.what]].append(event)
        made, now = [], int(time.time() * 1000)
        for content_type, events in sorted(parts.items()):
            late = self._rng.randint(*LATE_MS) * self._rng.randrange(2)
            self.told_at = max(self.told_at, now // 1000 + 1, (now + late) / 1000)
            twice = [self._last[content_type]] if content_type in self._last and self._rng.randrange(3) == 0 else []
            self._last[content_type] = events[-1]
            name = f"{now:016d}{self._rng.randrange(1 << 40):010x}${content_type.replace('.', '_').lower()}$emea0000"
            made.append(Blob(name, content_type, now, (*events, *twice), late))
        return made


def _thirds(told: Sequence[Event]) -> list[Sequence[Event]]:
    """The APIs tell what happened three times a slice: one blob of many records is the vendor's way."""
    third = -(-len(told) // 3)
    return [told[start : start + third] for start in range(0, len(told), third)]
