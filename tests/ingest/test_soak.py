"""Tiny connections, a million in `make soak` and few elsewhere: each comes, says little or nothing, and goes."""

import asyncio
import contextlib
import os
import socket
from pathlib import Path

import pytest
from fastapi import FastAPI

from services.ingest.syslog.feed import Queue
from services.ingest.syslog.listener import Listener, Places
from services.kit.web import serve

HOST = "127.0.0.1"
MANY, FEW = 1_000_000, 1_000
AT_ONCE = 200
SAID = (b"", b"G", b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", b"<13>x\n")


def resident_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


async def crowd(port: int, count: int) -> None:
    numbers = iter(range(count))

    async def come_and_go() -> None:
        for number in numbers:
            _, writer = await asyncio.open_connection(HOST, port)
            writer.write(SAID[number % len(SAID)])
            writer.close()
            with contextlib.suppress(OSError):  # who is full ends it first
                await writer.wait_closed()

    await asyncio.gather(*(come_and_go() for _ in range(AT_ONCE)))


async def drained(queue: Queue) -> None:
    while True:
        queue.done(await queue.some(10_000))


@pytest.mark.soak
@pytest.mark.timeout(3600)
async def test_tiny_connections_leave_nothing_behind(pytestconfig: pytest.Config) -> None:
    count = MANY if pytestconfig.getoption("-m") == "soak" else FEW
    stop, queue = asyncio.Event(), Queue()
    listener = Listener(Places(tcp=f"{HOST}:0"), queue)
    with socket.create_server((HOST, 0), backlog=1024) as bound:
        serving, draining = asyncio.create_task(serve(FastAPI(), bound, stop)), asyncio.create_task(drained(queue))
        async with listener.open():
            ports = (bound.getsockname()[1], listener.ports["tcp"])
            for port in ports:
                await crowd(port, count // 20)
            before = resident_kb()
            for port in ports:
                await crowd(port, count // 2)
            await asyncio.sleep(0.5)
            assert resident_kb() - before < 50_000
            assert listener._streams == set()
        assert len(os.listdir("/proc/self/fd")) < 100  # noqa: PTH208 - names alone
        stop.set()
        draining.cancel()
        await serving
