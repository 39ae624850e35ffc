"""Migrations: one chain, applied under an advisory lock, so that processes starting together migrate once."""

from pathlib import Path

import structlog
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.kit.errors import Misconfigured

log = structlog.get_logger(__name__)
LOCK = 0x50454E55
FOLDER = Path(__file__).parent.parent / "migrations"


def script() -> ScriptDirectory:
    """The chain of revisions."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


async def migrate(engine: AsyncEngine, target: str = "head") -> str:
    """Brings the database to `target` and returns its revision; raises Misconfigured for a database newer than we."""
    async with engine.connect() as connection:
        await connection.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK})
        await connection.commit()
        try:
            return await connection.run_sync(_upgrade, target)
        finally:
            await connection.execute(text("select pg_advisory_unlock(:key)"), {"key": LOCK})
            await connection.commit()


def _upgrade(connection: Connection, target: str) -> str:
    chain = script()
    connection.execute(text("create schema if not exists control"))
    connection.commit()
    environment = EnvironmentContext(chain.config if hasattr(chain, "config") else Config(), chain)

    def steps(revision: object, _context: object) -> object:
        known = {r.revision for r in chain.walk_revisions()}
        current = revision[0] if isinstance(revision, tuple) and revision else revision
        if current and current not in known:
            raise Misconfigured(f"database: revision {current} is newer than this program; start a newer penumbra")
        return chain._upgrade_revs(target, revision)  # type: ignore[arg-type] # noqa: SLF001 - what alembic's command uses

    environment.configure(
        connection=connection,
        target_metadata=None,
        fn=steps,
        version_table_schema="control",
        transaction_per_migration=True,
    )
    with environment.begin_transaction():
        environment.run_migrations()
    connection.commit()
    return str(connection.execute(text("select version_num from control.alembic_version")).scalar_one())
