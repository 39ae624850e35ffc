# ruff: noqa: RUF001 - letters that look alike are what this file is about
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.labelling.hosts import fault, is_plain, last_two, normalise, suffixes, why_unnamed

LONG = "a" * 300


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
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("faß.example", "xn--fa-hia.example"),  # IDNA 2003 made fass.example of it
        ("ｃｈａｔ.example", "chat.example"),
        ("chatgpt。com", "chatgpt.com"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("☃.example", "☃.example"),  # IDNA 2008 has no symbols
        ("[2001:DB8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("203.0.113.7:3128", "203.0.113.7"),
        ("", ""),
        (".", ""),
    ],
)
def test_a_host_is_compared_in_one_form(written, compared):
    assert normalise(written) == compared


@given(st.one_of(st.text(max_size=300), st.text(alphabet="ab.:@[] \t\n0x1-_。ßİ\u200d\ud800", max_size=12)))
@example("[À")
@example("a.:1.")
@example("[[::1]")
@settings(deadline=None)  # the first name in another script reads the tables of IDNA
def test_no_text_breaks_it_and_it_is_stable(text):
    once = normalise(text)
    assert normalise(once) == once
    assert list(suffixes(once))[:1] == ([once] if once else [])
    assert why_unnamed(once)
    assert not (is_plain(once) and len(once) <= 253 and fault(once))


def test_suffixes_are_whole_labels_longest_first():
    assert list(suffixes("a.b.example")) == ["a.b.example", "b.example", "example"]
    assert [last_two(name) for name in ("a.b.example", "b.example", "example")] == ["b.example", "b.example", "example"]


@pytest.mark.parametrize(
    "address", ["203.0.113.7", "2001:db8::1", "3405803783", "0xcb007107", "0xcb.0.0x7107", "1.2.0x"]
)
def test_an_address_in_any_spelling_has_no_parents_and_is_left_alone(address):
    assert normalise(address) == address
    assert list(suffixes(address)) == [address]
    assert "address" in why_unnamed(address)


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("", "no host is given"),
        (LONG, "a label of 300 characters, at most 63"),
        (f"{LONG}.chatgpt.com", "a label of 300 characters, at most 63"),
        (".".join(["a" * 60] * 5), "304 characters, at most 253"),
        ("a..example", "a label is empty"),
        (".example", "a label is empty"),
        ("a b.example", "character U+0020"),
        ("☃.example", "character U+2603"),
    ],
)
def test_what_is_no_name_is_said(host, why):
    assert why in (fault(host) or "")


@pytest.mark.parametrize(
    "host", ["intranet", "_dmarc.example.com", "*.example.com", "a" * 63 + ".example", "x-.example"]
)
def test_names_met_in_practice_are_names(host):
    assert fault(host) is None
