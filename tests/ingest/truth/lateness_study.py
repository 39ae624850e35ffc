"""How often stated intervals hold, and how wide they are: `python -m tests.ingest.truth.lateness_study --runs 1000`.

A run is a simulated source that was read for four to six weeks and is looked at once, at a random moment; what was
really here then, of the events that really happened, is held against what the meter states at that moment.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from services.ingest.truth.slots import DAY, HOUR, SECONDS, WEEK, Integers
from services.ingest.truth.stating import known, of
from services.kit.control.truth import Share
from tests.ingest.truth.families import CHOSEN_ON, HELD_TO, Floats, Setting, Told, setting

DAYS = 35
WINDOWS = {"hour": HOUR, "day": DAY, "week": WEEK}
Family = Callable[[Setting], Told]


class Outcome(NamedTuple):
    """One statement: of which window, whether anything was stated, whether it held, how wide its interval was."""

    window: str
    stated: bool
    held: bool = False
    width: float = 0.0


def run(family: Family, chance: np.random.Generator, days: int = DAYS) -> list[Outcome]:
    """One source, looked at once in the last week of its life of so many days."""
    told = family(setting(chance, days))
    reads = _reads(chance, days)
    seen = reads[np.searchsorted(reads, told.ready)]
    last = days * DAY - 2 - int(chance.integers(0, WEEK))
    table = known(_cells(told.happened, seen, reads), last, 24)
    assert table is not None
    statement, end = of(table), (table.last + 1) * SECONDS
    return [
        _outcome(name, getattr(statement, name), told.happened, seen, end, size * SECONDS)
        for name, size in WINDOWS.items()
    ]


def _reads(chance: np.random.Generator, days: int) -> Floats:
    """When the source is read: each minute, or each 5 or 15."""
    every = float(chance.choice([60, 300, 900]))
    return np.arange(chance.uniform(0, every), (days + 4) * DAY * SECONDS, every)


def _cells(happened: Floats, seen: Floats, reads: Floats) -> Integers:
    """What the meter is given: arrivals by slot, and that the source was read, whether anything came or not."""
    pairs = np.stack([happened, seen], axis=1).astype(np.int64) // SECONDS
    found, counts = np.unique(pairs[:, 0] * (1 << 20) + pairs[:, 1], return_counts=True)
    read = np.unique(reads.astype(np.int64) // SECONDS)
    arrived = np.stack([found >> 20, found & ((1 << 20) - 1), counts], axis=1)
    return np.concatenate([arrived, np.stack([read, read, np.zeros_like(read)], axis=1)])


def _outcome(name: str, share: Share, happened: Floats, seen: Floats, end: float, size: float) -> Outcome:
    within = (happened >= end - size) & (happened < end)
    if share.least is None or share.most is None or not within.any():
        return Outcome(name, stated=False)
    true = round(float((seen[within] < end).mean()), 6)
    return Outcome(name, stated=True, held=share.least <= true <= share.most, width=share.most - share.least)


def summed(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Of each window: the share of runs that stated something, of these the share that held, the median width."""
    return {
        name: {
            "stated": float(np.mean([each.stated for each in outcomes if each.window == name])),
            "held": float(np.mean([each.held for each in outcomes if each.window == name and each.stated])),
            "width": float(np.median([each.width for each in outcomes if each.window == name and each.stated])),
        }
        for name in WINDOWS
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a line a family and window; the exit status is 1 where one misses 95 % by more than two points."""
    parser = argparse.ArgumentParser(description="How often the truth meter's intervals hold.")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("families", nargs="*", help="some of them [default: all]")
    given = parser.parse_args(arguments)
    missed = False
    for family in (*CHOSEN_ON, *HELD_TO):
        if given.families and family.__name__ not in given.families:
            continue
        chance = np.random.default_rng(given.seed)
        found = summed([each for _ in range(given.runs) for each in run(family, chance)])
        sys.stdout.write(json.dumps({"family": family.__name__, "runs": given.runs, **found}) + "\n")
        sys.stdout.flush()
        missed = missed or any(abs(each["held"] - 0.95) > 0.02 for each in found.values())
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
