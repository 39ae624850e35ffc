"""What was made of a value is kept, in bounded memory."""

import pytest

from connectors.records import Kept


def test_a_value_is_made_once_and_all_are_let_go_when_too_many():
    asked = []
    kept = Kept(lambda key: asked.append(key) or len(asked), 2)
    assert [kept["a"], kept["a"], kept["b"], kept["a"]] == [1, 1, 2, 1]
    assert kept["c"] == 3
    assert len(kept) == 1
    assert kept["a"] == 4


def test_what_can_not_be_made_is_asked_for_again():
    kept = Kept(int, 2)
    for _ in range(2):
        with pytest.raises(ValueError, match="invalid literal"):
            kept["no number"]
    assert not kept
