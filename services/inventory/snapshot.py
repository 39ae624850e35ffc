"""One moment for all that a page shows: its statements share a read-only transaction that sees one state.

Each read of the inventory asks the engine for a connection. During a request whose method reads, the engine here
answers with the same connection every time, in REPEATABLE READ, so that no two numbers of a page are of two moments.
What writes asks for `begin`, and has a transaction of its own.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.kit.runtime import Runtime

STILL = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class _Still:
    """As much of an engine as is asked of one. The connection is taken when first it is needed."""

    def __init__(self, engine: AsyncEngine, until: AsyncExitStack) -> None:
        self._engine, self._until = engine, until
        self._connection: AsyncConnection | None = None

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        if self._connection is None:
            connection = await self._until.enter_async_context(self._engine.connect())
            self._connection = await connection.execution_options(**STILL)
        yield self._connection

    def begin(self) -> object:
        return self._engine.begin()


@asynccontextmanager
async def still(runtime: Runtime) -> AsyncIterator[Runtime]:
    """The runtime whose reads all see one state of the database."""
    async with AsyncExitStack() as until:
        # An AsyncEngine is not made to be derived from; what reads asks it for these two alone.
        yield replace(runtime, engine=cast("AsyncEngine", _Still(runtime.engine, until)))
