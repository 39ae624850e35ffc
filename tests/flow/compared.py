"""What the API answers and the receiver got, in the words of the simulator's truth, so that the two can be equal."""

import json
from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import text

from services.simulator.truth import truth
from tests.flow.way import Way

OUTBOX = text("select id from inventory.outbox order by id")
SOURCE = "source:"
"""Grains left out: what is told happened days ago, so its sources may rightly be called silent or late."""
TOLD = ("tool", "name", "verdict", "standing", "people", "events", "bytes_out", "data_classes", "units")


async def answered(way: Way) -> dict[str, Any]:
    """Tools, solutions and open alerts as the API answers."""
    alerts, solutions = await way.listed("alerts", state="open"), await way.listed("solutions")
    return {
        "tools": [_tool(item) for item in await way.listed("tools")],
        "solutions": sorted((item["solution"], item["unit"], item["standing"]) for item in solutions),
        "alerts": sorted((i["grain"], i["standing"]) for i in alerts if not i["grain"].startswith(SOURCE)),
    }


def differences(found: dict[str, Any], true: dict[str, Any]) -> list[str]:
    """What was found and isn't so, and what is so and wasn't found: at most a few of each kind, for a short report."""
    told = []
    for kind, items in true.items():
        told += [f"{kind}: found {item}" for item in found[kind] if item not in items][:3]
        told += [f"{kind}: is {item}" for item in items if item not in found[kind]][:3]
        told += [f"{kind}: {len(found[kind])} found, {len(items)} are"] if len(found[kind]) != len(items) else []
    return told


def expected(way: Way) -> dict[str, Any]:
    """The same of the simulator's truth."""
    told = json.loads(json.dumps(truth(way.world)))
    return {
        "tools": [_tool(item) for item in told["tools"]],
        "solutions": sorted((item["id"], item["unit"], item["standing"]) for item in told["solutions"]),
        "alerts": sorted((item["grain"], item["standing"]) for item in told["alerts"]),
    }


def _tool(item: dict[str, Any]) -> dict[str, Any]:
    times = {name: datetime.fromisoformat(item[name]) for name in ("first_seen", "last_seen")}
    return {**{name: item[name] for name in TOLD}, **times, "data_classes": sorted(item["data_classes"])}


async def check_delivered(way: Way) -> int:
    """Every message of the outbox was received, once in the receiver's store, an alert's revisions in their order."""
    async with way.runtime.engine.connect() as connection:
        sent = list((await connection.execute(OUTBOX)).scalars())
    received = way.receiver.store.received
    assert sorted(message["id"] for message in received) == sent
    revisions: dict[str, list[int]] = defaultdict(list)
    for message in received:
        data = message["body"]["data"]
        revisions[data["id"]].append(data["revision"])
    for alert, told in revisions.items():
        assert told == sorted(told), alert
    assert way.receiver.refused == 0
    return len(sent)
