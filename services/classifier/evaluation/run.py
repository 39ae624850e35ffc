"""Runs every section, writes the model card and the figures, and holds them against the baseline."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import msgspec

from schemas.figures import Card, Figure, Section
from services.classifier.evaluation.card import written
from services.classifier.evaluation.plot import reliability
from services.classifier.evaluation.section import DATED
from services.labelling.index import build
from services.labelling.published import FIGURES
from services.labelling.tail.model import shipped

HERE = Path(__file__).parent
CARD = HERE.parent / "MODEL_CARD.md"
PLOTS = HERE / "plots"
BASELINE = HERE / "baseline.json"
_LAST = 1_000
_DIGITS = 6


class Known(msgspec.Struct, frozen=True):
    """A figure as it was accepted: its value and how far it may fall before the build fails."""

    value: float
    low: float
    high: float


class Fallen(NamedTuple):
    """A figure that is worse than its accepted interval."""

    figure: Figure
    known: Known

    def __str__(self) -> str:
        value = "not estimable" if self.figure.value is None else f"{self.figure.value:.4f}"
        known = self.known
        return f"{self.figure.id}: {value}, accepted {known.value:.4f} ({known.low:.4f} to {known.high:.4f})"


def sections(names: frozenset[str] | None = None) -> list[ModuleType]:
    """The modules that measure, in order; only those named."""
    found = [importlib.import_module(f"{__package__}.{each.name}") for each in pkgutil.iter_modules([str(HERE)])]
    measuring = [module for module in found if hasattr(module, "measure") and hasattr(module, "ORDER")]
    wanted = [module for module in measuring if names is None or module.__name__.rpartition(".")[2] in names]
    return sorted(wanted, key=lambda module: (getattr(module, "ORDER", _LAST), module.__name__))


def measured(tell: Callable[[str], None], names: frozenset[str] | None = None) -> Card:
    """The card of all sections, or of those named; `tell` hears each section's name before it is measured."""
    from services.classifier.evaluation.cases import catalog  # noqa: PLC0415 - opens the catalog only when measuring

    found: list[Section] = []
    for module in sections(names):
        tell(module.__name__.rpartition(".")[2])
        found.append(_rounded(module.measure()))
    versions = {
        "catalog": build(catalog()).version,
        "domains model": shipped("domains").version,
        "application names model": shipped("apps").version,
    }
    return Card(dated=DATED, versions=versions, sections=tuple(found))


def write(card: Card) -> None:
    """Writes MODEL_CARD.md with its plots, and the figures that the console shows."""
    CARD.write_text(written(card), encoding="utf-8")
    PLOTS.mkdir(exist_ok=True)
    for curve in (curve for section in card.sections for curve in section.curves):
        (PLOTS / f"{curve.id}.svg").write_text(reliability(curve), encoding="utf-8")
    FIGURES.write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=1) + b"\n")


def accept(card: Card) -> None:
    """Makes these figures the baseline."""
    held = {
        id_: Known(figure.value, figure.low if figure.low is not None else figure.value,
                   figure.high if figure.high is not None else figure.value)
        for id_, figure in sorted(card.figures().items())
        if figure.gate and figure.value is not None
    }  # fmt: skip
    BASELINE.write_bytes(msgspec.json.format(msgspec.json.encode(held), indent=1) + b"\n")


def baseline() -> dict[str, Known]:
    """The accepted figures by id."""
    return msgspec.json.decode(BASELINE.read_bytes(), type=dict[str, Known])


def fallen(card: Card, held: dict[str, Known]) -> Iterator[Fallen]:
    """Figures of this card that are worse than their accepted interval; one that is new has none yet."""
    for id_, figure in card.figures().items():
        known = held.get(id_)
        if known is None or not figure.gate:
            continue
        worse = figure.value is None or (
            figure.value < known.low if figure.better == "higher" else figure.value > known.high
        )
        if worse:
            yield Fallen(figure, known)


def _rounded(section: Section) -> Section:
    """The same with figures to six digits: what is written is what is compared."""
    return msgspec.structs.replace(section, figures=tuple(_digits(figure) for figure in section.figures))


def _digits(figure: Figure) -> Figure:
    told = {name: round(value, _DIGITS) for name in ("value", "low", "high")
            if (value := getattr(figure, name)) is not None}  # fmt: skip
    return msgspec.structs.replace(figure, **told)
