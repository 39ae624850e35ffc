"""Fixtures every test may ask for: one embedded PostgreSQL a worker, a fresh migrated database a test."""

import os
import secrets
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit import keys as kit_keys
from services.kit.clock import ManualClock
from services.kit.db import connect
from services.kit.migrate import migrate
from services.kit.postgres import EmbeddedPostgres
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from tests.quick_folder import quick_folder

hypothesis.settings.register_profile("suite", deadline=None)  # how fast is asked of benchmarks, on a machine at rest
hypothesis.settings.load_profile("suite")
SAMPLES = Path(os.environ.get("PENUMBRA_SAMPLES", Path(__file__).parent.parent.parent / "shared" / "samples"))


@pytest.fixture(scope="session")
async def postgres() -> AsyncIterator[EmbeddedPostgres]:
    """A real PostgreSQL for this worker, without the durability a test does not need."""
    with tempfile.TemporaryDirectory(prefix="pnb-", dir=quick_folder(), ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder), {"fsync": "off", "max_connections": "200"})
        await server.start()
        template = connect(server.url().set(database="template1"))
        await migrate(template)
        await template.dispose()
        yield server
        await server.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres: EmbeddedPostgres) -> str:
    """Its address, password included."""
    return postgres.url().render_as_string(hide_password=False)


@pytest.fixture
async def database_url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of a fresh, migrated database of this test's own."""
    name = f"t_{secrets.token_hex(6)}"
    admin = connect(postgres.url().set(database="postgres")).execution_options(isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(f"create database {name} template template1 strategy file_copy"))
    yield postgres.url().set(database=name).render_as_string(hide_password=False)
    async with admin.connect() as connection:
        await connection.execute(text(f"drop database {name} with (force)"))
    await admin.dispose()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on that database."""
    made = connect(database_url)
    yield made
    await made.dispose()


@pytest.fixture
def keys() -> kit_keys.Keys:
    """Fresh keys."""
    return kit_keys.make()


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at a Monday noon until it is moved."""
    return ManualClock(datetime(2026, 11, 16, 12, 0, tzinfo=UTC))


@pytest.fixture
async def runtime(
    engine: AsyncEngine, database_url: str, keys: kit_keys.Keys, clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Runtime]:
    """A runtime on the PostgreSQL log."""
    from services.kit.eventlog.connect import connect as connect_log

    settings = Settings(data=tmp_path, database_url=database_url, _env_file=None)
    log = connect_log(settings, engine)
    yield Runtime(settings, engine, log, keys, clock)
    await log.close()
