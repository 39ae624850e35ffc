"""`python -m services.classifier.training.text`: the text model from the committed families, the same each time.

One logistic regression a class over hashed pieces (`services/labelling/contextual/features.py`). A fifth of the
families is held out and never trains: the evaluation is measured on it alone. Calibration (Platt) is fitted on scores
of families that the fold's model has not seen. Nothing is pickled: the estimators go to `models/text.skops`, the
serving weights to `services/labelling/contextual/text.npz`.
"""

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import skops.io
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from services.classifier.corpora.text_prompts import CLASSES, Prompt, prompts, worded
from services.labelling.contextual.features import BUCKETS, features
from services.labelling.contextual.model import FILE

ESTIMATORS = Path(__file__).parent / "models" / "text.skops"
EACH, EACH_WORD, HELD_EVERY, FOLDS, STRENGTH = 4, 2, 5, 2, 10.0


def held(prompt: Prompt) -> bool:
    """Whether a prompt's family is kept for measuring; drawn by a digest of the family, so it never changes."""
    return _digest(prompt.family) % HELD_EVERY == 0


def _digest(family: str) -> int:
    return zlib.crc32(family.encode())


def matrix(texts: Sequence[str]) -> Any:
    """The features of texts as a sparse matrix, a row each."""
    rows = [features(text) for text in texts]
    ends = np.cumsum([0, *(len(places) for places, _ in rows)])
    values, places = np.concatenate([row[1] for row in rows]), np.concatenate([row[0] for row in rows])
    return csr_matrix((values, places, ends), shape=(len(texts), BUCKETS))


def train(estimators: Path = ESTIMATORS, serving: Path = FILE) -> None:
    """Fits, calibrates and writes the model."""
    families = [prompt for prompt in prompts(EACH) if not held(prompt)]
    taught = [*families, *worded(EACH_WORD)]
    rows, labels = matrix([prompt.text for prompt in taught]), np.array([prompt.label for prompt in taught])
    folds = np.array(
        [_digest(prompt.family) // HELD_EVERY % FOLDS for prompt in families] + [-1] * (len(taught) - len(families))
    )
    fitted = [_one(rows, labels == name, folds) for name in CLASSES]
    models = {name: model for name, (model, _) in zip(CLASSES, fitted, strict=True)}
    _write(models, np.array([calibration for _, calibration in fitted], dtype=np.float32).T, estimators, serving)


def _one(rows: Any, truth: NDArray[np.bool_], folds: NDArray[np.int64]) -> tuple[Any, tuple[float, float]]:
    """The model of one class with weights of 16 bits, and its calibration."""
    unseen = np.zeros(len(truth))
    for fold in range(FOLDS):
        unseen[folds == fold] = _fit(rows[folds != fold], truth[folds != fold]).decision_function(rows[folds == fold])
    measured = folds >= 0
    platt = LogisticRegression(C=1e6).fit(unseen[measured].reshape(-1, 1), truth[measured])
    model = _fit(rows, truth)
    model.coef_ = model.coef_.astype(np.float16).astype(np.float32)
    model.intercept_ = model.intercept_.astype(np.float32)
    return model, (float(platt.coef_[0, 0]), float(platt.intercept_[0]))


def _fit(rows: Any, truth: NDArray[np.bool_]) -> Any:
    return LogisticRegression(C=STRENGTH, solver="liblinear", class_weight="balanced", random_state=0).fit(rows, truth)


def _write(models: dict[str, Any], calibration: NDArray[np.float32], estimators: Path, serving: Path) -> None:
    estimators.parent.mkdir(exist_ok=True)
    skops.io.dump(models, estimators, compression=zipfile.ZIP_DEFLATED, compresslevel=9)
    weights = np.concatenate([models[name].coef_ for name in CLASSES]).T.astype(np.float16)
    intercepts = np.array([models[name].intercept_[0] for name in CLASSES], dtype=np.float32)
    np.savez_compressed(
        serving, classes=np.array(CLASSES), weights=weights, intercepts=intercepts, calibration=calibration
    )


if __name__ == "__main__":
    train()
