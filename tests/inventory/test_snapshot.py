"""What a request reads is of one moment; what it writes is its own."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.inventory.snapshot import still

COUNT = text("select count(*) from inventory.source_type")
ADD = text("insert into inventory.source_type (instance, source) values (:name, 'squid')")


async def count(runtime):
    async with runtime.engine.connect() as connection:
        return (await connection.execute(COUNT)).scalar_one()


async def test_all_reads_see_one_moment_though_others_write_meanwhile(runtime):
    async with still(runtime) as reading:
        assert await count(reading) == 0
        async with runtime.engine.begin() as connection:
            await connection.execute(ADD, {"name": "proxy-1"})
        assert await count(reading) == 0
        async with reading.engine.begin() as connection:
            await connection.execute(ADD, {"name": "proxy-2"})
        assert await count(reading) == 0
    async with still(runtime) as later:
        assert await count(later) == 2


async def test_a_read_can_t_write_and_its_connection_goes_back_as_it_was(runtime):
    async with still(runtime) as reading, reading.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await connection.execute(ADD, {"name": "proxy-1"})
    assert runtime.engine.pool.checkedout() == 0
    async with runtime.engine.begin() as connection:
        await connection.execute(ADD, {"name": "proxy-1"})
        assert (await connection.execute(text("show transaction_isolation"))).scalar_one() == "read committed"
