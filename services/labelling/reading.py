"""What a text speaks of: identifiers by their shape, and what it is about by the text model."""

from typing import NamedTuple

from schemas.observation import ClassLabel
from services.labelling.detect.classes import classes
from services.labelling.detect.detector import Detector
from services.labelling.detect.finding import Finding


class Read(NamedTuple):
    """The findings in the order of the text, and its classes, one entry each, sorted by name."""

    findings: list[Finding]
    classes: list[ClassLabel]


class Reader:
    """Reads texts one after another; keeps none of them."""

    def __init__(self, engine: str | None = None) -> None:
        """`engine` is one of `detect.engines`."""
        self._detector = Detector(engine)

    def read(self, text: str) -> Read:
        """Findings and classes of one text."""
        findings = self._detector.find(text)
        return Read(findings, classes(findings))
