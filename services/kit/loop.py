"""The consumer loop of every service: fetch → decide → save → commit, with the stop rule and the figures it shows.

A handler saves a batch whole, its own position in the same transaction where it keeps one, and raises StalePosition
where somebody saved before it: the batch is dropped and the position read again. A passing trouble is tried again in
place, so order is kept. What can't be read is a dead letter; if nearly everything is, the loop stops before saving.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

import structlog
from sqlalchemy.exc import DBAPIError

from services.kit import faults
from services.kit.clock import Clock
from services.kit.errors import PenumbraError, StalePosition, Transient, heed_cancellation
from services.kit.eventlog import Batch, EventLog, Lag, Positions, Subscription
from services.kit.meters import AGE, CONSUMED, LAG, REJECTED

log = structlog.get_logger(__name__)
FETCH_SECONDS = 0.5
LONGEST_PAUSE = 30.0
PASSING = (Transient, DBAPIError, OSError, TimeoutError)
MEASURE_SECONDS = 2.0


class TooManyRejected(PenumbraError):
    """Nearly every record failed: a fault of ours or of the producer, not of the records; nothing was saved."""


class Handled(NamedTuple):
    """How many records of a batch were good and how many became dead letters."""

    good: int
    rejected: int = 0


Handle = Callable[[Batch], Awaitable[Handled]]


@dataclass
class StopRule:
    """Stops a consumer whose records fail by more than `share` once `least` were seen, counted since the last good run.

    `allow` is asked before anything of a batch is saved.
    """

    share: float = 0.9
    least: int = 100
    _seen: int = 0
    _rejected: int = 0

    def allow(self, records: int, rejected: int) -> None:
        """Counts a batch; raises TooManyRejected where the rule is broken."""
        if rejected < records * self.share:
            self._seen = self._rejected = 0
            return
        self._seen += records
        self._rejected += rejected
        if self._seen >= self.least and self._rejected >= self._seen * self.share:
            seen, failed = self._seen, self._rejected
            self._seen = self._rejected = 0
            fault = f"{failed} of the last {seen} records can't be read: stopped before emptying the topic"
            raise TooManyRejected(f"{fault}; check that producer and consumer are of the same version, then restart")


@dataclass
class Consumer:
    """One loop over one topic. `commit` false where the handler keeps the position itself (then give `positions`).

    `expect` is told what was fetched before the first of it is handled, so that reading can run ahead of saving. Where
    the positions are kept elsewhere and much is waiting, it is told the next while the last is still being handled.
    """

    name: str
    topic: str
    group: str
    handle: Handle
    clock: Clock
    positions: Positions | None = None
    limit: int = 20_000
    commit: bool = True
    expect: Callable[[Sequence[Batch]], None] | None = None
    fault: str | None = field(default=None, init=False)
    lag: dict[int, Lag] = field(default_factory=dict, init=False)
    _measured: float = field(default=0.0, init=False)
    _coming: asyncio.Task[Sequence[Batch]] | None = field(default=None, init=False)

    async def run(self, log_: EventLog, stop: asyncio.Event) -> None:
        """Works until `stop`; raises what can't be helped (truncated log, stop rule), after noting it for `/readyz`."""
        try:
            async with log_.subscribe(self.topic, self.group, self.positions) as subscription:
                try:
                    while not stop.is_set():
                        await self._turn(subscription, stop)
                finally:
                    await self._forget()
        except PenumbraError as error:
            self.fault = str(error)
            raise
        except Exception as error:
            self.fault = f"{self.topic}: {type(error).__name__}; the log lines say more"
            raise

    async def check(self) -> str | None:
        """None where the loop works, else its fault."""
        return self.fault

    async def _turn(self, subscription: Subscription, stop: asyncio.Event) -> None:
        try:
            batches = await self._fetched(subscription)
        except PASSING as trouble:
            self.fault = f"{self.topic}: {type(trouble).__name__} while reading"
            await self._pause(trouble, 1, stop)
            return
        self.fault = None
        if self.commit and batches and faults.broken("commit_first"):
            await self._commit(subscription, batches)
        saved = await self._save_all(subscription, batches, stop)
        if saved and self.commit and not faults.broken("commit_first"):
            await self._commit(subscription, saved)
        await self._measure(subscription)

    async def _fetched(self, subscription: Subscription) -> Sequence[Batch]:
        """What is next, fetched ahead or now."""
        coming, self._coming = self._coming, None
        return await (coming or self._fetch(subscription))

    async def _fetch(self, subscription: Subscription) -> Sequence[Batch]:
        batches = await subscription.fetch(self.limit, FETCH_SECONDS)
        if self.expect is not None:
            self.expect(batches)
        return batches

    def _fetch_ahead(self, subscription: Subscription, batches: Sequence[Batch]) -> None:
        """Fetches while the last is handled, where much waits: else what comes in meanwhile would have to wait longer.

        A batch that turns out stale is refused by its position, as any other.
        """
        if not self.commit and sum(len(batch.records) for batch in batches) >= self.limit // 2:
            self._coming = asyncio.create_task(self._fetch(subscription))

    async def _rewind(self, subscription: Subscription, partition: int) -> None:
        """Once a fetch ahead has ended: a subscription does one thing at a time."""
        if self._coming is not None:
            await asyncio.wait({self._coming})
        await subscription.rewind(partition)

    async def _forget(self) -> None:
        """Ends a fetch that nobody waits for."""
        if self._coming is not None:
            coming, self._coming = self._coming, None
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    async def _save_all(self, subscription: Subscription, batches: Sequence[Batch], stop: asyncio.Event) -> list[Batch]:
        """Those saved. After one that was not, none of its partition is: its position would skip the lost one."""
        saved: list[Batch] = []
        dropped: set[int] = set()
        for batch in batches:
            if stop.is_set() and saved:
                break
            if batch.partition in dropped:
                continue
            if batch is batches[-1]:
                self._fetch_ahead(subscription, batches)
            if await self._save(subscription, batch, stop):
                saved.append(batch)
            else:
                dropped.add(batch.partition)
        return saved

    async def _save(self, subscription: Subscription, batch: Batch, stop: asyncio.Event) -> bool:
        """Whether the batch is saved; False where another consumer was there first or the process is ending."""
        attempt = 0
        faults.point(f"{self.name}.fetched")
        while True:
            try:
                handled = await self.handle(batch)
            except StalePosition as stale:
                log.info("dropped a batch that another consumer saved", consumer=self.name, why=str(stale))
                await self._rewind(subscription, batch.partition)
                return False
            except PASSING as trouble:
                attempt += 1
                self.fault = f"{self.topic}: {type(trouble).__name__}, attempt {attempt}"
                await self._pause(trouble, attempt, stop)
                if stop.is_set():
                    return False
                continue
            self.fault = None
            CONSUMED.labels(self.name).inc(handled.good)
            REJECTED.labels(self.name).inc(handled.rejected)
            return True

    async def _commit(self, subscription: Subscription, saved: Sequence[Batch]) -> None:
        try:
            await subscription.commit(saved)
        except StalePosition as stale:
            log.info("position taken over by another consumer", consumer=self.name, why=str(stale))
            for partition in {batch.partition for batch in saved}:
                await subscription.rewind(partition)

    async def _pause(self, trouble: BaseException, attempt: int, stop: asyncio.Event) -> None:
        heed_cancellation()
        given = getattr(trouble, "retry_after", None)
        seconds = given if given is not None else min(LONGEST_PAUSE, 0.2 * 2**attempt) * random.uniform(0.5, 1)  # noqa: S311 - jitter
        log.warning("trying again", consumer=self.name, trouble=repr(trouble)[:300], seconds=round(seconds, 1))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)

    async def _measure(self, subscription: Subscription) -> None:
        """Lag and the age of the oldest unread record, now and then."""
        now = asyncio.get_running_loop().time()
        if now - self._measured < MEASURE_SECONDS:
            return
        self._measured = now
        try:
            self.lag = dict(await subscription.lag())
        except PASSING:
            return
        present = self.clock.now()
        oldest = [lag.oldest_ms for lag in self.lag.values() if lag.oldest_ms is not None and lag.end > lag.position]
        LAG.labels(self.name).set(sum(lag.end - lag.position for lag in self.lag.values()))
        AGE.labels(self.name).set(max(0.0, present.timestamp() - min(oldest) / 1000) if oldest else 0.0)


def behind(consumer: Consumer, retention: timedelta | None, now_ms: float) -> str | None:
    """Says where the oldest unread record is beyond half of the topic's retention (DESIGN §3), else None."""
    if retention is None:
        return None
    oldest = [lag.oldest_ms for lag in consumer.lag.values() if lag.oldest_ms is not None and lag.end > lag.position]
    age = (now_ms - min(oldest)) / 1000 if oldest else 0.0
    late = age > retention.total_seconds() / 2
    return f"{consumer.topic}: {age / 3600:.0f} h behind, more than half of its retention" if late else None
