"""`penumbra model train`: both name models from the corpus, saved with skops and exported for serving.

Nothing is pickled: the estimator goes to `models/<kind>.skops` here
(https://skops.readthedocs.io/en/stable/persistence.html), what serves to
`services/labelling/tail/models/<kind>.npz`, and `models.json` beside it says what both were made of. The same
corpus gives the same files.
"""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np
import skops.io

from schemas.vendor import Vendor
from services.classifier.corpora.names import Kind, Name, corpus
from services.classifier.training.fit import Fitted, fit
from services.labelling.tail import model as serving
from services.labelling.tail.model import FOLDER

ESTIMATORS = Path(__file__).parent / "models"
MANIFEST = "models.json"
KINDS: tuple[Kind, ...] = ("domains", "apps")
_DIGEST_DIGITS = 16


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a model was made of: names by origin, in training and held out, and a digest of them."""

    kind: Kind
    version: str
    corpus: str
    training: dict[str, int]
    held: dict[str, int]


def train(
    vendors: Iterable[Vendor], verdicts: Mapping[Kind, Sequence[Name]], folder: Path, estimators: Path
) -> list[Made]:
    """Fits both models and writes them; returns what they were made of."""
    listed = tuple(vendors)
    made = []
    for kind in KINDS:
        names = corpus(kind, listed, verdicts.get(kind, ()))
        fitted = fit(kind, names)
        write(kind, fitted, folder, estimators)
        made.append(_made(kind, names, fitted.model.version))
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")
    return made


def write(kind: Kind, fitted: Fitted, folder: Path, estimators: Path) -> None:
    """Writes one model: what serves, and the estimator it came from (its weights as they serve, in 32 bits)."""
    folder.mkdir(parents=True, exist_ok=True)
    estimators.mkdir(parents=True, exist_ok=True)
    serving.write(folder / f"{kind}.npz", fitted.model)
    fitted.estimator.coef_ = fitted.estimator.coef_.astype(np.float32)
    path = estimators / f"{kind}.skops"
    skops.io.dump(fitted.estimator, path, compression=zipfile.ZIP_DEFLATED, compresslevel=9)


def estimator(kind: Kind, folder: Path = ESTIMATORS) -> object:
    """The estimator as skops kept it; raises where the file holds a type that is not trusted."""
    return skops.io.load(folder / f"{kind}.skops", trusted=[])


def manifest(folder: Path = FOLDER) -> list[Made]:
    """What the models of a folder were made of."""
    return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=list[Made])


def _made(kind: Kind, names: Sequence[Name], version: str) -> Made:
    digest = sha256("\n".join(map(repr, names)).encode()).hexdigest()[:_DIGEST_DIGITS]
    return Made(
        kind=kind, version=version, corpus=digest, training=_counted(name for name in names if not name.held),
        held=_counted(name for name in names if name.held),
    )  # fmt: skip


def _counted(names: Iterable[Name]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name.origin] = counts.get(name.origin, 0) + 1
    return dict(sorted(counts.items()))
