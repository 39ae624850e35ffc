"""Strikes: which part ends where. Drawn like cards, so that every part and every fault point has its turn."""

import re
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from services.kit import faults
from tests.chaos.house import PARTS

SERVICES = Path(faults.__file__).parents[1]
POINTS = sorted(
    {name for file in SERVICES.rglob("*.py") for name in re.findall(r'faults\.point\("([^"]+)"\)', file.read_text())}
)
"""Every named place between two steps of the way."""
SERVER_PARTS = ("database", "broker")
SAFEGUARDS = ("dedup", "position", "lookback", "commit_first")
WHOLE_FILE = frozenset({"ingest.slice_published", "inventory.people_written"})
"""Points passed only where a file is read whole: there the directory is delivered once more."""
STIRRED = frozenset({"judge", "relay", "delivery"})
"""Whose points are passed only where an alert changes: there the registry is changed, and changed back."""
MOST_TIMES = 2
FREEZES = (
    ("inventory", "inventory usage.fetched"),
    ("inventory", "inventory.position_moved"),
    ("classifier", "classifier.fetched"),
)
"""Where a machine that hangs does most harm: it holds a batch, or has saved it by half, when others take over."""


class Strike(NamedTuple):
    """One blow. `point` None: at a random moment. `freeze`: stopped there until others took over, then continued."""

    part: str
    point: str | None = None
    times: int = 1
    freeze: bool = False

    @property
    def kind(self) -> str:
        """The service, or the server."""
        return self.part.partition("-")[0]

    @property
    def stirred(self) -> bool:
        """Whether alerts must change for it to fall."""
        return self.point is not None and self.point.partition(".")[0] in STIRRED

    @property
    def order(self) -> str:
        """What the part's fault file says."""
        return f"{self.point}:{self.times}{':stop' if self.freeze else ''}"

    def __str__(self) -> str:
        return (
            f"{self.part} {'frozen' if self.freeze else 'killed'} {f'at {self.point}' if self.point else 'at random'}"
        )


def service_of(point: str) -> str:
    """The service that passes a point: the judge, the relay and the deliveries are the inventory's."""
    first = point.partition(".")[0]
    return first if first in {"ingest", "classifier"} else "inventory"


class Deck:
    """Strikes without end, the same for the same seed. Half of a service's are at a fault point."""

    def __init__(self, seed: int, *, kafka: bool) -> None:
        self._rng = Random(f"strikes/{seed}")
        servers = SERVER_PARTS if kafka else SERVER_PARTS[:1]
        self._all_parts = (*PARTS, *PARTS, *servers, "frozen", "frozen")
        self._parts: list[str] = []
        self._points: dict[str, list[str]] = {}
        self._random_next = False
        self._frozen = 0

    def draw(self) -> Strike:
        """The next one."""
        if not self._parts:
            self._parts = self._shuffled(self._all_parts)
        part = self._parts.pop()
        if part == "frozen":
            service, point = FREEZES[self._frozen % len(FREEZES)]
            self._frozen += 1
            return Strike(f"{service}-{self._rng.randint(1, 2)}", point, freeze=True)
        if part in SERVER_PARTS:
            return Strike(part)
        self._random_next = not self._random_next
        if self._random_next:
            return Strike(part)
        service = part.partition("-")[0]
        if not self._points.get(service):
            self._points[service] = self._shuffled([point for point in POINTS if service_of(point) == service])
        point = self._points[service].pop()
        return Strike(part, point, 1 if point in WHOLE_FILE else self._rng.randint(1, MOST_TIMES))

    def moment(self, seconds: float) -> float:
        """A moment of that span."""
        return self._rng.uniform(0.15, 0.85) * seconds

    def _shuffled(self, cards: Sequence[str]) -> list[str]:
        drawn = list(cards)
        self._rng.shuffle(drawn)
        return drawn


class Aimed(Deck):
    """The strike that shows at once that a safeguard is missing, again and again."""

    def __init__(self, seed: int, safeguard: str) -> None:
        super().__init__(seed, kafka=False)
        self._strike = {
            "dedup": Strike("classifier-1", "classifier.appended"),
            "position": Strike("inventory-1", FREEZES[0][1], freeze=True),
            "lookback": Strike("inventory-1"),
            "commit_first": Strike("classifier-1", "classifier.decided"),
        }[safeguard]

    def draw(self) -> Strike:
        """Always the same."""
        return self._strike
