"""What texts are about: the text model on families of sentences that it never saw."""

# ruff: noqa: E501 - figures and rows read best whole

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from services.classifier.corpora.text_prompts import CLASSES, NONE, Prompt, prompts
from services.classifier.evaluation.measures import bins, calibration_error
from services.classifier.evaluation.section import Curve, Figure, Section, Table, share, wilson
from services.labelling.contextual.model import CLAIMED, UNDECIDED, Contextual, shipped

ORDER = 70
EACH = 4
_F1, _ECE = 0.80, 0.03


class Judged(NamedTuple):
    """One prompt: its truth, and the probability of each class."""

    prompt: Prompt
    sure: tuple[float, ...]


class Counts(NamedTuple):
    """Over (prompt, class) pairs: right, wrongly told, missed; over prompts: how many, abstained from."""

    right: int
    wrong: int
    missed: int
    prompts: int
    undecided: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 of nothing."""
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)


def measure() -> Section:
    """The shipped model on the held-out families."""
    judged = judge(shipped())
    languages, classes = by(judged, "language"), by_class(judged)
    figures: list[Figure] = [
        _figure(f"contextual.f1.{name}", f"F1, {name}", counts, _F1) for name, counts in languages.items()
    ]
    figures += [
        _figure(f"contextual.f1.{name}", f"F1 of {name}, all languages", counts, None)
        for name, counts in classes.items()
    ]
    neutral = [one for one in judged if one.prompt.label == NONE]
    figures.append(
        share("contextual.neutral", "neutral prompts and near misses told a class", sum(_told(one) for one in neutral),
              len(neutral), better="lower")
    )  # fmt: skip
    figures.append(
        share("contextual.undecided", "prompts abstained from", sum(_undecided(one) for one in judged), len(judged), better="lower",
              gate=False)
    )  # fmt: skip
    shown, truth, weights = _shown(judged)
    figures.append(Figure(id="contextual.ece", title="calibration error of what is told", value=calibration_error(shown, truth, weights),
                          of=len(shown), target=_ECE, better="lower", gate=False))  # fmt: skip
    curve = Curve(id="contextual", title="Text model: the probability told", bins=bins(shown, truth, weights))
    return Section(id="contextual", title="What texts are about", about=ABOUT, figures=tuple(figures), curves=(curve,),
                   tables=(_table(languages | classes),), limits=LIMITS)  # fmt: skip


def judge(model: Contextual) -> list[Judged]:
    """The probabilities of all held-out prompts."""
    from services.classifier.training.text import held  # noqa: PLC0415 - training brings scikit-learn

    kept = [prompt for prompt in prompts(EACH, seed=26) if held(prompt)]
    return [Judged(prompt, tuple(map(float, model.probabilities(prompt.text)))) for prompt in kept]


def by(judged: Iterable[Judged], field: str) -> dict[str, Counts]:
    """The counts of each language (`field` is that of a prompt)."""
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[getattr(one.prompt, field)].append(one)
    return {name: _counts(groups[name], CLASSES) for name in sorted(groups)}


def by_class(judged: list[Judged]) -> dict[str, Counts]:
    """The counts of each class."""
    return {name: _counts(judged, (name,)) for name in CLASSES}


def _counts(judged: list[Judged], classes: tuple[str, ...]) -> Counts:
    found: Counter[str] = Counter()
    for one in judged:
        for name, sure in zip(CLASSES, one.sure, strict=True):
            if name in classes:
                found[f"{one.prompt.label == name} {sure >= CLAIMED}"] += 1
    undecided = sum(_undecided(one) for one in judged)
    return Counts(found["True True"], found["False True"], found["True False"], len(judged), undecided)


def _told(one: Judged) -> bool:
    return max(one.sure) >= CLAIMED


def _undecided(one: Judged) -> bool:
    return UNDECIDED <= max(one.sure) < CLAIMED


def _shown(judged: list[Judged]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pairs = [
        (sure, one.prompt.label == name)
        for one in judged
        for name, sure in zip(CLASSES, one.sure, strict=True)
        if sure >= CLAIMED
    ]
    return np.array([sure for sure, _ in pairs]), np.array([truth for _, truth in pairs]), np.ones(len(pairs))


def _figure(name: str, title: str, counts: Counts, target: float | None) -> Figure:
    """F1 with Wilson's interval of the share it is: 2·right of 2·right + wrong + missed (approximately so)."""
    of = 2 * counts.right + counts.wrong + counts.missed
    low, high = wilson(2 * counts.right, of)
    return Figure(id=name, title=title, value=counts.f1, low=low, high=high, of=counts.prompts, target=target)


def _table(groups: dict[str, Counts]) -> Table:
    return Table(
        title="By language and by class",
        columns=("of", "prompts", "precision", "recall", "F1", "abstained"),
        rows=tuple(
            (name, str(one.prompts), f"{one.right / max(1, one.right + one.wrong):.3f}",
             f"{one.right / max(1, one.right + one.missed):.3f}", f"{one.f1:.3f}", f"{one.undecided / max(1, one.prompts):.3f}")
            for name, one in groups.items()
        ),
    )  # fmt: skip


ABOUT = (
    "A fifth of the families of sentences never trains; drawn by a digest of the family, so always the same fifth. Each"
    f" is written out {EACH} times. F1 is over all classes of a language; code in no language is `code`. A class is told"
    f" from a probability of {CLAIMED} on; between {UNDECIDED} and that the model abstains."
)
LIMITS = (
    "Some zh, ja, nl, tl, fr and en families were written by one who saw which held-out ones failed: a little flattered.",
    "All sentences were written by one author for this project; nobody's real prompts are among them.",
    "Most families are parallel across languages, so a cognate language may have taught what another is measured on.",
    "Words of a class are taught singly, too: held-out families share their subject's words with what was taught.",
)
