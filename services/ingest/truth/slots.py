"""Time in slots of five minutes, delays in bins that grow with the delay, and counts of arrivals in both. Pure.

A slot's number is its count since the epoch. The delay of an event is the slot it was first seen in, less the slot it
happened in. Bins are exact for the first two hours and an eighth of their delay wide after that: how many of a month's
events had come by what age is then a table small enough to be gone through for every moment of that month.
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SLOT = timedelta(minutes=5)
SECONDS = int(SLOT.total_seconds())
HOUR, DAY, WEEK = 12, 288, 2016
"""Windows in slots."""
KEPT = 28 * DAY
"""How far back arrivals are counted: four weeks, so that each hour of the week was there several times."""
LONGEST = 14 * DAY
"""Delays beyond it are history being read, not lateness."""
_EXACT = 24


def slot(at: datetime) -> int:
    """The slot a moment lies in."""
    return int(at.timestamp()) // SECONDS


def end_of(number: int) -> datetime:
    """The moment a slot is over."""
    return datetime.fromtimestamp((number + 1) * SECONDS, tz=UTC)


def _edges() -> Integers:
    made = list(range(_EXACT + 1))
    while made[-1] <= LONGEST:
        made.append(made[-1] + max(1, made[-1] // 8))
    return np.array(made, dtype=np.int64)


EDGES = _edges()
"""Bin k holds delays from EDGES[k] until before EDGES[k + 1]."""


class Table(NamedTuple):
    """Events by slot (from `first`, one row a slot) and bin of their delay, as known at the end of the last row's slot.

    `cells` are the same without bins: slot it happened in, slot it was first seen in (rows of the table), how many.
    `read` says of each slot whether the source was read in it.
    """

    first: int
    counts: Floats
    cells: Integers
    read: npt.NDArray[np.bool_]

    @property
    def last(self) -> int:
        """The slot at whose end this is known."""
        return self.first + len(self.counts) - 1


def tabled(cells: Integers, last: int, gap: int | None = None) -> Table | None:
    """The table of what was seen until the end of slot `last`; None where nothing was.

    `cells` are rows of three: slot it happened in, slot it was first seen in, how many. None of them (0) says only that
    the source was read then.

    What happened before the first reading is no lateness but history, nor is what happened while the source was not
    read for longer than `gap` slots: both are left out. `gap` None: it sends by itself, so it is always read.
    """
    given = cells[cells[:, 1] <= last]
    if not len(given):
        return None
    first = max(int(given[:, 1].min()), last - KEPT)
    rows = last - first + 1
    given = given - (first, first, 0)
    read = np.zeros(rows, dtype=bool)
    read[given[given[:, 1] >= 0, 1]] = True
    unread = np.zeros(rows, dtype=bool) if gap is None else _unread(read, gap)
    given[:, 0] = np.minimum(given[:, 0], given[:, 1])  # what a clock ahead says is of now
    given = given[given[:, 0] >= 0]
    given = given[(given[:, 1] - given[:, 0] < LONGEST) & ~unread[given[:, 0]]]
    bins = np.searchsorted(EDGES, given[:, 1] - given[:, 0], side="right") - 1
    counts = np.zeros((rows, len(EDGES) - 1))
    np.add.at(counts, (given[:, 0], bins), given[:, 2])
    return Table(first, counts, given, np.ones(rows, dtype=bool) if gap is None else read)


def _unread(read: npt.NDArray[np.bool_], gap: int) -> npt.NDArray[np.bool_]:
    """The slots within gaps of more than `gap` slots between two readings."""
    times = np.flatnonzero(read)
    unread = np.zeros(len(read), dtype=bool)
    for before, after in pairwise(times):
        if after - before > gap:
            unread[before + 1 : after] = True
    return unread
