"""What is read out of a provider's claims, whatever it sends."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk

from services.kit.access import idtoken
from services.kit.access.idtoken import Refused

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda raw: raw.hex() + "..") | st.just("e30.e30.e30"))
def test_what_is_no_token_is_refused_and_nothing_else(text):
    with pytest.raises(Refused):
        idtoken.header(text)


@given(st.dictionaries(st.sampled_from(["groups", "realm", "sub", "email", "_claim_names", "name"]), JSON))
def test_groups_and_names_are_texts_whatever_is_sent(claims):
    with suppress(Refused):
        groups = idtoken.listed(claims, "groups")
        assert groups is None or all(isinstance(group, str) for group in groups)
    with suppress(Refused):
        assert idtoken.name(claims, "name").strip()


@pytest.mark.parametrize(
    ("claims", "path", "found"),
    [
        ({"groups": ["a", "b", "a"]}, "groups", ("a", "b")),
        ({"groups": "a"}, "groups", ("a",)),
        ({"groups": []}, "groups", ()),
        ({}, "groups", None),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", ("a",)),
        ({"https://example.com/groups": ["a"]}, "https://example.com/groups", ("a",)),
        ({"groups": {"a": 1}}, "groups", ()),
    ],
)
def test_groups_are_found_by_their_claim_or_inside_another(claims, path, found):
    assert idtoken.listed(claims, path) == found


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": " ines ", "email": "i@example.com", "sub": "1"}, "ines"),
        ({"email": "i@example.com", "sub": "1"}, "i@example.com"),
        ({"email": "i@example.com", "email_verified": False, "sub": "1"}, "1"),
        ({"preferred_username": "a\nb", "sub": "1"}, "1"),
        ({"preferred_username": "x" * 500, "sub": "1"}, "x" * 200),
    ],
)
def test_people_are_called_by_the_claim_that_was_chosen(claims, name):
    assert idtoken.name(claims, "preferred_username") == name


def test_a_key_fits_by_type_use_algorithm_and_id_and_is_never_guessed():
    rsa = [jwk.RSAKey.generate_key(2048, {"use": use, "alg": "RS256"}, auto_kid=True) for use in ("sig", "enc")]
    curve = jwk.ECKey.generate_key("P-256", {"kid": rsa[0].kid})
    assert idtoken.fitting([*rsa, curve], "RS256", rsa[0].kid) is rsa[0]
    assert idtoken.fitting([*rsa, curve], "RS256", None) is rsa[0]
    assert idtoken.fitting([*rsa, curve], "ES256", rsa[0].kid) is curve
    assert idtoken.fitting([*rsa, curve], "PS256", rsa[0].kid) is None
    assert idtoken.fitting([*rsa, curve], "RS256", rsa[1].kid) is None
    assert idtoken.fitting([rsa[0], rsa[0]], "RS256", None) is None
