"""Simulated sources for the truth meter: when events happen, and how late their source tells them.

How long the past weighs was chosen on an exponential source whose lateness shifts, the bins on `batch`. How little the
correction for moments that hang together may count was set after `bursty` and `seasonal` held in 97.5 of 100 runs under
one seed, and is reported under another. The shapes of the others had no part in any number.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
HOUR, DAY = 3600.0, 86400.0
LONGEST = 3 * DAY
"""No source here is later: that is what it declares, and what its look-back covers."""


class Setting(NamedTuple):
    """One simulated source: events an hour, the scale of its lateness in seconds, how long it runs, and chance."""

    rate: float
    scale: float
    seconds: float
    chance: np.random.Generator


class Told(NamedTuple):
    """When each event happened and when the source could first tell it, in seconds."""

    happened: Floats
    ready: Floats


def setting(chance: np.random.Generator, days: int) -> Setting:
    """A source of 60 to 600 events an hour, late by a minute to an hour, evenly on a logarithmic scale."""
    rate, scale = np.exp(chance.uniform(np.log((60, 60)), np.log((600, HOUR))))
    return Setting(float(rate), float(scale), days * DAY, chance)


def _steady(given: Setting) -> Floats:
    return _varying(given, 1.0, lambda at: np.ones(len(at)))


def _varying(given: Setting, most: float, factor: Callable[[Floats], Floats]) -> Floats:
    count = given.chance.poisson(given.rate * most * given.seconds / HOUR)
    at = np.sort(given.chance.uniform(0, given.seconds, count))
    kept: Floats = at[given.chance.uniform(size=count) * most < factor(at)]
    return kept


def _late(at: Floats, delay: Floats) -> Told:
    return Told(at, at + np.minimum(delay, LONGEST))


def weibull(given: Setting) -> Told:
    """Mostly quick, now and then slow."""
    at = _steady(given)
    return _late(at, given.scale * given.chance.weibull(0.7, len(at)))


def batch(given: Setting) -> Told:
    """Files of one, two or six hours, each some time after it is full."""
    at, period = _steady(given), HOUR * given.chance.choice([1, 2, 6])
    return _late(at, np.ceil(at / period) * period - at + given.chance.exponential(given.scale / 2, len(at)))


def exponential(given: Setting) -> Told:
    """Without memory."""
    at = _steady(given)
    return _late(at, given.chance.exponential(given.scale, len(at)))


def lognormal(given: Setting) -> Told:
    """A hump and a long tail."""
    at = _steady(given)
    return _late(at, given.scale * np.exp(given.chance.normal(0, 1.2, len(at))))


def pareto(given: Setting) -> Told:
    """A power law without a mean, cut off at three days."""
    at = _steady(given)
    return _late(at, given.scale / 4 * given.chance.pareto(1.1, len(at)))


def bursty(given: Setting) -> Told:
    """Half hours of very different volume, and outages of hours in which the source tells nothing."""
    volume = np.minimum(given.chance.gamma(0.6, 1 / 0.6, int(given.seconds // 1800) + 1), 5)
    at = _varying(given, 5, lambda when: volume[(when // 1800).astype(int)])
    ready = at + given.chance.exponential(given.scale, len(at))
    for _ in range(given.chance.poisson(given.seconds / DAY / 1.5)):
        began = given.chance.uniform(0, given.seconds)
        ended = began + given.chance.exponential(3 * HOUR)
        held = (ready >= began) & (ready < ended)
        ready[held] = ended + given.chance.uniform(0, 600, held.sum())
    return Told(at, ready)


def seasonal(given: Setting) -> Told:
    """Days and nights, quiet week-ends, and lateness with an hour of the day of its own."""
    at = _varying(
        given, 1.9, lambda when: (1 + 0.9 * np.sin(2 * np.pi * when / DAY)) * np.where(when // DAY % 7 < 5, 1, 0.25)
    )  # fmt: skip
    slowest = given.chance.uniform(0, 2 * np.pi)
    swing = 1 + 0.8 * np.sin(2 * np.pi * at / DAY + slowest)
    return _late(at, given.chance.exponential(given.scale, len(at)) * swing)


def regime(given: Setting) -> Told:
    """At some moment of the last three weeks it becomes up to five times faster or slower, and busier or quieter."""
    changed = given.seconds - given.chance.uniform(0, 21 * DAY)
    faster, busier = np.exp(given.chance.uniform(np.log((1 / 5, 1 / 2)), np.log((5, 2))))
    at = _varying(given, 2, lambda when: np.where(when < changed, 1, busier))
    delay = given.scale * np.exp(given.chance.normal(0, 0.9, len(at)))
    return _late(at, np.where(at < changed, delay, delay * faster))


CHOSEN_ON = (batch, weibull)
HELD_TO = (exponential, lognormal, pareto, bursty, seasonal, regime)
