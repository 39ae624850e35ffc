"""A grain is its text."""

import pytest

from services.inventory.domain.grain import Grain, parse


@pytest.mark.parametrize(
    "text", ["tool:example.chat|Sales", "tool:host:a.example|unknown", "solution:f:1|2", "source:hq"]
)
def test_a_grain_is_its_text(text):
    assert str(parse(text)) == text


def test_a_tool_has_a_unit_and_others_have_none():
    assert parse("tool:example.chat|Sales") == Grain("tool", "example.chat", "Sales")
    assert parse("source:hq") == Grain("source", "hq", None)


@pytest.mark.parametrize("text", ["", "tool", "tool:x", "tool:|Sales", "person:x", "solution:", "source:"])
def test_what_is_no_grain_is_refused(text):
    with pytest.raises(ValueError, match="grain"):
        parse(text)
