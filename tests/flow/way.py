"""The whole way of events in one process: a simulated company, its sources, the three services, a receiver."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from connectors.base import discover
from connectors.registry_csv import read_registry
from deploy.receiver import Receiver
from services import app
from services.ingest import instances
from services.inventory import registry
from services.inventory.delivery.endpoints import Endpoints
from services.kit import faults
from services.kit.access import Tokens
from services.kit.db import connect
from services.kit.deadletters import retentions
from services.kit.eventlog.connect import connect as connect_log
from services.kit.runtime import Runtime
from services.simulator.demo import FOLDER, plan_demo
from services.simulator.server import serve
from services.simulator.world import World
from tests.flow.quiet import Quiet

NAMES = ("ingest", "classifier", "inventory")
BY = "a test"
CLOSED = text("""
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()""")
"""The system closes a dead process's connections; here they have to be closed for it."""
TIME_PASSES = (
    text("update control.lease set until = '-infinity'"),
    text("update log.lease set until = '-infinity'"),
)
"""Whatever a dead process held ends by itself after a while; a test need not wait for it."""
LASTS = timedelta(days=1)


class Ended(BaseException):
    """The process ends here; no handler of the product's may catch it."""


class Once:
    """Ends the process at one point, the first time it is passed; `reached` is set then."""

    def __init__(self, name: str) -> None:
        self.reached = asyncio.Event()
        self._name = name

    def __call__(self, passed: str) -> None:
        if passed == self._name and not self.reached.is_set():
            self.reached.set()
            raise Ended(passed)


@dataclass
class Way:
    """A company that is being discovered. `start` and `end` may follow each other any number of times."""

    runtime: Runtime
    world: World
    receiver: Receiver
    token: str
    address: str = ""
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts the three services afresh, as another process would."""
        self._stop = asyncio.Event()
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._running = asyncio.create_task(self._run(ready))
        await asyncio.wait({ready, self._running}, return_when=asyncio.FIRST_COMPLETED)
        if self._running.done():
            await self._running
        self.address = ready.result()

    async def end(self) -> None:
        """Ends them in order."""
        assert self._running is not None
        self._stop.set()
        await self._running
        self._running = None

    async def end_at(self, point: str, within: float = 30) -> None:
        """Starts them, and ends them where they stand as soon as one passes that fault point."""
        once = Once(point)
        with faults.armed(once):
            await self.start()
            await asyncio.wait_for(once.reached.wait(), within)
            await self.cut_off()

    async def cut_off(self) -> None:
        """Ends them where they stand, if they run: nothing they hold is finished."""
        if self._running is None:
            return
        while not self._running.done():  # a clean-up under way may take a first cancellation for its own
            self._running.cancel()
            await asyncio.wait({self._running}, timeout=0.5)
            self._stop.set()
        with contextlib.suppress(asyncio.CancelledError, BaseExceptionGroup):
            await self._running
        self._running = None  # its traceback holds what it left unclosed
        gc.collect()  # which is warned of now, not in another test
        await self.runtime.engine.dispose()
        async with self.runtime.engine.begin() as connection:
            await connection.execute(CLOSED)
            for statement in TIME_PASSES:
                await connection.execute(statement)

    async def quiet(self, seconds: float = 60) -> None:
        """Waits until nothing is left to do anywhere."""
        await Quiet(self.runtime).wait(seconds)

    async def listed(self, path: str, **asked: str) -> list[dict[str, Any]]:
        """All items of an API list, page by page."""
        headers = {"authorization": f"Bearer {self.token}"}
        found: list[dict[str, Any]] = []
        async with httpx.AsyncClient(base_url=self.address, headers=headers) as client:
            cursor: str | None = ""
            while cursor is not None:
                answer = await client.get(f"/api/v1/{path}", params={**asked, "limit": 200, "cursor": cursor})
                assert answer.status_code == 200, answer.text
                page = answer.json()
                found += page["items"]
                cursor = page["next"]
        return found

    async def _run(self, ready: asyncio.Future[str]) -> None:
        engine = connect(self.runtime.engine.url)
        log = connect_log(self.runtime.settings, engine)
        try:
            fresh = replace(self.runtime, log=log, engine=engine)
            await app.run(fresh, NAMES, ready=ready.set_result, stop=self._stop)
        finally:
            await log.close()
            await engine.dispose()


@asynccontextmanager
async def discovered(runtime: Runtime, world: World, folder: Path) -> AsyncIterator[Way]:
    """The company served, its sources added, its registry imported and its receiver listening; nothing runs yet."""
    settings = runtime.settings.model_copy(update={"allow_private": ("127.0.0.0/8",), "listen": "127.0.0.1:0"})
    runtime = replace(runtime, settings=settings)
    files = await plan_demo(world, folder / FOLDER)
    await runtime.log.ensure(retentions(), settings.partitions)
    secrets: list[str] = []
    async with AsyncExitStack() as stack:
        receiver = stack.enter_context(Receiver(lambda: secrets))
        served = await stack.enter_async_context(serve(world, runtime.clock, known=files.credentials))
        connectors, now = discover(), runtime.clock.now()
        async with runtime.engine.begin() as connection:
            for each in files.sources(served.base_url):
                if each.connector != "registry_csv":
                    await instances.add(
                        connection, connectors, connector=each.connector, name=each.name, config=each.config, now=now,
                        folder=each.folder, pattern=each.pattern,
                    )  # fmt: skip
            await registry.put(connection, read_registry(files.registry_csv.read_text())[0], BY, now)
        secrets.append((await Endpoints(runtime).add(receiver.url, BY))[1])
        _, token = await Tokens(runtime.engine, runtime.clock).create(
            "flow", ("tools:read", "solutions:read", "alerts:read", "people:read"), LASTS, BY
        )
        way = Way(runtime, world, receiver, token)
        try:
            yield way
        finally:
            await way.cut_off()
            gc.collect()
