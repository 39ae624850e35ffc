"""Content blobs of the audit feed: arrivals of ten minutes and one content type, unordered, some records twice."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from random import Random
from typing import NamedTuple

from services.simulator import events
from services.simulator.arrivals import Arrival
from services.simulator.events import Event
from services.simulator.world import World, moment

SPAN_MS = 600_000
MOST = 200
"""Records a blob holds at most (ours; the vendor gives no number)."""
GENERAL, ENTRA, SHAREPOINT, EXCHANGE, DLP = (
    "Audit.General", "Audit.AzureActiveDirectory", "Audit.SharePoint", "Audit.Exchange", "DLP.All",
)  # fmt: skip
CONTENT_TYPES = (ENTRA, EXCHANGE, SHAREPOINT, GENERAL, DLP)
TYPE_OF = {
    events.COPILOT: GENERAL, events.BUILD: GENERAL, events.CONSENT: ENTRA, events.LOGON: ENTRA, events.FILE: SHAREPOINT,
    events.DLP: DLP, events.MAIL: EXCHANGE,
}  # fmt: skip
"""The content type in which each sort of event is told."""


class Blob(NamedTuple):
    """A content blob; `created` (ms) is when it can first be listed, unless it appears `late` (ms after that)."""

    id: str
    content_type: str
    created: int
    events: tuple[Event, ...]
    late: int = 0


def blobs(world: World, arrivals: Iterable[Arrival]) -> list[Blob]:
    """All blobs in order of creation. A short period (a scaled lateness) closes blobs as often as records arrive."""
    rng = world.rng("blobs")
    span = max(1000, int(SPAN_MS * world.lateness))
    parts: dict[tuple[int, str], list[Event]] = defaultdict(list)
    for arrival in arrivals:
        parts[arrival.at // span, TYPE_OF[arrival.event.what]].append(arrival.event)
    made = []
    for (bucket, content_type), held in sorted(parts.items()):
        made += [
            _blob(world, rng, (bucket * span, content_type, part), held[part : part + MOST])
            for part in range(0, len(held), MOST)
        ]
    return sorted(made, key=lambda blob: (blob.created, blob.id))


def _blob(world: World, rng: Random, place: tuple[int, str, int], held: list[Event]) -> Blob:
    """Closed at the last arrival's bucket end or, at the period's end, at `now`; order is lost, one may stand twice."""
    begin, content_type, part = place
    created = min(begin + max(1000, int(SPAN_MS * world.lateness)), int(world.now.timestamp() * 1000) - 1)
    mixed = [*held, *([rng.choice(held)] if rng.randrange(4) == 0 else [])]
    rng.shuffle(mixed)
    stamp = moment(created).strftime("%Y%m%d%H%M%S%f")[:17]
    digest = hashlib.sha256(f"{world.seed}/{begin}/{content_type}/{part}".encode()).hexdigest()[:12]
    name = content_type.replace(".", "_").lower()
    return Blob(f"{stamp}{digest}${name}$emea{part:04d}", content_type, created, tuple(mixed))
