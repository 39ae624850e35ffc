"""What a text speaks of: identifiers by their shape, what it is about by the text model, how it is marked."""

from typing import NamedTuple

from schemas.observation import ClassLabel
from services.labelling.contextual.markings import marked
from services.labelling.contextual.model import Contextual, shipped
from services.labelling.detect.classes import classes
from services.labelling.detect.detector import Detector
from services.labelling.detect.finding import Finding


class Read(NamedTuple):
    """The findings in the order of the text, and its classes, one entry each, sorted by name."""

    findings: list[Finding]
    classes: list[ClassLabel]


class Reader:
    """Reads texts one after another; keeps none of them."""

    def __init__(self, engine: str | None = None, contextual: Contextual | None = None) -> None:
        """`engine` is one of `detect.engines`, `contextual` the text model, the shipped one unless given."""
        self._detector, self._contextual = Detector(engine), contextual or shipped()

    def read(self, text: str) -> Read:
        """Findings and classes of one text; of a class that several speak of, the surer word is kept."""
        findings = self._detector.find(text)
        best = {one.name: one for one in self._contextual.classes(text)}
        marking = marked(text)
        for one in (*classes(findings), *((marking,) if marking else ())):
            known = best.get(one.name)
            if known is None or one.confidence >= known.confidence:
                best[one.name] = one
        return Read(findings, [best[name] for name in sorted(best)])
