"""The measurements count what they say they count."""

from services.classifier.corpora.text_identifiers import Span, Written, corpus
from services.classifier.corpora.text_prompts import CLASSES, Prompt
from services.classifier.evaluation import contextual, identifiers


def judged(label, **sure):
    prompt = Prompt("x", label, "en", "en/x")
    return contextual.Judged(prompt, tuple(sure.get(name, 0.0) for name in CLASSES))


def test_a_finding_of_another_kind_or_place_is_no_hit():
    text = "card 4539148803436467 and mail siti@sawitmill.my"
    written = Written(text, (Span("iban", 5, 21, named=True), Span("email", 31, 48, named=False)), ())
    counts = identifiers.counted([written])
    assert (counts.there["iban"], counts.found["iban"], counts.found["email"]) == (1, 0, 1)
    assert (counts.told["card"], counts.right["card"], counts.right["email"]) == (1, 0, 1)
    assert (counts.there_named["iban"], counts.there_named["email"]) == (1, 0)


def test_the_corpus_is_the_same_from_the_same_seed_and_says_where_its_spans_are():
    first, again = list(corpus(20, seed=1)), list(corpus(20, seed=1))
    assert first == again != list(corpus(20, seed=2))
    assert all(0 <= span.start < span.end <= len(one.text) for one in first for span in (*one.spans, *one.alike))


def test_f1_and_abstention_of_a_few_prompts():
    some = [judged("phi", phi=0.9), judged("phi", phi=0.3), judged("none", hr=0.8), judged("none")]
    counts = contextual.by(some, "language")["en"]
    assert (counts.right, counts.wrong, counts.missed, counts.prompts, counts.undecided) == (1, 1, 1, 4, 1)
    assert counts.f1 == 0.5
    assert contextual.by_class(some)["phi"].f1 == 2 / 3
