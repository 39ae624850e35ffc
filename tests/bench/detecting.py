"""Identifiers in texts, megabytes a second on one core: each engine, and Presidio's pattern recognisers.

The texts are those of the evaluation's generator, some 7 MB, 110 to 4,700 characters each. Presidio runs the
recognisers of kinds that both know, on a blank tokenizer (nothing is downloaded), over the first few texts of the same.
Figures are of the thread's processor time, so that a busy machine does not tell. The text model is measured apart.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from services.classifier.corpora.text_identifiers import corpus
from services.labelling.contextual.model import shipped
from services.labelling.detect.detector import Detector
from tests.bench.measure import say

TEXTS, FEW, TURNS = 6_000, 100, 3
ENGINES = ("re2", "hyperscan", "plain")
RECOGNISERS = (
    "CreditCardRecognizer", "IbanRecognizer", "UsSsnRecognizer", "EmailRecognizer", "PhoneRecognizer",
    "SgFinRecognizer", "NhsRecognizer", "IpRecognizer",
)  # fmt: skip


def run(texts: int = TEXTS, few: int = FEW, turns: int = TURNS, *, presidio: bool = True) -> dict[str, Any]:
    """MB/s of each row; `times_presidio` is RE2 to Presidio, None without it (it is in the bench group only)."""
    written = [one.text for one in corpus(texts)]
    found: dict[str, Any] = {"mb": round(sum(map(_size, written)) / 1e6, 2)}
    for name in ENGINES:
        detector = Detector(name)
        few_only = written if name != "plain" else written[: max(few, texts // 10)]
        found[f"{name}_mb_per_second"] = _pace(detector.find, few_only, turns)
        say(f"{name}: {found[f'{name}_mb_per_second']} MB/s")
    found |= {"presidio_mb_per_second": None, "times_presidio": None}
    if presidio:
        found["presidio_mb_per_second"] = _pace(_presidio(), written[:few], 1)
        found["times_presidio"] = round(found["re2_mb_per_second"] / found["presidio_mb_per_second"], 1)
        say(f"Presidio: {found['presidio_mb_per_second']} MB/s, RE2 {found['times_presidio']} times as fast")
    found["contextual_mb_per_second"] = _pace(shipped().classes, written[: max(few, texts // 10)], turns)
    found["contextual_us"] = round(1e6 * _size(written[0]) / (found["contextual_mb_per_second"] * 1e6), 1)
    return found


def _size(text: str) -> int:
    return len(text.encode())


def _pace(each: Callable[[str], object], texts: Sequence[str], turns: int) -> float:
    """Megabytes a second, the best of the turns after one to warm up."""
    size, taken = sum(map(_size, texts)), []
    for text in texts[: len(texts) // 4]:
        each(text)
    for _ in range(turns):
        began = time.thread_time()
        for text in texts:
            each(text)
        taken.append(time.thread_time() - began)
    return round(size / min(taken) / 1e6, 4)


def _presidio() -> Callable[[str], object]:
    """Its analyzer with pattern recognisers only; raises ImportError where the bench group is not installed."""
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, predefined_recognizers
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Blank(SpacyNlpEngine):
        """English tokens and nothing else."""

        def __init__(self) -> None:
            super().__init__()
            self.nlp = {"en": spacy.blank("en")}

        def load(self) -> None:
            """There is nothing to load."""

    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # its own would ask the network
    registry = RecognizerRegistry(supported_languages=["en"])
    for name in RECOGNISERS:
        registry.add_recognizer(getattr(predefined_recognizers, name)(supported_language="en"))
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])
    return lambda text: analyzer.analyze(text, language="en", score_threshold=0.4)
