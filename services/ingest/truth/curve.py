"""The lateness curve: what share of events has been seen by which age, from delays cut off at the present. Pure.

Of young events only the short delays can be known, so a plain distribution of delays would flatter the source. The
curve is the product-limit estimate for delays truncated on the right (README.md): of all events seen by the end of a
bin, the share seen within it; each bin rests on events old enough to have been seen in it, recent ones weighing more.
"""

from typing import NamedTuple

import numpy as np

from services.ingest.truth.slots import DAY, EDGES, SECONDS, Floats, Integers, Table

MEMORY = 2 * DAY
"""The age at which an event weighs half of what one of now does."""


class Ledger(NamedTuple):
    """A table made ready for sums. Step j = 1 … steps covers the ages from `ages[j]` until before `ages[j + 1]`.

    `seen[t, j]` is how many of slot t's events were seen by step j; `sums[t, j]` is that over all slots before t.
    """

    counts: Floats
    seen: Floats
    sums: Floats
    ages: Integers
    steps: int


def ledger(table: Table) -> Ledger:
    """The ledger of a table; steps beyond the last delay that was ever seen are left out."""
    used = np.flatnonzero(table.counts.any(axis=0))
    steps = int(used[-1]) + 1 if len(used) else 1
    counts = table.counts[:, :steps]
    seen = np.zeros((len(counts), steps + 1))
    np.cumsum(counts, axis=1, out=seen[:, 1:])
    sums = np.zeros((len(counts) + 1, steps + 1))
    np.cumsum(seen, axis=0, out=sums[1:])
    return Ledger(counts, seen, sums, EDGES[: steps + 1] - 1, steps)


def curves(book: Ledger, memory: int = MEMORY) -> Floats:
    """For each slot s and step j the share of events seen by then, by what was known at the end of s."""
    late, seen = faded(book.counts, memory), faded(book.seen[:, 1:], memory)
    kept = np.ones((len(late), book.steps + 1))
    for k in range(book.steps):
        shift = int(book.ages[k + 1])
        if shift < len(late):
            within, by_then = late[: len(late) - shift, k], seen[: len(seen) - shift, k]
            kept[shift:, k] = 1 - np.divide(within, by_then, out=np.zeros_like(by_then), where=by_then > 0)
    return np.asarray(np.cumprod(kept[:, ::-1], axis=1)[:, ::-1], dtype=np.float64)


def faded(values: Floats, memory: int) -> Floats:
    """Running sums down the rows in which what is `memory` rows old weighs half."""
    weights = np.exp2(np.arange(len(values)) / memory)
    if values.ndim > 1:
        weights = weights[:, None]
    summed: Floats = np.cumsum(values * weights, axis=0) / weights
    return summed


def quantile(book: Ledger, curve: Floats, share: float) -> float:
    """The lateness in seconds within which `share` of the events is seen; as exact as a slot."""
    step = int(np.argmax(curve[1:] >= share)) + 1
    return float((book.ages[step] + 1) * SECONDS)
