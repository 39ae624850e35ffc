"""What is said of a source: the share of a window's events that is here, with an interval that holds 95 times of 100.

How many are missing is foretold from the lateness curve, for now and for each moment of the weeks before. Of those
moments it is known by now how many were missing: how far the foretelling was off then says how far it may be off now
(README.md). So the interval rests on no shape of lateness, and on no event being late independently of another. Pure.
"""

from typing import NamedTuple

import numpy as np

from services.ingest.truth.curve import Ledger, faded
from services.ingest.truth.slots import DAY, Floats, Integers, Table
from services.kit.control.truth import Share

LEVEL = 0.95
PRIOR = 0.1
"""How much the usual rate weighs beside what was seen of a slot, as the share of it that would have been seen."""
FADE = 5 * DAY
"""The age at which a moment weighs half of what one of now does."""
HALF = 0.5
"""Added to counts of missing events, so that none missing has a ratio too."""
FEWEST_EVENTS = 20
SHORTEST = 3 * DAY
"""The moments from which errors are known must stretch over as much: less holds no night, no week-end, no outage."""
FEWEST_INDEPENDENT = 60
"""A change of habits makes all errors after it hang together; they are not counted as fewer than this."""
KNOWN = 0.05
"""A moment's missing events count as known when, of as many, fewer than this share may still be missing."""
TOO_SHORT = "not read long enough: the interval rests on what came late in the past days"
TOO_FEW = f"fewer than {FEWEST_EVENTS} events in it"


class Past(NamedTuple):
    """For each slot as the last of a window: events seen by its end, missing as foretold then, missing as known now."""

    seen: Floats
    foretold: Floats
    missing: Floats


def share(table: Table, book: Ledger, curve: Floats, size: int) -> Share:
    """The statement of the window of `size` slots that ends with the table's last; `curve` is `curves(book)`."""
    past = _past(table, book, curve, size)
    enough = past.seen + past.foretold >= FEWEST_EVENTS
    if not enough[-1]:
        return Share(why=TOO_FEW)
    moments = np.flatnonzero(enough & table.read & _settled(book, curve[-1], size))
    if not len(moments) or moments[-1] - moments[0] < SHORTEST:
        return Share(why=TOO_SHORT)
    errors = np.log((past.missing[moments] + HALF) / (past.foretold[moments] + HALF))
    independent = max(len(moments) / _span(errors), FEWEST_INDEPENDENT)
    weights = np.exp2((moments - len(past.seen)) / FADE)
    low, middle, high = _quantiles(errors, weights, independent)
    missing = np.maximum((past.foretold[-1] + HALF) * np.exp((high, middle, low)) - HALF, 0)
    least, about, most = past.seen[-1] / np.maximum(past.seen[-1] + missing, 1e-9)
    return Share(share=round(float(about), 6), least=round(float(least), 6), most=round(float(most), 6))


def _past(table: Table, book: Ledger, curve: Floats, size: int) -> Past:
    ends, rate = np.arange(len(book.counts)) + 1, _rate(book, curve[-1])
    seen, foretold = _seen(table, size), _foretold(book, curve, rate, size)
    total = np.concatenate([[0], np.cumsum(_totals(table, book, curve[-1], rate))])
    return Past(seen, foretold, np.maximum(total[ends] - total[np.maximum(ends - size, 0)] - seen, 0))


def _seen(table: Table, size: int) -> Floats:
    """Of each window's events those that were seen by its end: each comes when it is seen, and leaves with its slot."""
    rows = len(table.counts)
    happened, seen, count = table.cells.T
    came = np.bincount(seen, count, rows)[:rows]
    left = np.bincount(np.maximum(seen, happened + size), count, rows)[:rows]
    return np.cumsum(came - left)


def _foretold(book: Ledger, curve: Floats, rate: Floats, size: int) -> Floats:
    """Of each window's events those that were missing at its end, by the curve as it was known then."""
    ends, foretold = np.arange(len(book.counts)) + 1, np.zeros(len(book.counts))
    for step in range(1, book.steps):
        young, old = int(book.ages[step]), min(int(book.ages[step + 1]), size)
        if young >= size:
            break
        since, until = np.maximum(ends - old, 0), np.maximum(ends - young, 0)
        here = book.sums[until, step] - book.sums[since, step]
        foretold += _unseen(curve[:, step], PRIOR * rate * (until - since) + here)
    return foretold


def _unseen(by_now: Floats, evidence: Floats) -> Floats:
    """How many are still missing where `by_now` is the share that should be here: the mean of a gamma posterior."""
    missing: Floats = (1 - by_now) / (PRIOR + by_now) * evidence
    return missing


def _totals(table: Table, book: Ledger, curve: Floats, rate: Floats) -> Floats:
    """Each slot's events by what is known now: those seen, and those its age lets one still expect."""
    step = _step(book, np.arange(len(book.counts))[::-1])
    seen = table.counts.sum(axis=1)
    totals: Floats = seen + np.where(step < book.steps, _unseen(curve[step], PRIOR * rate + seen), 0)
    return totals


def _step(book: Ledger, ages: Integers) -> Integers:
    found: Integers = np.searchsorted(book.ages[1:], ages, side="right")
    return found


def _rate(book: Ledger, curve: Floats) -> Floats:
    """The usual number of events of a slot at each time, from slots nearly all of whose events were there by then."""
    step = int(np.argmax(curve[1:] >= 1 - KNOWN)) + 1
    usual = faded(book.seen[:, step], FADE) / faded(np.ones(len(book.seen)), FADE)
    shift = min(int(book.ages[step]), len(usual) - 1)
    return np.concatenate([np.full(shift, usual[0]), usual[: len(usual) - shift]])


def _settled(book: Ledger, curve: Floats, size: int) -> "np.typing.NDArray[np.bool_]":
    """The slots whose window was watched from its beginning, and of which it is known by now what was missing."""
    missing = 1 - float(np.mean(curve[_step(book, np.arange(size))]))
    step = int(np.argmax(1 - curve[1:] <= KNOWN * missing)) + 1
    slots = np.arange(len(book.counts))
    settled: np.typing.NDArray[np.bool_] = (slots >= min(size, book.ages[-1])) & (slots[::-1] >= book.ages[step])
    return settled


def _span(errors: Floats) -> float:
    """Over how many moments errors hang together: their integrated autocorrelation time, by ranks."""
    ranks = np.argsort(np.argsort(errors)).astype(float)
    ranks -= ranks.mean()
    spectrum = np.abs(np.fft.rfft(ranks, 2 * len(ranks))) ** 2
    together = np.fft.irfft(spectrum)[: len(ranks)]
    if together[0] <= 0:
        return 1.0
    together /= together[0]
    ends = np.flatnonzero(together <= 0)
    return max(1.0, 2 * float(together[: ends[0] if len(ends) else len(together)].sum()) - 1)


def _quantiles(errors: Floats, weights: Floats, independent: float) -> Floats:
    """The errors between which the next will lie in 95 of 100 cases, and the middle one.

    Of n independent moments the next is beyond all in 2 of n + 1 cases, so both ends lie a little farther out.
    """
    order = np.argsort(errors)
    reached = np.cumsum(weights[order]) / weights.sum()
    tail = max((1 - LEVEL) / 2 * (1 + 1 / independent) - 1 / (2 * independent), 0)
    places = np.searchsorted(reached, (tail, 0.5, 1 - tail))
    return errors[order][np.minimum(places, len(errors) - 1)]
