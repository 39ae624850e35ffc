"""From counts of arrivals to what is stated of a source. Pure."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from services.ingest.truth.curve import Ledger, curves, ledger, quantile
from services.ingest.truth.slots import DAY, HOUR, WEEK, Floats, Integers, Table, end_of, slot, tabled
from services.ingest.truth.statement import share
from services.kit.control.truth import Truth

FEWEST_SEEN = 100
"""Events below which no percentile of lateness is told."""


def stated(arrivals: Sequence[Sequence[int]], now: datetime, unread_after: int | None) -> Truth | None:
    """What can be said as of the last whole slot in which the source was read; None before there is one.

    `arrivals` are three columns: slots events happened in, slots they were first seen in, how many; of `unread_after`
    see `slots.tabled`.
    """
    cells = np.array(arrivals, dtype=np.int64).reshape(3, -1).T
    table = known(cells, slot(now) - 1, unread_after)
    return None if table is None else of(table)


def known(cells: Integers, last: int, unread_after: int | None) -> Table | None:
    """The table as of the last slot, until `last`, in which the source was read; None before there is one."""
    reads = cells[cells[:, 1] <= last, 1]
    if not len(reads):
        return None
    return tabled(cells, last if unread_after is None else int(reads.max()), unread_after)


def of(table: Table) -> Truth:
    """What can be said of a table."""
    book = ledger(table)
    curve = curves(book)
    hour, day, week = (share(table, book, curve, size) for size in (HOUR, DAY, WEEK))
    return Truth(as_of=end_of(table.last), hour=hour, day=day, week=week, lateness=_lateness(book, curve[-1]))


def _lateness(book: Ledger, curve: Floats) -> tuple[float, float, float] | None:
    if book.counts.sum() < FEWEST_SEEN:
        return None
    return quantile(book, curve, 0.5), quantile(book, curve, 0.95), quantile(book, curve, 0.99)
