"""Names nobody catalogued, by their name alone: how well the models rank them, and how true what they show is."""

from collections.abc import Iterator

import numpy as np

from schemas.observation import App
from schemas.usage import Label
from services.classifier.corpora.names import Kind, Name
from services.classifier.corpora.names import features as features_of
from services.classifier.evaluation.cases import Cases, held
from services.classifier.evaluation.measures import Floats, Places, auc, bins, calibration_error, figure
from services.classifier.evaluation.section import Curve, Figure, Section, Table, share
from services.labelling.tail import model, tail

ORDER = 20
WORDS: dict[Kind, str] = {"domains": "domains", "apps": "application names"}


def measure() -> Section:
    """Both models on what was held out."""
    figures: list[Figure] = []
    curves: list[Curve] = []
    tables: list[Table] = []
    for kind in ("domains", "apps"):
        cases = held(kind)
        shown = np.array([probability(kind, name) for name in cases.names])
        figures += _figures(kind, cases, shown)
        told = shown > 0
        curves.append(Curve(
            id=f"names.{kind}", title=f"{WORDS[kind].capitalize()}: the probability shown by name alone",
            bins=bins(shown[told], cases.ai[told], cases.weights[told]),
        ))  # fmt: skip
        tables.append(_by_category(kind, cases, shown))
    return Section(
        id="names", title="Unseen names, by the name alone", about=ABOUT, figures=tuple(figures), curves=tuple(curves),
        tables=tuple(tables), limits=LIMITS,
    )  # fmt: skip


ABOUT = (
    "Held-out vendors of the catalog against held-out ordinary names and look-alikes; no vendor is on both sides."
    " Shares and probabilities are at a prior of 0.5 %, look-alikes counting for one ordinary name in a hundred. A"
    " name without anything like an AI word is abstained from; a name alone is never more than for review."
)
LIMITS = (
    "Unseen vendors are played by vendors the catalog knows: those nobody ever catalogued may be called otherwise.",
    "Ordinary names are popular brands and sites; the long tail of small sites is thin, and reads less like a brand.",
    "Few ordinary names with an AI word are shown at all, so the calibration of what is shown has a wide interval.",
)


def probability(kind: Kind, name: Name) -> float:
    """What is shown of a name alone; 0 where nothing is."""
    found = _label(kind, name)
    return found.confidence if found is not None else 0.0


def _label(kind: Kind, name: Name) -> Label | None:
    if kind == "apps":
        return tail.of_app(App(name=name.text), f"app:{name.text}", frozenset(), [])
    return tail.of_host(name.text, [])


def _figures(kind: Kind, cases: Cases, shown: Floats) -> Iterator[Figure]:
    scorer = model.shipped(kind)
    scores = np.array([scorer.score(features_of(kind, name.text)) for name in cases.names])
    plain = ~cases.origin("lookalike")
    even = np.ones(len(scores))
    words, id_ = WORDS[kind], f"names.{kind}"

    def ranked(some: Places) -> float:
        return auc(scores[some], cases.ai[some], cases.weights[some])

    def ranked_plain(some: Places) -> float:
        kept = some[plain[some]]
        return auc(scores[kept], cases.ai[kept], even[kept])

    target = 0.9 if kind == "domains" else None
    yield figure(f"{id_}.auc", f"{words}: AUC, look-alikes by their share", ranked, cases.groups, target=target)
    yield figure(f"{id_}.auc_plain", f"{words}: AUC against ordinary names", ranked_plain, cases.groups)
    ordinary, alike = cases.origin("ordinary"), cases.origin("lookalike")
    told = shown > 0
    yield share(
        f"{id_}.review.recall", f"{words}: unseen AI shown for review", int(told[cases.ai].sum()), int(cases.ai.sum())
    )
    yield share(
        f"{id_}.review.ordinary", f"{words}: ordinary names shown for review", int(told[ordinary].sum()),
        int(ordinary.sum()), better="lower",
    )  # fmt: skip
    yield share(
        f"{id_}.review.lookalikes", f"{words}: look-alikes shown for review", int(told[alike].sum()), int(alike.sum()),
        better="lower",
    )  # fmt: skip
    yield from _shown(kind, cases, shown)


def _shown(kind: Kind, cases: Cases, shown: Floats) -> Iterator[Figure]:
    words, id_ = WORDS[kind], f"names.{kind}"

    def precise(some: Places) -> float:
        told = some[shown[some] > 0]
        weights = cases.weights[told]
        return float(weights[cases.ai[told]].sum() / weights.sum()) if weights.sum() else float("nan")

    def error(some: Places) -> float:
        return calibration_error(shown[some], cases.ai[some], cases.weights[some])

    def error_shown(some: Places) -> float:
        told = some[shown[some] > 0]
        return calibration_error(shown[told], cases.ai[told], cases.weights[told]) if told.size else float("nan")

    yield figure(f"{id_}.review.precision", f"{words}: of those shown, AI at the prior", precise, cases.groups)
    yield figure(
        f"{id_}.ece", f"{words}: calibration error over all names", error, cases.groups, target=0.03, better="lower",
    )  # fmt: skip
    yield figure(
        f"{id_}.ece_shown", f"{words}: calibration error of what is shown", error_shown, cases.groups, target=0.03,
        better="lower", note="few ordinary names are shown, so the interval is wide", gate=False,
    )  # fmt: skip
    yield share(f"{id_}.abstention", f"{words}: AI that is abstained from", int((shown[cases.ai] == 0).sum()),
                int(cases.ai.sum()), better="lower", gate=False)  # fmt: skip


def _by_category(kind: Kind, cases: Cases, shown: Floats) -> Table:
    found: dict[str, list[bool]] = {}
    for name, told in zip(cases.names, shown > 0, strict=True):
        if name.ai:
            found.setdefault(name.category, []).append(bool(told))
    rows = []
    for category in sorted(found):
        one = share("", "", sum(found[category]), len(found[category]))
        rows.append((category, str(one.of), f"{one.value:.2f}", f"{one.low:.2f} to {one.high:.2f}"))
    columns = ("category", "held-out names", "shown for review", "95 %")
    return Table(title=f"Unseen {WORDS[kind]} by category", columns=columns, rows=tuple(rows))
