from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.kit.access import audit
from services.kit.access.audit import Act


@pytest.fixture
async def trail(engine, clock):
    for number in range(5):
        async with engine.begin() as connection:
            await audit.record(connection, Act(clock.now(), "ines", "alert.decide", f"alert:{number}", {"n": number}))
    async with engine.connect() as connection:
        return await audit.page(connection, None, 10)


async def test_the_chain_holds_and_pages_newest_first(trail, engine):
    assert [entry.number for entry in trail] == [5, 4, 3, 2, 1]
    assert audit.first_fault(trail) is None
    async with engine.connect() as connection:
        assert [entry.number for entry in await audit.page(connection, 4, 2)] == [3, 2]


async def test_an_altered_row_breaks_the_chain(trail):
    altered = [*trail[:2], replace(trail[2], act=replace(trail[2].act, actor="somebody else")), *trail[3:]]
    assert audit.first_fault(altered) == 3


async def test_a_missing_row_breaks_the_chain(trail):
    assert audit.first_fault(trail[:2] + trail[3:]) == 4


@pytest.mark.parametrize("change", ["update control.audit set actor = 'x'", "delete from control.audit"])
async def test_the_database_refuses_changes(trail, engine, change):
    with pytest.raises(DBAPIError, match="append-only"):
        async with engine.begin() as connection:
            await connection.execute(text(change))


async def test_an_act_that_is_rolled_back_leaves_no_trace(trail, engine, clock):
    async with engine.connect() as connection:
        await audit.record(connection, Act(clock.now(), "ines", "alert.decide", "alert:9"))
        await connection.rollback()
        assert len(await audit.page(connection, None, 10)) == 5
