"""Measures over weighted cases: AUC, calibration error with its bins, and intervals by resampling. Pure, seeded."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from services.classifier.evaluation.section import Bin, Figure

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
Places = NDArray[np.int64]
SEED = 20_261_121
TIMES = 200
BINS = 10


def auc(scores: Floats, truth: Truths, weights: Floats) -> float:
    """The chance that an AI case scores above another, ties counting half; each case by its weight."""
    values, place = np.unique(scores, return_inverse=True)
    ai = np.bincount(place, np.where(truth, weights, 0), len(values))
    other = np.bincount(place, np.where(truth, 0, weights), len(values))
    below = np.concatenate([[0], np.cumsum(other)[:-1]])
    return float((ai * (below + other / 2)).sum() / (ai.sum() * other.sum()))


def bins(shown: Floats, truth: Truths, weights: Floats) -> tuple[Bin, ...]:
    """Bins of equal width over 0…1: mean probability shown, share that was right, weight; empty ones are left out."""
    place = np.minimum((shown * BINS).astype(int), BINS - 1)
    mass = np.bincount(place, weights, BINS)
    mean = np.bincount(place, weights * shown, BINS)
    right = np.bincount(place, np.where(truth, weights, 0), BINS)
    return tuple(
        Bin(round(float(mean[at] / mass[at]), 4), round(float(right[at] / mass[at]), 4), round(float(mass[at]), 6))
        for at in range(BINS)
        if mass[at] > 0
    )


def calibration_error(shown: Floats, truth: Truths, weights: Floats) -> float:
    """Expected calibration error: how far bins are from what they show, by weight."""
    found = bins(shown, truth, weights)
    total = sum(one.of for one in found)
    return sum(one.of * abs(one.shown - one.right) for one in found) / total if total else 0.0


def resampled(measure: Callable[[Places], float], groups: NDArray[np.str_]) -> tuple[float, float]:
    """The 2.5 and 97.5 percentiles of a measure over cases drawn again by group, so that one vendor counts once."""
    chance = np.random.default_rng(SEED)
    _, place = np.unique(groups, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(place.max() + 2))
    sizes = np.diff(starts)
    found = []
    for _ in range(TIMES):
        drawn = chance.integers(0, len(sizes), len(sizes))
        within = np.arange(sizes[drawn].sum()) - np.repeat(np.cumsum(sizes[drawn]) - sizes[drawn], sizes[drawn])
        found.append(measure(order[np.repeat(starts[drawn], sizes[drawn]) + within]))
    told = np.array([value for value in found if not np.isnan(value)])
    return (float(np.quantile(told, 0.025)), float(np.quantile(told, 0.975))) if told.size else (0.0, 1.0)


def figure(
    id: str, title: str, measure: Callable[[Places], float], groups: NDArray[np.str_],  # noqa: A002 - the figure's id
    **told: object,
) -> Figure:  # fmt: skip
    """A figure of all cases with its resampled interval; not estimable where the measure is not a number."""
    value = measure(np.arange(len(groups)))
    if np.isnan(value):
        return Figure(id=id, title=title, value=None, **told)  # type: ignore[arg-type]
    low, high = resampled(measure, groups)
    return Figure(id=id, title=title, value=value, low=low, high=high, of=len(groups), **told)  # type: ignore[arg-type]
