"""Dead letters as API and pages handle them: where, why and how often, never the record itself.

A reader sees origin, place in it, reason and times. The record stays sealed here: it may hold what people wrote, so it
is opened on the machine only, with a reason that is kept (`penumbra dlq show ID --reason …`). Reading it again is
asked of ingest, which has the connectors (services/ingest/requests.py).
"""

from collections.abc import Sequence

from services.kit import deadletters
from services.kit.access import audit
from services.kit.control import requests
from services.kit.errors import NotFound
from services.kit.runtime import Runtime

AT_ONCE = 1000
"""How many of a group are replayed or dropped at a time."""


async def replay(runtime: Runtime, names: Sequence[str], by: str) -> int:
    """Has letters read again and returns how many; raises NotFound where one is unknown or does not wait."""
    await _waiting(runtime, names)
    now = runtime.clock.now()
    async with runtime.engine.begin() as connection:
        await requests.ask_each(connection, requests.REPLAY, names, by, now)
        await audit.record(connection, audit.Act(now, by, "deadletter.replay", _object(names), {"letters": len(names)}))
    return len(names)


async def drop(runtime: Runtime, names: Sequence[str], by: str) -> int:
    """Gives letters up and returns how many; raises NotFound where one is unknown or does not wait."""
    await _waiting(runtime, names)
    async with runtime.engine.begin() as connection:
        dropped = await deadletters.drop_each(connection, names)
        detail = {"letters": dropped}
        act = audit.Act(runtime.clock.now(), by, "deadletter.drop", _object(names), detail)
        await audit.record(connection, act)
    return dropped


async def group(runtime: Runtime, origin: str, reason: str) -> list[str]:
    """The ids of a group's letters, the oldest AT_ONCE of them; raises NotFound where none waits."""
    rows = await deadletters.page(runtime.engine, state="waiting", origin=origin, reason=reason, limit=AT_ONCE)
    if not rows:
        raise NotFound(f"no dead letter of {origin} waits for this reason any more")
    return [row.id for row in rows]


async def _waiting(runtime: Runtime, names: Sequence[str]) -> None:
    for name in names if len(names) == 1 else ():
        row = await deadletters.one(runtime.engine, name)
        if row.state != "waiting":
            raise NotFound(f"dead letter {name} is {row.state} already")


def _object(names: Sequence[str]) -> str:
    """What the audit trail calls them: the one letter, or the origin of the many."""
    return f"deadletter:{names[0]}" if len(names) == 1 else f"deadletter:{names[0].partition(':')[0]}"
