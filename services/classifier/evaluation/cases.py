"""The held-out names as arrays: what every section about the tail measures on."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.vendor import Vendor
from services.classifier.corpora.names import Kind, Name, corpus
from services.classifier.evaluation.measures import Floats, Truths
from services.classifier.training.fit import masses
from services.labelling.catalog import cache_folder, vendors
from services.labelling.tail.evidence import PRIOR


class Cases(NamedTuple):
    """Held-out names: which are AI, what each stands for at the stated prior (they sum to 1), and the groups."""

    names: Sequence[Name]
    ai: Truths
    weights: Floats
    groups: NDArray[np.str_]

    def origin(self, origin: str) -> Truths:
        """Which cases are of an origin."""
        return np.array([name.origin == origin for name in self.names])


@cache
def catalog() -> tuple[Vendor, ...]:
    """The shipped catalog."""
    return vendors((), cache_folder())


@cache
def held(kind: Kind) -> Cases:
    """The names of a kind that no model was trained on."""
    names = [name for name in corpus(kind, catalog()) if name.held]
    ai = np.array([name.ai for name in names])
    each = masses(names)
    weights: Floats = np.where(ai, PRIOR * each / each[ai].sum(), (1 - PRIOR) * each / each[~ai].sum())
    return Cases(names, ai, weights, np.array([f"{name.origin}:{name.stem}" for name in names]))
