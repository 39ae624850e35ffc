import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.access import reference


def test_a_token_carries_its_id_and_at_least_128_random_bits():
    token_id, token = reference.make_token()
    assert token.startswith(f"pnb_{token_id}_")
    assert reference.token_id(token) == token_id
    assert len(reference.ALPHABET) ** reference.SECRET_LENGTH > 2**128
    assert token != reference.make_token()[1]


@given(st.integers(0, 50), st.sampled_from(string.ascii_letters + string.digits))
def test_one_wrong_letter_is_noticed_without_asking_the_database(place, letter):
    _, token = reference.make_token()
    place = 4 + place % (len(token) - 4)
    altered = token[:place] + letter + token[place + 1 :]
    assert altered == token or reference.token_id(altered) is None


@given(st.text(max_size=80))
def test_anything_else_is_no_token(text):
    assert reference.token_id(text) is None


@pytest.mark.parametrize("text", ["", "pnb_", "pnb__", "Bearer", "pnb_abc_def", "pnb_" + "é" * 8 + "_" + "0" * 38])
def test_near_misses_are_no_tokens(text):
    assert reference.token_id(text) is None
