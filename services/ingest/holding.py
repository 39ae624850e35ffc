"""A lease kept while a run goes on under it; what the run did so far is written down beside each renewal.

A lease ends where another process took it over, not by the clock alone: one whose renewal came late (the machine was
busy, the database away) goes on where nobody asked for the source meanwhile.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from services.ingest.collect import Report
from services.kit.control import leases, runs
from services.kit.control.leases import Lease
from services.kit.errors import StalePosition

log = structlog.get_logger(__name__)
RENEWALS = 5
"""How often a lease is renewed in the time it holds."""


@dataclass
class Held:
    """A lease in hand, the run under it once that has begun, and what it did so far."""

    lease: Lease
    run: int | None = None
    report: Report = field(default_factory=Report)


@contextlib.asynccontextmanager
async def renewed(engine: AsyncEngine, held: Held, seconds: float) -> AsyncIterator[None]:
    """Renews the lease beside the block; raises StalePosition in the block where it was lost."""
    body = asyncio.current_task()
    assert body is not None
    lost: list[StalePosition] = []
    renewing = asyncio.create_task(_renew(engine, held, seconds, lost, body))
    try:
        yield
    except asyncio.CancelledError:
        if not lost:
            raise
        body.uncancel()
        raise lost[0] from None
    finally:
        renewing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await renewing


async def _renew(
    engine: AsyncEngine, held: Held, seconds: float, lost: list[StalePosition], body: "asyncio.Task[object]"
) -> None:  # fmt: skip
    while True:
        await asyncio.sleep(seconds / RENEWALS)
        try:
            async with engine.begin() as connection:
                await leases.renew(connection, held.lease, seconds)
                if held.run is not None:
                    await runs.note(connection, held.run, held.report.counts)
        except StalePosition as stale:
            lost.append(stale)
            body.cancel()
            return
        except Exception as error:  # noqa: BLE001 - the database may be away a while; the lease may still hold
            log.warning("lease not renewed", source=held.lease.instance, why=type(error).__name__)
