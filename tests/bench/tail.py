"""How many distinct names a core weighs in a second: hosts nobody catalogued, each with an AI word, so each is scored.

Seconds are those of the process on its core. The baseline of the same run is scikit-learn on the same names: the sparse
matrix of one batch and the estimator that the served weights were exported from.
"""

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from services.classifier.corpora.names import Name, lines
from services.classifier.training.fit import matrix
from services.classifier.training.train import estimator
from services.labelling.tail import tail
from tests.bench.measure import say

NAMES = 20_000
TURNS = 5
WORDS = ("ai", "gpt", "chat", "bot", "agent", "copilot")


def run(names: int = NAMES, turns: int = TURNS) -> dict[str, Any]:
    """Distinct names a second, ours and scikit-learn's, and the ratio, by the medians of the turns."""
    reference: Any = estimator("domains")
    ours, theirs = [], []
    tail.of_host("warmchat.com", [])
    for turn in range(turns):
        hosts = made(names, turn)
        ours.append(_seconds(lambda hosts=hosts: [tail.of_host(host, []) for host in hosts]))
        rows = [Name(host, False, "ordinary", host, True) for host in hosts]
        theirs.append(_seconds(lambda rows=rows: reference.decision_function(matrix("domains", rows))))
        say(f"turn {turn + 1} of {turns}: {names / ours[-1]:,.0f}/s, scikit-learn {names / theirs[-1]:,.0f}/s")
    speed, bare = (names / statistics.median(seconds) for seconds in (ours, theirs))
    return {"per_second": round(speed), "bare_per_second": round(bare), "ratio": round(speed / bare, 2), "names": names}


def made(count: int, seed: int) -> list[str]:
    """Distinct registered domains with an AI word in each, below the endings of the ordinary corpus."""
    chance = random.Random(seed)
    domains = lines("ordinary_web.txt")
    found: dict[str, None] = {}
    while len(found) < count:
        label, _, suffix = chance.choice(domains).partition(".")
        found[f"{label[:12]}{chance.choice(WORDS)}{chance.randrange(10_000)}.{suffix}"] = None
    return list(found)


def _seconds(do: Callable[[], object]) -> float:
    started = time.process_time()
    do()
    return time.process_time() - started
