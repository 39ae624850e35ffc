"""Which troubles of a database pass by themselves, and how the log says the others."""

import contextlib
from collections.abc import Iterator

import asyncpg
from sqlalchemy.exc import DBAPIError

from services.kit.errors import Transient

TROUBLES = (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
PASSING_STATES = ("08", "40", "53", "57P", "25006")
"""SQLSTATE beginnings that end by waiting: connection, conflict, resources, shutdown, a standby not yet promoted.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""


def passing(error: BaseException) -> bool:
    """Whether the same statement may succeed on a later try."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (error.orig is not None and passing(error.orig))
    if isinstance(error, (OSError, TimeoutError, asyncpg.InterfaceError)):
        return True
    cause = error.__cause__
    state = getattr(error, "sqlstate", None)
    if state is None and cause is not None:
        return passing(cause)
    return state is not None and state.startswith(PASSING_STATES)


@contextlib.contextmanager
def told(doing: str) -> Iterator[None]:
    """Turns a passing trouble into Transient; any other is a fault of ours and goes up as it is."""
    try:
        yield
    except TROUBLES as error:
        if not passing(error):
            raise
        raise Transient(f"{doing}: the database is away ({type(error).__name__})") from error
