"""World: what a simulated company is made from. Everything else is a pure function of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import msgspec

from services.kit.errors import Misconfigured

FEWEST, MOST = 50, 50_000
HISTORY = timedelta(days=6)
"""Microsoft's Management Activity API lists content of the last 7 days (reference page of the API); stay inside."""
SETTLED = timedelta(hours=1)
HOUR_MS = 3_600_000


class World(msgspec.Struct, frozen=True, kw_only=True):
    """The size, seed and period of a company; `since` ≤ events < `until`, and `now` is when standings are judged.

    `lateness` scales how late records arrive (1.0: minutes to hours, as the real ones; 0.01: about a second or less
    per minute), so that a live run need not wait. Raises Misconfigured with every fault.
    """

    since: datetime
    until: datetime
    now: datetime
    people: int = 300
    seed: int = 1
    lateness: float = 1.0

    def __post_init__(self) -> None:
        faults = []
        if not FEWEST <= self.people <= MOST:
            faults.append(f"people: {self.people} is outside {FEWEST}…{MOST}")
        if not all(time.tzinfo for time in (self.since, self.until, self.now)):
            faults.append("period: write times with a zone, e.g. 2026-11-14T08:00:00Z")
        elif not self.since < self.until:
            faults.append("period: --from must lie before --to")
        if not 0 <= self.lateness <= 1:
            faults.append(f"lateness: {self.lateness} is outside 0…1")
        if faults:
            raise Misconfigured(*faults)

    def rng(self, purpose: str) -> Random:
        """A generator of its own for each purpose, the same on every machine."""
        return Random(f"{self.seed}/{self.people}/{purpose}")


def world(
    now: datetime, *, people: int = 300, seed: int = 1, since: datetime | None = None, until: datetime | None = None,
    lateness: float = 1.0,
) -> World:  # fmt: skip
    """A company whose period defaults to the six days that ended an hour before `now`, cut to the hour.

    With `until` given, the company is judged an hour after it: the same flags give the same truth at any time.
    """
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    end = until or hour - SETTLED
    return World(
        since=since or end - HISTORY, until=end, now=end + SETTLED, people=people, seed=seed, lateness=lateness
    )


def save(made: World, path: Path) -> None:
    """Keeps what the company was made from, so that its truth can be told again later."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(made))


def saved(path: Path) -> World | None:
    """The company kept at `path`, None where there is none; raises Misconfigured where it can't be read."""
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=World)
    except msgspec.MsgspecError:
        raise Misconfigured(f"{path}: not a simulated company; remove it to make a new one") from None


def ms(time: datetime) -> int:
    """Milliseconds since the epoch: how planned events carry their time."""
    return int(time.timestamp() * 1000)


def moment(at: int) -> datetime:
    """The time of a planned event."""
    return datetime.fromtimestamp(at / 1000, UTC)


def zulu(at: int, *, digits: int = 3) -> str:
    """RFC 3339 in UTC with `Z`; `digits` 0 cuts to seconds."""
    text = moment(at).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{at % 1000:03d}Z" if digits else f"{text}Z"
