"""The container's health check, and a database of its own on somebody's server."""

import asyncio

import pytest
from sqlalchemy import text

from deploy.fresh_database import fresh_database
from deploy.health import alive
from services.kit.db import connect
from services.kit.errors import Misconfigured
from services.kit.web import application, listen, serve


async def test_a_service_is_alive_where_it_answers_and_not_where_nobody_does(runtime):
    bound, address = listen(runtime.settings.model_copy(update={"listen": "127.0.0.1:0"}), ["inventory"])
    port = address.rpartition(":")[2]
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(application(runtime, []), bound, stop))
    assert await asyncio.to_thread(alive, f"127.0.0.1:{port}")
    assert await asyncio.to_thread(alive, f"0.0.0.0:{port}")
    stop.set()
    await serving
    assert not await asyncio.to_thread(alive, f"0.0.0.0:{port}")


async def test_a_fresh_database_is_there_while_it_is_needed_and_gone_afterwards(database_url):
    count = text("select count(*) from pg_database where datname like 'penumbra\\_%'")
    server = connect(database_url)
    async with fresh_database(database_url) as url:
        engine = connect(url)
        async with engine.connect() as connection, server.connect() as other:
            assert (await connection.execute(text("select current_database()"))).scalar_one().startswith("penumbra_")
            assert (await other.execute(count)).scalar_one() == 1
        await engine.dispose()
    async with server.connect() as connection:
        assert (await connection.execute(count)).scalar_one() == 0
    await server.dispose()


async def test_a_server_that_does_not_answer_is_said_not_to(unused_tcp_port):
    with pytest.raises(Misconfigured, match="--database: database does not answer"):
        async with fresh_database(f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/none"):
            pass
