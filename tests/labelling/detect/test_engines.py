"""One behaviour, three engines: the same hits for whatever text."""

# ruff: noqa: E501, RUF001 - texts are samples of what people write

import functools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.classifier.corpora.text_identifiers import corpus
from services.labelling.detect.detector import Detector
from services.labelling.detect.engines import engine, loose
from services.labelling.detect.shapes import SHAPES

NAMES = ["re2", "hyperscan", "plain"]
SEEDS = [
    "card 4539148803436467", "4539-1488-0343-6467", "IBAN GB29 NWBK 6016 1331 9268 19", "NIK 3174051203900001", "password: ", "pwd=",
    "a.b@corp.co.th", "+65 9123 4567", "://u:p@db/x", "sk-ant-", "eyJ", "AKIA", "S1234567D", "123-45-6788", "\n", " ", "\x0b",
    "kind: Secret\ndata:\n  a: b", "-----BEGIN PRIVATE KEY-----", "secret_key=", "Bearer ", "密码：", "contraseña: ", "\u200b", "４", "é", "\x00",
]  # fmt: skip
TEXTS = st.lists(
    st.sampled_from(SEEDS) | st.text(max_size=12) | st.from_regex(r"[0-9 .\-]{1,24}", fullmatch=True), max_size=14
)


@functools.cache
def detector(name):
    return Detector(name)


@given(TEXTS)
@settings(max_examples=80, deadline=None)
def test_all_engines_find_the_same_in_any_text(parts):
    text = "".join(parts)
    found = {name: detector(name).find(text) for name in NAMES}
    assert found["re2"] == found["plain"] == found["hyperscan"]


def test_all_engines_find_the_same_in_the_corpus():
    for written in corpus(60, seed=11):
        assert detector("re2").find(written.text) == detector("plain").find(written.text)
        assert detector("re2").find(written.text) == detector("hyperscan").find(written.text)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_literals_and_the_loose_form_leave_no_match_out(shape):
    pattern, gate = re.compile(shape.expression), re.compile(loose(shape.opening or shape.expression))
    for written in corpus(40, seed=3):
        data = written.text.encode()
        if pattern.search(data) is None:
            continue
        assert gate.search(data) is not None
        lower = data.lower() if shape.expression.startswith(b"(?i)") else data
        assert not shape.needs or any(literal in lower for literal in shape.needs)


def test_an_unknown_engine_is_refused():
    with pytest.raises(ValueError, match="no engine"):
        engine(SHAPES, "perl")
