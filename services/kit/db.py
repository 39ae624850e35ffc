"""The database: PostgreSQL 16 or newer through SQLAlchemy's asyncio engine on asyncpg."""

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.kit.errors import Misconfigured

OLDEST = 160000


def connect(url: str | URL, *, pool: int = 10) -> AsyncEngine:
    """An engine for `postgresql://…`; `pool` bounds its connections. Raises Misconfigured for another scheme."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Misconfigured("PENUMBRA_DATABASE_URL: write postgresql://user:password@host:port/database") from None
    if parsed.get_backend_name() != "postgresql":
        raise Misconfigured(f"PENUMBRA_DATABASE_URL: {parsed.get_backend_name()} is not supported; use postgresql://…")
    return create_async_engine(
        parsed.set(drivername="postgresql+asyncpg"),
        pool_size=pool,
        max_overflow=pool,
        pool_pre_ping=True,
        connect_args={"timeout": 10, "server_settings": {"application_name": "penumbra", "timezone": "UTC"}},
    )


async def check(engine: AsyncEngine) -> str | None:
    """None where the server answers and is new enough, else why not."""
    try:
        async with engine.connect() as connection:
            version = int((await connection.execute(text("show server_version_num"))).scalar_one())
    except (DBAPIError, OSError, TimeoutError) as error:
        return f"database does not answer ({type(error).__name__})"
    return None if version >= OLDEST else f"PostgreSQL {version // 10000} is too old; 16 or newer is needed"
