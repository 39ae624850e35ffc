"""A consumer in a process of its own. Reads what it is from its argument (JSON); says one JSON line for each step.

Mode `steady` says and then commits every batch; mode `slow` fetches once, waits for a line on stdin, then commits.
"""

import asyncio
import json
import sys
from typing import Any

from services.kit.db import connect
from services.kit.errors import StalePosition
from services.kit.eventlog import EventLog, Subscription
from services.kit.eventlog.kafka import KafkaLog
from services.kit.eventlog.postgres import PostgresLog
from services.kit.settings import Settings


def say(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def opened(about: dict[str, Any]) -> EventLog:
    if "servers" in about:
        settings = Settings(topic_prefix=about["prefix"], _env_file=None)
        return KafkaLog(about["servers"], settings, session_seconds=about["seconds"])
    return PostgresLog(connect(about["database"]), lease_seconds=about["seconds"])


async def steady(subscription: Subscription) -> None:
    while True:
        for batch in await subscription.fetch(100, 0.5):
            say(partition=batch.partition, values=[(record.value or b"").decode() for record in batch.records])
            await subscription.commit([batch])


async def slow(subscription: Subscription) -> None:
    batches = []
    while not batches:
        batches = list(await subscription.fetch(100_000, 0.5))
    say(fetched=sum(len(batch.records) for batch in batches))
    await asyncio.to_thread(sys.stdin.readline)
    try:
        await subscription.commit(batches)
    except StalePosition as stale:
        say(refused=str(stale))
    else:
        say(committed=True)
    await asyncio.sleep(60)


async def main(about: dict[str, Any]) -> None:
    async with opened(about).subscribe(about["topic"], about["group"]) as subscription:
        await {"steady": steady, "slow": slow}[about["mode"]](subscription)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
