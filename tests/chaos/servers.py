"""The servers of a run, shared by all its companies: an embedded PostgreSQL and, where asked for, a real Kafka."""

import asyncio
import os
import secrets
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, text

from deploy.local_kafka import LocalKafka
from services.kit.db import connect
from services.kit.errors import Transient
from services.kit.postgres import EmbeddedPostgres
from tests.quick_folder import quick_folder

QUICK_JAVA = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
SETTINGS = {"fsync": "off", "max_connections": "200"}
"""A killed process loses nothing it has written to the system; only a loss of power would, which nobody plays here."""
TRIES = 20


@dataclass
class Servers:
    """Both servers; `broker` is None where nobody asked for Kafka."""

    database: EmbeddedPostgres
    broker: LocalKafka | None

    async def fresh_database(self) -> URL:
        """The address of an empty database of a company's own."""
        name = f"chaos_{secrets.token_hex(4)}"
        admin = connect(self.database.url().set(database="postgres")).execution_options(isolation_level="AUTOCOMMIT")
        async with admin.connect() as connection:
            await connection.execute(text(f"create database {name}"))
        await admin.dispose()
        return self.database.url().set(database=name)

    async def kill_database(self) -> int:
        """Ends the postmaster as a crash does and brings it back; returns the process id it had."""
        pid = self.database.running()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        for _ in range(TRIES):
            await asyncio.sleep(0.25)
            try:
                await self._launched()
            except Transient:  # the former one's children still hold its memory for a moment
                continue
            return pid
        raise RuntimeError(f"PostgreSQL did not come back: {self.database.folder / 'postgres.log'}")

    async def kill_broker(self) -> int:
        """The same with the broker."""
        assert self.broker is not None
        assert self.broker.pid is not None
        pid = self.broker.pid
        await self.broker.restart(kill=True)
        return pid

    async def _launched(self) -> None:
        if self.database.running() is None:
            await self.database._launch()  # what its owner's supervisor does when it is gone
        await self.database._wait_ready()


@asynccontextmanager
async def serving(*, kafka: bool) -> AsyncIterator[Servers]:
    """The servers in a temporary folder, ended by their process ids at the end."""
    async with AsyncExitStack() as stack:
        # Not pytest's folder: the database's own user must be able to pass through it.
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="pnb-chaos-", dir=quick_folder(), ignore_cleanup_errors=True)
        )
        database = EmbeddedPostgres(Path(folder), SETTINGS)
        broker = LocalKafka(java_options=QUICK_JAVA) if kafka else None
        stack.push_async_callback(database.stop)
        if broker is not None:
            stack.push_async_callback(broker.stop)
        await asyncio.gather(database.start(), *([broker.start()] if broker is not None else []))
        yield Servers(database, broker)
