"""The loop of delivery: outbox rows move on, and what is due is sent, several at once but never one alert twice."""

import asyncio
import math
import time
from collections import Counter
from datetime import datetime, timedelta

import httpx
import prometheus_client
import structlog
from sqlalchemy import Row

from services.inventory.delivery import changes, lineup, outbox
from services.inventory.delivery.endpoints import open_secrets
from services.inventory.delivery.presence import Presence, present
from services.inventory.delivery.queue import KEPT, Queue, Tried
from services.inventory.delivery.send import Letter, send
from services.kit import egress, faults
from services.kit.runtime import Runtime, Stop

log = structlog.get_logger(__name__)
ATTEMPTS = prometheus_client.Counter(
    "penumbra_webhook_attempts", "Attempts to deliver a webhook, by what became of the message.", ["state"]
)
RELAYED = prometheus_client.Counter("penumbra_outbox_relayed", "Outbox rows moved on to the log and the endpoints.")
AT_ONCE = 40
AT_ONE_ENDPOINT = 10
IDLE = 0.2
LAST_CALL = 8.0
TAKE_OVER_EVERY = 1.0
PURGE_EVERY = timedelta(hours=1)


class Relay:
    """One process's share of the deliveries; any number may run."""

    def __init__(self, runtime: Runtime, client: httpx.AsyncClient, presence: Presence | None = None) -> None:
        self._runtime = runtime
        self._presence = presence
        self._client = client
        self._queue = Queue(runtime.engine, runtime.clock)
        self._in_flight: dict[asyncio.Task[Tried], str] = {}
        self._purged_at: datetime | None = None
        self._looked_at = -math.inf

    async def run(self, stop: Stop) -> None:
        """Relays until stopped; attempts under way are given a few seconds to end."""
        try:
            while not stop.is_set():
                await self._take_over()
                moved = await outbox.relay(self._runtime)
                RELAYED.inc(moved)
                await self._settle()
                started = await self._start_due()
                await self._purge()
                if not moved and not started:
                    await self._rest(stop)
        finally:
            await self._finish()

    async def once(self) -> int:
        """Moves on all that is due now and waits for it; returns how many attempts were made."""
        while await outbox.relay(self._runtime):
            pass
        made = 0
        while started := await self._start_due():
            made += started
            await asyncio.wait(self._in_flight)
            await self._settle()
        return made

    async def _start_due(self) -> int:
        free = AT_ONCE - len(self._in_flight)
        if free <= 0:
            return 0
        load = Counter(self._in_flight.values())
        busy = [endpoint for endpoint, count in load.items() if count >= AT_ONE_ENDPOINT]
        by = self._presence.number if self._presence else None
        claimed = await self._queue.claim(min(free, AT_ONE_ENDPOINT), busy, by)
        for row in claimed:
            self._in_flight[asyncio.create_task(self._deliver(row))] = row.webhook
        return len(claimed)

    async def _deliver(self, row: Row[tuple[object, ...]]) -> Tried:
        signing = open_secrets(self._runtime.keys.open, row, self._runtime.clock.now())
        faults.point("delivery.claimed")
        letter = Letter(row.url, row.message, row.body, signing, lineup.content_type(str(row.format)))
        outcome = await send(self._client, self._runtime.clock, letter)
        faults.point("delivery.sent")
        return row, outcome

    async def _settle(self) -> None:
        """Settles what was tried; an error of ours (the database, say) goes on to the root, which restarts us."""
        done = [task for task in self._in_flight if task.done()]
        for task in done:
            del self._in_flight[task]
        tried = [task.result() for task in done]
        if not tried:
            return
        steps = await self._queue.settle(tried)
        faults.point("delivery.settled")
        for (row, outcome), step in zip(tried, steps, strict=True):
            ATTEMPTS.labels(step.state).inc()
            log.info(
                "webhook", endpoint=row.webhook, message=row.message, attempt=row.attempts + 1, status=outcome.status,
                state=step.state, reason=step.reason,
            )  # fmt: skip

    async def _rest(self, stop: Stop) -> None:
        """Waits for an attempt to end, a moment to pass, or the stop."""
        asked = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({asked, *self._in_flight}, timeout=IDLE, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()

    async def _take_over(self) -> None:
        """Frees, once a second, what a relay that is gone had claimed."""
        if self._presence is not None and time.monotonic() - self._looked_at >= TAKE_OVER_EVERY:
            self._looked_at = time.monotonic()
            freed = await self._presence.free_claims_of_the_dead(self._runtime.clock.now())
            if freed:
                log.info("took over deliveries of a relay that is gone", deliveries=freed)

    async def _purge(self) -> None:
        now = self._runtime.clock.now()
        if self._purged_at is None or now - self._purged_at >= PURGE_EVERY:
            self._purged_at = now
            await self._queue.purge()
            await changes.forget(self._runtime.engine, now - KEPT)

    async def _finish(self) -> None:
        """Attempts cut off here were scheduled again before they began, so nothing is lost."""
        if self._in_flight:
            _, unfinished = await asyncio.wait(self._in_flight, timeout=LAST_CALL)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
            for task in unfinished:
                del self._in_flight[task]
            await self._settle()


async def run(runtime: Runtime, stop: Stop) -> None:
    """The loop a service declares: `"delivery": partial(relay.run, runtime)`."""
    async with egress.client(runtime.settings) as client, present(runtime.engine) as presence:
        await Relay(runtime, client, presence).run(stop)
