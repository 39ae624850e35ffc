import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.labelling.hosts import normalise, suffixes


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("ChatGPT.com", "chatgpt.com"),
        ("chatgpt.com.", "chatgpt.com"),
        ("chatgpt.com:443", "chatgpt.com"),
        (" chatgpt.com.:8443 ", "chatgpt.com"),
        ("user:secret@chatgpt.com:443", "chatgpt.com"),
        ("chatgpt.com@evil.example", "evil.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("chatgpt。com", "chatgpt.com"),
        ("[2001:DB8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("203.0.113.7:3128", "203.0.113.7"),
        ("", ""),
        (".", ""),
    ],
)
def test_a_host_is_compared_in_one_form(written, compared):
    assert normalise(written) == compared


@given(st.text(max_size=300))
def test_no_text_breaks_it_and_it_is_stable(text):
    once = normalise(text)
    assert list(suffixes(once))[:1] == ([once] if once else [])


def test_suffixes_are_whole_labels_longest_first():
    assert list(suffixes("a.b.example")) == ["a.b.example", "b.example", "example"]


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::1"])
def test_an_address_has_no_parents(address):
    assert list(suffixes(address)) == [address]
