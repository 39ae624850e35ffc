"""From evidence to a verdict: log-odds added to the prior, two thresholds, and abstention where evidence is thin.
Pure.
"""

from collections.abc import Sequence
from math import exp
from typing import NamedTuple

from schemas.usage import Verdict
from services.labelling.tail.evidence import PRIOR, PRIOR_LOG_ODDS, Evidence

CAP = 4.0
"""What a name weighs at most beside other evidence, as log-odds."""
PRIOR_WORD = "prior "
"""How the last line of each basis begins."""
SUSPECTED = 0.8
REVIEW = 0.15
"""At or above SUSPECTED: precision of at least 0.9 at a prior of 0.5 % (MODEL_CARD.md holds the figures); from
REVIEW on a person should look: about one in five is AI. A name alone never says more than *review*."""


class Weighed(NamedTuple):
    """A probability at the stated prior, the verdict, and its basis, each piece with its log-odds."""

    probability: float
    verdict: Verdict
    basis: tuple[str, ...]


def weigh(name: Evidence | None, others: Sequence[Evidence]) -> Weighed:
    """Combines the name's evidence with the record's own, taken for independent of each other."""
    pieces = [piece for piece in (name, *others) if piece is not None]
    total = PRIOR_LOG_ODDS + sum(piece.log_ratio for piece in pieces)
    probability = 1 / (1 + exp(-total))
    verdict = Verdict.NONE
    if probability >= SUSPECTED and others:
        verdict = Verdict.SUSPECTED
    elif probability >= REVIEW:
        verdict = Verdict.REVIEW
    if verdict is Verdict.NONE:
        return Weighed(probability, verdict, ())
    prior = f"{PRIOR_WORD}{PRIOR:.1%}: log-odds {PRIOR_LOG_ODDS:+.1f}; together probability {probability:.2f}"
    return Weighed(probability, verdict, (*map(str, pieces), prior))
