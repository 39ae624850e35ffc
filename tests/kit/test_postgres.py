"""The embedded server: made, shared, killed and started again."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from services.kit.db import check, connect
from services.kit.errors import Misconfigured
from services.kit.postgres import EmbeddedPostgres, owned


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not pytest's: other runs of pytest close its folders to the server's user while this one works.
    with tempfile.TemporaryDirectory(prefix="pnb-", ignore_cleanup_errors=True) as made:
        yield Path(made)


async def answer(server: EmbeddedPostgres) -> int:
    engine = connect(server.url())
    try:
        async with engine.connect() as connection:
            return int((await connection.execute(text("select 42"))).scalar_one())
    finally:
        await engine.dispose()


async def test_starts_serves_and_stops(folder: Path) -> None:
    async with owned(folder) as server:
        assert await answer(server) == 42
        pid = server.running()
        assert pid
    assert server.running() is None
    async with owned(folder) as again:
        assert await answer(again) == 42


async def test_killed_postmaster_is_started_again(folder: Path) -> None:
    stop = asyncio.Event()
    async with owned(folder) as server:
        watch = asyncio.create_task(server.supervise(stop))
        first = server.running()
        assert first
        os.kill(first, signal.SIGKILL)
        for _ in range(200):
            await asyncio.sleep(0.1)
            if server.running() not in {None, first}:
                break
        stop.set()
        await watch
        assert await answer(server) == 42


async def test_stale_pid_file_of_another_process_is_no_hindrance(folder: Path) -> None:
    async with owned(folder) as server:
        pass
    (server.cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{server.cluster}\n")
    async with owned(folder) as again:
        assert await answer(again) == 42


async def test_orphan_of_a_killed_owner_is_adopted(folder: Path) -> None:
    first = EmbeddedPostgres(folder)
    await first.start()
    orphan = first.running()
    assert first._lock
    first._lock.close()
    second = EmbeddedPostgres(folder)
    await second.start()
    assert second.running() == orphan
    assert await answer(second) == 42
    await second.stop()
    assert second.running() is None
    assert first._process
    first._process.wait()


async def test_second_owner_is_told(folder: Path) -> None:
    async with owned(folder):
        with pytest.raises(Misconfigured, match="another penumbra owns"):
            await EmbeddedPostgres(folder).start()


async def test_password_is_needed(folder: Path) -> None:
    async with owned(folder) as server:
        engine = connect(server.url().set(password="wrong"))
        assert await check(engine) == "database does not answer (InvalidPasswordError)" or "DBAPIError" in str(
            await check(engine)
        )
        await engine.dispose()


async def test_foreign_scheme_is_refused() -> None:
    with pytest.raises(Misconfigured, match="sqlite is not supported"):
        connect("sqlite:///x.db")
