"""`penumbra login`: the link leads where a service answers, and where none does that is said."""

import asyncio

import pytest

from services.kit.access import Sessions
from tests.commands import penumbra


@pytest.fixture
async def answering():
    """The port of something that answers every request with 200."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_the_link_leads_to_the_service_that_answers(database_url, tmp_path, answering, engine, clock):
    place = {"PENUMBRA_DATABASE_URL": database_url, "PENUMBRA_DATA": str(tmp_path)}
    ran = await penumbra("login", **place, PENUMBRA_LISTEN=f"0.0.0.0:{answering}")
    assert ran.code == 0, ran.err
    assert "nothing answers" not in ran.err
    assert ran.out.startswith(f"http://127.0.0.1:{answering}/login?token=")
    assert await Sessions(engine, clock).start(ran.out.strip().partition("=")[2]) is not None


async def test_a_link_that_leads_nowhere_yet_says_so(database_url, tmp_path):
    place = {"PENUMBRA_DATABASE_URL": database_url, "PENUMBRA_DATA": str(tmp_path)}
    ran = await penumbra("login", **place, PENUMBRA_LISTEN="127.0.0.1:9")
    assert ran.code == 1
    assert ran.out.startswith("http://127.0.0.1:9/login?token=")
    assert "nothing answers at http://127.0.0.1:9" in ran.err
    assert "penumbra up" in ran.err
