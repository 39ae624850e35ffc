"""Connections that say nothing, or say it slowly, and very many of them: others are served meanwhile."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI

from services.kit import patience
from services.kit.web import serve

HOST = "127.0.0.1"


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    app, stop = FastAPI(), asyncio.Event()

    @app.get("/")
    async def root() -> dict[str, str]:
        return {}

    with socket.create_server((HOST, 0)) as bound:
        running = asyncio.create_task(serve(app, bound, stop))
        try:
            yield bound.getsockname()[1]
        finally:
            stop.set()
            await running


async def closed(writer: asyncio.StreamWriter) -> None:
    """Ends a connection that the other side may have ended already."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def ended(port: int, *pieces: bytes) -> float:
    """Says the pieces one by one, then waits; the seconds until the other side ended."""
    began = asyncio.get_running_loop().time()
    reader, writer = await asyncio.open_connection(HOST, port)

    async def say() -> None:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.05)

    saying = asyncio.create_task(say())
    with contextlib.suppress(ConnectionError):
        await reader.read()
    saying.cancel()
    await closed(writer)
    return asyncio.get_running_loop().time() - began


async def answered(port: int) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"http://{HOST}:{port}/")).status_code


async def test_silent_and_trickling_connections_are_ended_and_others_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.3)
    head = b"GET / HTTP/1.1\r\nhost: x\r\nx-long: "
    after_one = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
    async with served() as port, asyncio.timeout(20):
        waiting = [ended(port) for _ in range(20)] + [ended(port, head, *[b"a"] * 1000) for _ in range(20)]
        slow = asyncio.gather(*waiting, ended(port, after_one, *[b"G"] * 1000))
        assert await answered(port) == 200
        assert max(await slow) < 15


async def test_a_request_in_hand_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0.2)
    async with served() as port, httpx.AsyncClient() as client:
        for _ in range(3):
            assert (await client.get(f"http://{HOST}:{port}/")).status_code == 200
            await asyncio.sleep(0.15)


async def test_there_are_only_so_many_and_then_there_is_room_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "MOST", 20)
    async with served() as port, asyncio.timeout(20):
        held = [await asyncio.open_connection(HOST, port) for _ in range(20)]
        assert await ended(port) < 5
        for _, writer in held:
            await closed(writer)
        await asyncio.sleep(0.05)
        assert await answered(port) == 200
