"""The classifier's two loops: observations become usages, and decisions of analysts are heard before the first of them.

The position in `observation.v1` is committed after the usages are on the log, so a restart in between labels a batch
again: the ids are the observations', and whoever reads usages counts each id once.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence

import msgspec
import structlog
from prometheus_client import Counter, Gauge

from schemas.topics import LABEL, OBSERVATION, USAGE, Topic
from schemas.usage import LabelOverride
from services.classifier.decide import Decider
from services.classifier.faults import said
from services.kit import deadletters, faults
from services.kit.errors import Transient, heed_cancellation
from services.kit.eventlog import Batch, Received, Record, Subscription
from services.kit.loop import Consumer, Handled, StopRule
from services.kit.runtime import Runtime, Stop

log = structlog.get_logger(__name__)
GROUP = "classifier"
SLICE = 2_000
"""Records decided before other tasks of the process get a turn: a few milliseconds."""
WAIT_SECONDS = 0.5
PAUSE_SECONDS = 1.0
VERDICTS = Counter("penumbra_classifier_records", "Observations labelled, by verdict.", ["verdict"])
OVERRIDES = Gauge("penumbra_classifier_overrides", "Decisions of analysts that outrank the catalog.")
Unreadable = list[tuple[Received, str]]


class Classifier:
    """Reads observations and labels, writes usages. `heard` is set once every label written so far is read."""

    def __init__(self, runtime: Runtime, decider: Decider) -> None:
        self.heard = asyncio.Event()
        self.overrides: dict[str, LabelOverride] = {}
        self._runtime, self._decider, self._rule = runtime, decider, StopRule()
        self._read_label = msgspec.json.Decoder(LabelOverride).decode
        self.consumer = Consumer(
            name=GROUP, topic=OBSERVATION.name, group=GROUP, handle=self.classify, clock=runtime.clock
        )  # fmt: skip

    async def observations(self, stop: Stop) -> None:
        """Labels observations, once all that analysts decided is known."""
        waiting = {asyncio.create_task(self.heard.wait()), asyncio.create_task(stop.wait())}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        await self.consumer.run(self._runtime.log, stop)

    async def classify(self, batch: Batch) -> Handled:
        """Puts the usages of a batch on the log, and its unreadable records on the dead letters."""
        usages: list[Record] = []
        unreadable: Unreadable = []
        for at in range(0, len(batch.records), SLICE):
            self._decide(batch.records[at : at + SLICE], usages, unreadable)
            await asyncio.sleep(0)
        self._rule.allow(len(batch.records), len(unreadable))
        await self._bury(OBSERVATION, batch, unreadable)
        faults.point("classifier.decided")
        if usages:
            await self._runtime.log.append(USAGE.name, usages)
        faults.point("classifier.appended")
        for verdict, times in self._decider.taken().items():
            VERDICTS.labels(verdict.value).inc(times)
        return Handled(len(batch.records) - len(unreadable), len(unreadable))

    def _decide(self, records: Sequence[Received], usages: list[Record], unreadable: Unreadable) -> None:
        decide = self._decider.decide
        for record in records:
            try:
                written = decide(record.value or b"")
            except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
                unreadable.append((record, said(fault)))
                continue
            if written is not None:
                usages.append(Record(record.key, written))

    async def labels(self, stop: Stop) -> None:
        """Hears every decision from the first, by itself: each classifier reads them all."""
        group = f"{GROUP}-labels-{secrets.token_hex(4)}"
        async with self._runtime.log.subscribe(LABEL.name, group, _beginning) as subscription:
            reached: dict[int, int] = {}
            while not stop.is_set():
                try:
                    batches = await subscription.fetch(SLICE, WAIT_SECONDS)
                    for batch in batches:
                        await self._hear(batch)
                        reached[batch.partition] = batch.end
                    if not self.heard.is_set() and not batches and await _at_end(subscription, reached):
                        self.heard.set()
                except Transient as trouble:
                    heed_cancellation()
                    log.warning("trying again", consumer=group, trouble=str(trouble))
                    await asyncio.sleep(trouble.retry_after or PAUSE_SECONDS)

    async def _hear(self, batch: Batch) -> None:
        """Takes a batch of decisions; a tombstone takes one back."""
        unreadable: Unreadable = []
        for record in batch.records:
            key = record.key.decode("utf-8", "replace")
            try:
                told = self._read_label(record.value) if record.value is not None else None
            except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
                unreadable.append((record, said(fault)))
                continue
            take(self.overrides, key, told)
        await self._bury(LABEL, batch, unreadable)
        OVERRIDES.set(len(self.overrides))
        self._decider.override(dict(self.overrides))

    async def _bury(self, topic: Topic, batch: Batch, unreadable: Unreadable) -> None:
        keys, clock = self._runtime.keys, self._runtime.clock
        letters = [deadletters.letter(topic, batch, record, reason, keys, clock) for record, reason in unreadable]
        if letters:
            await deadletters.put(self._runtime.log, topic, letters)

    async def check(self) -> str | None:
        """None where it works, else what it waits for."""
        if not self.heard.is_set():
            return "labels: the decisions of analysts are still being read"
        return await self.consumer.check()


def take(overrides: dict[str, LabelOverride], key: str, told: LabelOverride | None) -> None:
    """Adds one record of `label.v1` to what holds: the last of a key does, and a tombstone (None) ends it.

    Records of one key come in order. Reading a stretch of the topic again, to its end, comes to the same.
    """
    if told is None:
        overrides.pop(key, None)
    else:
        overrides[told.key] = told


async def _beginning(_: str, partitions: Sequence[int]) -> Mapping[int, int | None]:
    return dict.fromkeys(partitions)


async def _at_end(subscription: Subscription, reached: Mapping[int, int]) -> bool:
    """Whether every partition is read to where it ends now."""
    lag = await subscription.lag()
    return bool(lag) and all(max(one.position, reached.get(number, 0)) >= one.end for number, one in lag.items())
