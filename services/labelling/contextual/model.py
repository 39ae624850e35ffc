"""The text model in serving: a dot product with the weights of a text's pieces, calibrated, with the right to abstain.

No scikit-learn here: it trains (`services/classifier/training/text.py`), this serves; a test holds both to the same
numbers. Weights are 16-bit floats in a plain npz file (no pickle).
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from schemas.observation import ClassLabel
from services.labelling.contextual.features import BUCKETS, Floats, features

FILE = Path(__file__).with_name("text.npz")
CLAIMED, UNDECIDED = 0.45, 0.2
"""From the first probability on a class is told; between the second and the first the model abstains."""
LEVELS = {
    "phi": "regulated", "hr": "confidential", "legal": "confidential", "financial": "confidential",
    "customer": "confidential", "source_code": "confidential",
}  # fmt: skip
"""How sensitive a class is taken to be; the surest class of a level gives it its confidence."""
_FEWEST = 12


class Said(NamedTuple):
    """The classes told with their probability, surest first, and those the model could not decide on."""

    told: tuple[tuple[str, float], ...]
    undecided: tuple[str, ...]


class Contextual:
    """The weights of one model: `classes`, a column of `weights` each, intercepts and the calibration a·score + b."""

    def __init__(self, classes: Sequence[str], weights: Floats, intercepts: Floats, calibration: Floats) -> None:
        """`weights` is (BUCKETS, classes), `calibration` (2, classes)."""
        if weights.shape != (BUCKETS, len(classes)):
            raise ValueError(f"weights of {weights.shape} for {len(classes)} classes of {BUCKETS} buckets")
        self.classes_named, self._weights = tuple(classes), weights
        self._intercepts, self._calibration = intercepts, calibration

    def scores(self, text: str) -> Floats:
        """The log-odds of each class before calibration."""
        places, weights = features(text)
        return weights @ self._weights[places].astype(np.float32) + self._intercepts

    def probabilities(self, text: str) -> Floats:
        """The calibrated probability of each class."""
        logits = self._calibration[0] * self.scores(text) + self._calibration[1]
        return np.asarray(1.0 / (1.0 + np.exp(-logits)), dtype=np.float32)

    def said(self, text: str) -> Said:
        """What the model says of a text; nothing of one of fewer than a dozen characters."""
        if len(text.strip()) < _FEWEST:
            return Said((), ())
        found = [(name, float(sure)) for name, sure in zip(self.classes_named, self.probabilities(text), strict=True)]
        told = sorted((each for each in found if each[1] >= CLAIMED), key=lambda each: (-each[1], each[0]))
        return Said(tuple(told), tuple(name for name, sure in found if UNDECIDED <= sure < CLAIMED))

    def classes(self, text: str) -> list[ClassLabel]:
        """The classes told, with their levels, sorted by name."""
        best: dict[str, ClassLabel] = {}
        for name, sure in self.said(text).told:
            confidence = round(sure, 3)
            best[name] = ClassLabel(name, confidence, "what the text is about, by the text model")
            level = LEVELS[name]
            if level not in best:
                best[level] = ClassLabel(level, confidence, f"{name} by the text model")
        return [best[name] for name in sorted(best)]


def load(path: Path = FILE) -> Contextual:
    """The model of a file. Raises OSError where there is none, ValueError where it does not fit these features."""
    with np.load(path, allow_pickle=False) as held:
        names = [str(name) for name in held["classes"]]
        return Contextual(names, held["weights"], held["intercepts"], held["calibration"])


@cache
def shipped() -> Contextual:
    """The model that comes with the program, read once."""
    return load()
