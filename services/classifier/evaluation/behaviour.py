"""Unseen hosts with what a record says beside the name: on synthetic behaviour, drawn as stated here.

No labelled proxy log is public. For each held-out domain one record is drawn for each kind of source; what it says is
drawn with the chances below, so these figures tell how evidence is combined, not how often sources see it.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from schemas.observation import Kind, Observation
from schemas.usage import Verdict
from services.classifier.evaluation.cases import Cases, held
from services.classifier.evaluation.measures import SEED, Floats, Places, Truths, auc, bins, calibration_error, figure
from services.classifier.evaluation.section import Curve, Figure, Section, Table, wilson
from services.labelling.tail import tail
from services.labelling.tail.evidence import PRIOR

ORDER = 30
DRAWS = 10
AT = datetime(2026, 11, 21, tzinfo=UTC)
_API_PATHS = ("/v1/chat/completions", "/v1/messages", "/api/generate", "/v1/embeddings", "/mcp", "/v1/predictions")
_OWN_PATHS = ("/", "/api/v2/items", "/login", "/app/settings", "/graphql", "/assets/*.js", "/v3/surveys/*/responses/*")
ABOUT = (
    "The held-out domains, each with one synthetic record for each kind of source. SYNTHETIC: chances are stated"
    " below. Of AI that is used through an API, 70 of 100 show a path that model APIs share, of others 1 in 236"
    " (measured on integrations); that half of AI is used through an API, and how often a source's category says"
    " AI (6 in 10 of AI, 1 in 1,000 of others), is assumed. Precision is at a prior of 0.5 %."
)
LIMITS = (
    "Synthetic behaviour cannot tell how often real sources see a path or say a category, nor how these hang together.",
    "Volume, session length and co-visits need many records and are not part of this: nothing weighs them yet.",
)


class Source(NamedTuple):
    """A kind of source: whether it sees paths, and whether it has categories of its own."""

    name: str
    paths: bool
    categories: bool


SOURCES = (
    Source("DNS or SNI: name only", paths=False, categories=False),
    Source("firewall with categories", paths=False, categories=True),
    Source("proxy that sees paths", paths=True, categories=False),
    Source("proxy that sees paths, with categories", paths=True, categories=True),
)


class Drawn(NamedTuple):
    """What comes out of the records of one source: log-odds, the probability shown (0: none), and whether suspected."""

    odds: Floats
    shown: Floats
    suspected: Truths


def measure() -> Section:
    """Every kind of source on the same held-out domains."""
    cases = repeated(held("domains"), DRAWS)
    drawn = {source: draw(held("domains"), source) for source in SOURCES}
    best = drawn[SOURCES[-1]]
    told = best.shown > 0
    curve = Curve(
        id="behaviour", title="The probability shown, name and evidence (synthetic)",
        bins=bins(best.shown[told], cases.ai[told], cases.weights[told]),
    )  # fmt: skip
    return Section(
        id="behaviour", title="Unseen hosts, with evidence of the record (synthetic)", about=ABOUT,
        figures=tuple(_figures(cases, best)), curves=(curve,), limits=LIMITS,
        tables=(Table(title="By kind of source (synthetic)", columns=COLUMNS, rows=tuple(_rows(cases, drawn))),),
    )  # fmt: skip


def repeated(cases: Cases, times: int) -> Cases:
    """The same cases several times over, together of the same weight."""
    return Cases(
        list(cases.names) * times, np.tile(cases.ai, times), np.tile(cases.weights / times, times),
        np.tile(cases.groups, times),
    )  # fmt: skip


def draw(cases: Cases, source: Source, times: int = DRAWS) -> Drawn:
    """`times` records a name, drawn from a seed of its own; cases are repeated as often."""
    odds, shown, suspected = [], [], []
    chance = random.Random(f"{SEED}:{source.name}")  # noqa: S311 - reproducible, not secret
    for _ in range(times):
        for name in cases.names:
            others = tail.pieces(record(name.text, source, chance, ai=name.ai))
            odds.append(tail.log_odds(name.text, others))
            found = tail.of_host(name.text, others)
            shown.append(found.confidence if found is not None else 0.0)
            suspected.append(found is not None and found.verdict is Verdict.SUSPECTED)
    return Drawn(np.array(odds), np.array(shown), np.array(suspected))


def record(host: str, source: Source, chance: random.Random, *, ai: bool) -> Observation:
    """A record of a host as a source of this kind would have it."""
    api = chance.random() < (0.5 * 0.7 if ai else 1 / 236)
    said = chance.random() < (0.6 if ai else 0.001)
    streams = api and chance.random() < (0.6 if ai else 0.2)
    return Observation(
        source="synthetic", kind=Kind.WEB, at=AT, host=host, method="POST" if api else "GET",
        path=chance.choice(_API_PATHS if api else _OWN_PATHS) if source.paths else None,
        content_type="text/event-stream" if streams and source.paths else None,
        labels=("Generative AI" if said else "Business",) if source.categories else (),
    )  # fmt: skip


def _figures(cases: Cases, drawn: Drawn) -> Iterator[Figure]:
    def ranked(some: Places) -> float:
        return auc(drawn.odds[some], cases.ai[some], cases.weights[some])

    def recalled(some: Places) -> float:
        return float(drawn.suspected[some][cases.ai[some]].mean())

    def error(some: Places) -> float:
        told = some[drawn.shown[some] > 0]
        return calibration_error(drawn.shown[told], cases.ai[told], cases.weights[told])

    groups, synthetic = cases.groups, "synthetic behaviour"
    yield figure("behaviour.auc", "hosts: AUC with evidence", ranked, groups, target=0.96, note=synthetic)
    yield Figure(
        id="behaviour.suspected.precision", title="hosts: precision of *suspected* at the prior",
        value=_precision(cases, drawn, np.arange(len(groups))), low=_least_precision(cases, drawn), high=1.0,
        of=len(groups), target=0.9, note=f"{synthetic}; from the ends of both shares' intervals",
    )  # fmt: skip
    yield figure("behaviour.suspected.recall", "hosts: unseen AI *suspected*", recalled, groups, note=synthetic)
    yield figure(
        "behaviour.ece_shown", "hosts: calibration error of what is shown", error, groups, target=0.03, better="lower",
        note=synthetic, gate=False,
    )  # fmt: skip


def _precision(cases: Cases, drawn: Drawn, some: Places) -> float:
    told = some[drawn.suspected[some]]
    total = cases.weights[told].sum()
    return float(cases.weights[told][cases.ai[told]].sum() / total) if total else float("nan")


def _least_precision(cases: Cases, drawn: Drawn) -> float:
    """The precision with the fewest found and the most falsely found that the counts allow (95 % each)."""
    ordinary = ~cases.ai
    found, _ = wilson(float(drawn.suspected[cases.ai].sum()), float(cases.ai.sum()))
    falsely = cases.weights[ordinary & drawn.suspected].sum() / cases.weights[ordinary].sum()
    _, wrong = wilson(falsely * ordinary.sum(), float(ordinary.sum()))
    return float(PRIOR * found / (PRIOR * found + (1 - PRIOR) * wrong))


COLUMNS = ("source", "AUC", "suspected: recall", "95 %", "suspected: precision", "for review: recall", "ordinary shown")


def _rows(cases: Cases, drawn: dict[Source, Drawn]) -> Iterator[tuple[str, ...]]:
    everything: Sequence[int] = range(len(cases.names))
    ordinary = cases.origin("ordinary")
    for source, one in drawn.items():
        some = np.array(everything)
        low, high = wilson(float(one.suspected[cases.ai].sum()), float(cases.ai.sum()))
        precise = _precision(cases, one, some)
        review = (one.shown > 0) & ~one.suspected
        yield (
            source.name, f"{auc(one.odds, cases.ai, cases.weights):.3f}", f"{one.suspected[cases.ai].mean():.2f}",
            f"{low:.2f} to {high:.2f}", "none shown" if np.isnan(precise) else f"{precise:.3f}",
            f"{review[cases.ai].mean():.2f}", f"{(one.shown[ordinary] > 0).mean():.4f}",
        )  # fmt: skip
