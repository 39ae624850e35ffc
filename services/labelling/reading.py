"""What a text speaks of: identifiers by their shape, what it is about by the text model, how it is marked."""

from itertools import chain
from typing import NamedTuple

from schemas.observation import ClassLabel
from services.labelling.contextual.markings import marked
from services.labelling.contextual.model import Contextual, shipped
from services.labelling.detect.classes import classes
from services.labelling.detect.detector import Detector
from services.labelling.detect.finding import Finding
from services.labelling.sensitivity import surest


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
        """Findings and classes of one text; of a class that several speak of, the surer word is kept.

        Where they are as sure, the text's own marking outranks identifiers, and these the text model.
        """
        findings = self._detector.find(text)
        marking = marked(text)
        told = ((marking,) if marking else (), classes(findings), self._contextual.classes(text))
        return Read(findings, list(surest(chain.from_iterable(told))))
