"""Fits a name model with scikit-learn: logistic regression on hashed n-grams, then a table from score to likelihood
ratio.

Look-alikes weigh as LOOKALIKES of all ordinary names: about one ordinary domain in a hundred of a proxy's traffic
holds an AI word (reference figure 0.6 to 1.5 %). The table is measured on scores of models that had not seen the
name (five folds by vendor), so it does not flatter itself. The same corpus gives the same model, digit by digit.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from services.classifier.corpora.names import Kind, Name, features, is_asked
from services.labelling.tail.features import BUCKETS
from services.labelling.tail.model import CAP, NameModel, Table

LOOKALIKES = 0.01
STRENGTH = 2.0
"""Inverse regularisation; AUC moves by less than 0.002 between 1 and 4."""
FOLDS = 5
_VERSION_DIGITS = 12
KNOTS = 64
BINS = 6
LEAST = 2e-4
SEED = 20_261_121
Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


class Fitted(NamedTuple):
    """A model as it serves, the estimator it was exported from, and scores of folds that had not seen the name."""

    model: NameModel
    estimator: Any
    unseen: Floats


def matrix(kind: Kind, names: Sequence[Name]) -> csr_matrix:
    """Names as rows of a sparse matrix, weighted as `NameModel.score` weighs them."""
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for name in names:
        found = features(kind, name.text)
        columns += found.grams + found.said
        values += [1 / len(found.grams) ** 0.5] * len(found.grams) + [1.0] * len(found.said)
        ends.append(len(columns))
    made = csr_matrix((values, columns, ends), shape=(len(names), BUCKETS))
    made.sum_duplicates()
    return made


def fit(kind: Kind, names: Sequence[Name]) -> Fitted:
    """A model of the names that are not held out."""
    training = [name for name in names if not name.held]
    rows, ai = matrix(kind, training), np.array([name.ai for name in training])
    unseen = np.zeros(len(training))
    for seen, others in GroupKFold(FOLDS).split(rows, ai, [name.stem for name in training]):
        unseen[others] = _regression(rows[seen], ai[seen]).decision_function(rows[others])
    estimator = _regression(rows, ai)
    asked = np.array([is_asked(kind, name.text) for name in training])
    beside = table(unseen, ai, masses(training))
    by_itself = alone(unseen, ai, masses(training), asked)
    weights = estimator.coef_[0].astype(np.float32)
    tables = b"".join(column.tobytes() for column in (*beside, *by_itself))
    version = sha256(weights.tobytes() + tables).hexdigest()[:_VERSION_DIGITS]
    return Fitted(NameModel(weights, float(estimator.intercept_[0]), beside, by_itself, version), estimator, unseen)


def _regression(rows: csr_matrix, ai: Truths) -> Any:
    return LogisticRegression(C=STRENGTH, solver="liblinear", random_state=SEED, max_iter=400).fit(rows, ai)


def masses(names: Sequence[Name]) -> Floats:
    """What each name stands for: one, but look-alikes together LOOKALIKES of all ordinary names."""
    alike = sum(name.origin == "lookalike" for name in names)
    ordinary = sum(name.origin == "ordinary" for name in names)
    each = LOOKALIKES * ordinary / alike if alike else 1.0
    return np.array([each if name.origin == "lookalike" else 1.0 for name in names])


def table(scores: Floats, ai: Truths, masses: Floats) -> Table:
    """What a score weighs beside other evidence: isotonic, the uppermost scores pooled until they are within CAP."""
    order = np.argsort(scores, kind="stable")
    scores, ai, share = scores[order], ai[order], _shares(ai, masses)[order]
    above_ai = np.cumsum(np.where(ai, share, 0)[::-1])[::-1]
    above_other = np.cumsum(np.where(ai, 0, share)[::-1])[::-1] + 1 / (~ai).sum()
    beyond = np.flatnonzero(above_ai / above_other > np.exp(CAP))
    top = int(beyond[0]) if beyond.size else len(scores) - 1
    curve = IsotonicRegression(y_min=1e-3, y_max=1 - 1e-3).fit(scores[:top], ai[:top], sample_weight=share[:top])
    chance = curve.predict(scores[:top])
    limit = min(CAP, float(np.log(above_ai[top] / above_other[top])))
    picked = np.unique(np.linspace(0, top - 1, KNOTS).astype(int))
    ratios = np.clip(np.log(chance / (1 - chance))[picked], -CAP, limit)
    return Table(np.append(scores[picked], scores[top]), np.append(ratios, limit))


def alone(scores: Floats, ai: Truths, masses: Floats, asked: Truths) -> Table:
    """What a score says where nothing else is known, measured on names that pass the gate: monotone over BINS bins.

    Shares are of all names, so that passing the gate counts as well. One ordinary name that was not seen is spread
    over the bins: none is surer than the corpus is large.
    """
    share = _shares(ai, masses)
    one = 1 / (~ai).sum()
    order = np.flatnonzero(asked)[np.argsort(scores[asked], kind="stable")]
    bins = [part for part in np.array_split(order, BINS) if part.size]
    middle = np.array([scores[part].mean() for part in bins])
    hits = np.array([share[part][ai[part]].sum() for part in bins])
    misses = np.array([share[part][~ai[part]].sum() for part in bins]) + one / len(bins)
    found = IsotonicRegression().fit(middle, hits / (hits + misses), sample_weight=hits + misses)
    chance = np.clip(found.predict(middle), LEAST, 1 - LEAST)
    return Table(middle, np.log(chance / (1 - chance)))


def _shares(ai: Truths, masses: Floats) -> Floats:
    shares: Floats = np.where(ai, masses / masses[ai].sum(), masses / masses[~ai].sum())
    return shares
