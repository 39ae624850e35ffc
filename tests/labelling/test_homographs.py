# ruff: noqa: RUF001, RUF003 - letters that look alike are what this file is about
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.observation import Kind, Observation
from schemas.usage import LabelOverride, Verdict
from schemas.vendor import Host, Product, Vendor, read
from services.labelling.homographs import imitated, mixed, skeleton, skeletons
from services.labelling.hosts import normalise
from services.labelling.index import build
from services.labelling.labeller import Labeller
from services.labelling.match import label
from tests.labelling.test_match import AT

CHAT = Vendor(
    id="chat", name="Chat", hosts=(Host(host="chatvendor.com", role="company", evidence="known"),),
    products=(
        Product(id="chat.c", name="Clover", kind="assistant", hosts=(Host(host="clover1.com", evidence="known"),)),
        Product(id="chat.m", name="Modern", kind="assistant", hosts=(Host(host="app.modern.com", evidence="known"),)),
    ),
)  # fmt: skip
INDEX = build([CHAT, read(Path(__file__).parent / "vendors/acme.toml")])


def answer(host, overrides=None):
    return label(Observation(source="squid", kind=Kind.WEB, at=AT, host=host, path="/"), INDEX, overrides or {})


@pytest.mark.parametrize(
    ("host", "original"),
    [
        ("сlover1.com", "clover1.com"),  # Cyrillic с
        ("WWW.Сlover1.com:443", "clover1.com"),
        ("clοver1.com", "clover1.com"),  # Greek ο
        ("clöver1.com", "clover1.com"),
        ("xn--clver1-xqf.com", "clover1.com"),
        ("cloverl.com", None),  # nothing odd is written in it
        ("c1over1.com", "clover1.com"),
        ("cl0ver1.com", "clover1.com"),
        ("сһатvеndоr.com", "chatvendor.com"),  # Cyrillic but for v, n, d, r
        ("app.rnodem.com", "app.modern.com"),
    ],
)
def test_what_reads_like_a_product_is_for_review_and_never_that_product(host, original):
    found = answer(host)
    if original is None:
        assert found.verdict is Verdict.NONE
        return
    assert (found.verdict, found.tool) == (Verdict.REVIEW, None)
    assert "suspicious" in found.basis[0]
    assert f"reads like {original}" in found.basis[0]
    assert Labeller(INDEX).of_host(host) == found


@pytest.mark.parametrize("host", ["clover1.com", "www.clover1.com", "app.modern.com"])
def test_the_product_itself_is_no_imitation(host):
    assert answer(host).verdict is Verdict.AI


def test_the_vendors_own_names_below_its_domain_are_no_imitation():
    assert answer("сhat.acme-ai.example").verdict is Verdict.RELATED


def test_an_analyst_decides_on_it_by_its_own_key():
    key = answer("сlover1.com").key
    done = LabelOverride(key=key, verdict=Verdict.NONE, author="a", reason="ours", at=AT)
    assert answer("www.сlover1.com", {key: done}).verdict is Verdict.NONE


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("раypal.example", "Cyrillic, Latin"),
        ("日本shop.example", None),
        ("münchen.example", None),
        ("плюс.example", None),
    ],
)
def test_a_label_of_several_scripts_is_told_of_though_it_is_nothing(host, told):
    found = answer(host)
    assert found.verdict is Verdict.NONE
    assert (told in found.basis[0]) if told else found.basis == ("nothing in the catalog names it",)


def test_a_short_name_with_a_digit_is_a_name():
    known = skeletons(["poe.com"])
    assert imitated("p0e.com", known) is None
    assert imitated(normalise("рое.com"), known) == (normalise("рое.com"), "poe.com")


@given(st.text(max_size=60))
@settings(deadline=None)
def test_no_name_breaks_it(text):
    host = normalise(text)
    assert skeleton(host) == skeleton(host)
    imitated(host, INDEX.skeletons)
    mixed(host)


@given(st.text(alphabet="xn-abo01.9é", max_size=30))
@settings(deadline=None)
def test_what_is_quickly_told_to_be_elsewhere_is_nothing(text):
    assert Labeller(INDEX).of_host(text) in (
        label(Observation(source="", kind=Kind.WEB, at=AT, host=text), INDEX),
        True,
    )
