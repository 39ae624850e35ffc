"""A name model as it serves: a dot product over hashed weights, then tables from score to likelihood ratio.

The file is a compressed numpy archive without pickles, written by `penumbra model train`; scikit-learn is not
needed to read it. Tables hold natural logarithms of P(score | AI) / P(score | ordinary), monotone. `beside` is what
a name weighs beside other evidence, within ±CAP: the pieces are not independent, and names with an AI word that are
no AI are rarer in the corpus than in traffic. `alone` is what it says where nothing else is known and the gate let
it pass.
"""

from functools import cache
from math import sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.labelling.tail.features import BUCKETS, Features
from services.labelling.tail.verdict import CAP

__all__ = ["CAP", "FOLDER", "NameModel", "Table", "read", "shipped", "write"]

FOLDER = Path(__file__).parent / "models"
Floats = NDArray[np.float32]


class Table(NamedTuple):
    """Scores in rising order, and the log ratio at each; in between it is interpolated, beyond it is that of the
    end.
    """

    scores: NDArray[np.float64]
    ratios: NDArray[np.float64]

    def at(self, score: float) -> float:
        """The log ratio of a score."""
        return float(np.interp(score, self.scores, self.ratios))


class NameModel:
    """Weights of one kind of name and its tables. `version` changes with what it says. Not changed after it is
    made.
    """

    def __init__(self, weights: Floats, bias: float, beside: Table, alone: Table, version: str) -> None:
        if weights.shape != (BUCKETS,) or any(
            len(one.scores) != len(one.ratios) or not one.scores.size for one in (beside, alone)
        ):
            raise ValueError(f"a name model has {BUCKETS} weights and tables of equal columns")
        self.weights, self.bias, self.beside, self.alone, self.version = weights, bias, beside, alone, version

    def score(self, features: Features) -> float:
        """The raw score of a name: higher is more like AI; comparable within this model only."""
        count = len(features.grams)
        weights = self.weights.take(features.grams + features.said)  # one look into memory that fits a cache
        return float(weights[:count].sum()) / sqrt(count or 1) + float(weights[count:].sum()) + self.bias


def read(path: Path) -> NameModel:
    """A model of a file; raises OSError, KeyError or ValueError where it is none."""
    with np.load(path, allow_pickle=False) as held:
        beside = Table(held["beside_scores"], held["beside_ratios"])
        alone = Table(held["alone_scores"], held["alone_ratios"])
        return NameModel(held["weights"], float(held["bias"]), beside, alone, str(held["version"]))


def write(path: Path, model: NameModel) -> None:
    """Writes it; the same model gives the same bytes."""
    np.savez_compressed(
        path, weights=model.weights, bias=np.array(model.bias), version=np.array(model.version),
        beside_scores=model.beside.scores, beside_ratios=model.beside.ratios, alone_scores=model.alone.scores,
        alone_ratios=model.alone.ratios,
    )  # fmt: skip


@cache
def shipped(kind: str) -> NameModel:
    """The model that is shipped for `domains` or `apps`."""
    return read(FOLDER / f"{kind}.npz")
