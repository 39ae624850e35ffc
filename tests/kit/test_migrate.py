"""The migration chain: from every earlier revision with rows in place, and by ten processes at once."""

import asyncio
import sys
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from services.kit.db import connect
from services.kit.errors import Misconfigured
from services.kit.migrate import migrate, script
from services.kit.postgres import EmbeddedPostgres

REVISIONS = [revision.revision for revision in reversed(list(script().walk_revisions()))]
ONE = """
import asyncio, sys
from services.kit.db import connect
from services.kit.migrate import migrate
print(asyncio.run(migrate(connect(sys.argv[1]))))
"""


@pytest.fixture
async def empty_url(postgres: EmbeddedPostgres, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    admin = connect(postgres.url().set(database="postgres")).execution_options(isolation_level="AUTOCOMMIT")
    name = f"empty_{abs(hash(request.node.nodeid)):x}"
    async with admin.connect() as connection:
        await connection.execute(text(f"create database {name} template template0"))
    yield postgres.url().set(database=name).render_as_string(hide_password=False)
    async with admin.connect() as connection:
        await connection.execute(text(f"drop database {name} with (force)"))
    await admin.dispose()


def test_the_chain_has_one_head() -> None:
    assert len(script().get_heads()) == 1


@pytest.mark.parametrize("revision", REVISIONS)
async def test_upgrades_from_each_revision_and_keeps_rows(revision: str, empty_url: str) -> None:
    engine = connect(empty_url)
    assert await migrate(engine, revision) == revision
    async with engine.begin() as connection:
        await connection.execute(text("insert into control.position values ('l', 'g', 't', 0, 7)"))
    assert await migrate(engine) == REVISIONS[-1]
    assert await migrate(engine) == REVISIONS[-1]
    async with engine.connect() as connection:
        assert (await connection.execute(text("select next from control.position"))).scalar_one() == 7
    await engine.dispose()


async def test_ten_processes_migrate_once(empty_url: str) -> None:
    runs = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", ONE, empty_url, stdout=asyncio.subprocess.PIPE)
        for _ in range(10)
    ]
    outputs = [(await run.communicate())[0].decode().strip() for run in runs]
    assert outputs == [REVISIONS[-1]] * 10
    assert [run.returncode for run in runs] == [0] * 10


async def test_a_newer_database_stops_the_start(empty_url: str) -> None:
    engine = connect(empty_url)
    await migrate(engine)
    async with engine.begin() as connection:
        await connection.execute(text("update control.alembic_version set version_num = '9999_future'"))
    with pytest.raises(Misconfigured, match="newer than this program"):
        await migrate(engine)
    await engine.dispose()
