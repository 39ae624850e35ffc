"""A database of its own on a PostgreSQL server that is already there, and gone again afterwards."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import make_url, text

from services.kit.db import check, connect
from services.kit.errors import Misconfigured


@asynccontextmanager
async def fresh_database(server: str) -> AsyncIterator[str]:
    """The address of an empty database on the server that `server` (postgresql://…) names; all else there stays.

    Raises Misconfigured where the server does not answer, is too old, or its user may not make databases.
    """
    admin = connect(server, pool=1).execution_options(isolation_level="AUTOCOMMIT")
    try:
        trouble = await check(admin)
        if trouble is not None:
            raise Misconfigured(f"--database: {trouble}")
        name = f"penumbra_{secrets.token_hex(6)}"
        async with admin.connect() as connection:
            allowed = text("select rolcreatedb or rolsuper from pg_roles where rolname = current_user")
            if not (await connection.execute(allowed)).scalar_one():
                raise Misconfigured("--database: its user may not make databases; grant CREATEDB")
            await connection.execute(text(f"create database {name}"))
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            async with admin.connect() as connection:
                await connection.execute(text(f"drop database {name} with (force)"))
    finally:
        await admin.dispose()
