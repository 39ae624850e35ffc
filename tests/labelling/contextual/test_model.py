# ruff: noqa: E501 - texts are samples of what people write
import subprocess
import sys

import numpy as np
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st

from services.classifier.corpora.text_prompts import CLASSES, LANGUAGES, families, prompts, worded
from services.classifier.training.text import ESTIMATORS, held, matrix
from services.labelling.contextual.features import BUCKETS, features, normal
from services.labelling.contextual.model import LEVELS, shipped
from services.labelling.reading import Reader

TEXTS = [
    "Patient Mei Tan was admitted with pneumonia.",
    "def f(x):\n    return x",
    "合同",
    "",
    "a",
    "  \n",
    "\ud800 x",
    "ก" * 9000,
]


def test_what_serves_says_what_was_trained():
    models = skops.io.load(ESTIMATORS, trusted=[])
    assert tuple(models) == CLASSES == shipped().classes_named
    texts = [prompt.text for prompt in prompts(1)][::40]
    rows = matrix(texts)
    trained = np.array([models[name].decision_function(rows) for name in CLASSES]).T
    served = np.array([shipped().scores(text) for text in texts])
    assert np.allclose(trained, served, atol=1e-3)


def test_serving_does_not_import_scikit_learn():
    told = "import sys; from services.labelling.reading import Reader; Reader().read('x y z'); print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("text", TEXTS)
def test_features_are_of_length_one_and_in_their_buckets(text):
    places, weights = features(text)
    assert len(set(places.tolist())) == len(places)
    assert len(places) == 0 or (places.min() >= 0 and places.max() < BUCKETS)
    assert np.isclose(float(weights @ weights), 1.0, atol=1e-4) or len(places) == 0


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_gives_probabilities_and_white_space_and_digits_make_no_difference(text):
    sure = shipped().probabilities(text)
    assert ((sure >= 0) & (sure <= 1)).all()
    assert normal(f"\t{text}\n 12") == normal(f" {text}  98")


def test_a_word_is_the_same_piece_wherever_it_stands():
    one, other = (set(features(text)[0].tolist()) for text in ("zyxw", "abc zyxw"))
    alone = set(features("qqq")[0].tolist())
    assert len(one & other) >= len(one) - 2
    assert len(one & alone) < len(one)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My patient has stage 3 kidney disease, can you draft a note to his GP?", "phi"),
        ("Write a performance improvement plan for Sarah who keeps missing deadlines", "hr"),
        ("Our Q2 revenue fell 12% to $4.1M, draft the board memo", "financial"),
        ("customer John Smith wants a refund for order 12345", "customer"),
        ("The plaintiff claims breach of contract and we must answer by Friday", "legal"),
        ("SELECT id, total FROM orders WHERE status = 'open';", "source_code"),
        ("ringkas hasil lab pasien ini: gula darah 300", "phi"),
    ],
)
def test_a_prompt_nobody_trained_on_is_told_with_its_level(text, name):
    told = {one.name for one in shipped().classes(text)}
    assert {name, LEVELS[name]} <= told


@pytest.mark.parametrize(
    "text",
    ["what is the capital of france", "Write a poem about a doctor", "Explain what a contract is", "help me plan my wedding", "ok", ""],
)  # fmt: skip
def test_what_is_no_class_is_told_nothing(text):
    assert shipped().classes(text) == []


def test_no_family_is_on_both_sides_and_every_language_has_all_classes_on_each():
    sides = {(prompt.family, held(prompt)) for prompt in prompts(2)}
    assert len(sides) == len(families())
    taught = {(prompt.language, prompt.label) for prompt in prompts(1) if not held(prompt)}
    assert {(language, name) for language in LANGUAGES for name in (*CLASSES, "none")} <= taught
    assert not {prompt.text for prompt in worded(1)} & {prompt.text for prompt in prompts(1) if held(prompt)}


def test_the_surer_word_on_a_class_is_kept():
    read = Reader().read("Patient Mei Tan, NRIC S1234567D, was admitted with pneumonia and is on antibiotics.")
    told = {one.name: one for one in read.classes}
    assert {"phi", "pii", "regulated"} <= told.keys()
    assert told["regulated"].confidence == max(told["phi"].confidence, told["pii"].confidence)
