"""Identifiers by their shape: what is found on texts with labelled identifiers and look-alikes."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from services.classifier.corpora.text_identifiers import Span, Written, corpus
from services.classifier.evaluation.section import Figure, Section, Table, share
from services.labelling.detect.detector import Detector
from services.labelling.detect.finding import ACTED_ON, Finding

ORDER = 60
TEXTS, SEED = 2_000, 2026
NEEDS_ITS_WORD = frozenset({"id_nik", "my_nric", "vn_cccd", "ph_philsys", "ph_tin"})
"""Kinds that bare digits don't tell: measured where their word stands nearby, as the target says."""
_RECALL, _RECALL_NAMED, _PRECISION = 0.97, 0.85, 0.99


class Counts(NamedTuple):
    """What was found: by kind how many identifiers there were, how many of them were found, and both where named."""

    there: Counter[str]
    found: Counter[str]
    there_named: Counter[str]
    found_named: Counter[str]
    right: Counter[str]
    told: Counter[str]


def measure() -> Section:
    """The detectors on texts that trained nothing: they are rules."""
    found = counted(corpus(TEXTS, SEED))
    figures = [
        share(
            "identifiers.precision",
            "precision of all kinds",
            found.right.total(),
            found.told.total(),
            target=_PRECISION,
        )
    ]
    figures += [_recall(found, kind) for kind in sorted(found.there)]
    return Section(
        id="identifiers", title="Identifiers in texts", about=ABOUT, figures=tuple(figures), tables=(_table(found),),
        limits=LIMITS,
    )  # fmt: skip


def counted(texts: Iterable[Written], detector: Detector | None = None) -> Counts:
    """The counts over texts; a finding is right where one of its kind lies there, each finding and span once."""
    using, counts = detector or Detector(), Counts(*(Counter() for _ in range(6)))
    for written in texts:
        findings = [one for one in using.find(written.text) if one.confidence >= ACTED_ON]
        for span in written.spans:
            hit = any(_same(one, span) for one in findings)
            counts.there[span.kind] += 1
            counts.found[span.kind] += hit
            counts.there_named[span.kind] += span.named
            counts.found_named[span.kind] += span.named and hit
        for one in findings:
            counts.told[one.kind] += 1
            counts.right[one.kind] += any(_same(one, span) for span in written.spans)
    return counts


def _same(one: Finding, span: Span) -> bool:
    return one.kind == span.kind and one.start < span.end and span.start < one.end


def _recall(found: Counts, kind: str) -> Figure:
    if kind in NEEDS_ITS_WORD:
        return share(f"identifiers.recall.{kind}", f"recall of {kind}, its word nearby", found.found_named[kind],
                     found.there_named[kind], target=_RECALL_NAMED)  # fmt: skip
    return share(
        f"identifiers.recall.{kind}", f"recall of {kind}", found.found[kind], found.there[kind], target=_RECALL
    )


def _table(found: Counts) -> Table:
    kinds = sorted(found.there | found.told)
    return Table(
        title="By kind",
        columns=("kind", "there", "recall", "recall, named", "told", "precision"),
        rows=tuple(
            (kind, str(found.there[kind]), _told(found.found[kind], found.there[kind]),
             _told(found.found_named[kind], found.there_named[kind]), str(found.told[kind]),
             _told(found.right[kind], found.told[kind]))
            for kind in kinds
        ),
    )  # fmt: skip


def _told(hits: int, of: int) -> str:
    return f"{hits / of:.3f}" if of else "-"


ABOUT = (
    f"{TEXTS:,} generated texts (seed {SEED}) with identifiers of 24 kinds, checksums valid, three in ten without their"
    " name before them, among look-alikes: failed checksums, UUIDs, digests, moments, orders, amounts. Found is what is"
    " told with a confidence of 0.5 or more, of the right kind, at the right place."
)
LIMITS = (
    "The texts are made by the project's own code: real ones write identifiers in ways it does not think of.",
    "Bare NIK, MyKad, CCCD, PhilSys and TIN digits without their word are not found, by design: too many numbers fit.",
    "PhilSys numbers in groups of four pass for cards where their digits happen to pass Luhn and no word is near.",
)
