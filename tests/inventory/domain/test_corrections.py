from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.usage import Verdict
from services.inventory.domain.corrections import (
    SAYABLE,
    Correcting,
    Correction,
    Unfit,
    checked,
    in_force,
    override,
    stored,
)
from services.labelling.products import Tool

AT = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
TOOLS = {
    "example.aria": Tool("example.aria", "Aria", "Aria Ltd", "assistant"),
    "example.notes-ai": Tool("example.notes-ai", "Notes AI", "Notes Ltd", "embedded feature", embedded=True),
}
KEYS = ("host:a.example", "host:b.example", "app:aria")


def made(number: int, key: str = KEYS[0], verdict: Verdict = Verdict.NONE, *, undone: bool = False) -> Correction:
    return Correction(
        number=number, key=key, verdict=verdict, author="ines.example", reason="looked at it", at=AT,
        undone_at=AT + timedelta(minutes=number) if undone else None, undone_by="uma.example" if undone else None,
    )  # fmt: skip


@st.composite
def told(draw: st.DrawFn) -> tuple[list[Correction], list[Correction]]:
    """A history, and the same told in any order, parts of it more than once, some before they were taken back."""
    whole = [
        made(n, draw(st.sampled_from(KEYS)), draw(st.sampled_from(SAYABLE)), undone=draw(st.booleans()))
        for n in range(draw(st.integers(0, 12)))
    ]
    again = draw(st.lists(st.sampled_from(whole), max_size=20)) if whole else []
    early = [
        Correction(number=c.number, key=c.key, verdict=c.verdict, author=c.author, reason=c.reason, at=c.at)
        for c in (draw(st.lists(st.sampled_from(whole), max_size=10)) if whole else [])
    ]
    return whole, draw(st.permutations([*whole, *again, *early]))


@given(told())
def test_any_order_and_any_repetition_come_to_the_same(history):
    whole, mixed = history
    once, again = in_force(whole), in_force(mixed)
    assert {key: (c.number, c.verdict) for key, c in once.items()} == {
        key: (c.number, c.verdict) for key, c in again.items()
    }


@given(told())
def test_what_holds_is_the_last_that_nobody_took_back(history):
    whole, _ = history
    standing = [each for each in whole if each.undone_at is None]
    held = in_force(whole)
    assert held.keys() == {each.key for each in standing}
    assert all(held[each.key].number >= each.number for each in standing)


def test_taking_the_last_back_lets_the_one_before_hold():
    first, second = made(1, verdict=Verdict.RELATED), made(2, verdict=Verdict.NONE)
    assert in_force([first, second]) == {KEYS[0]: second}
    assert in_force([first, made(2, undone=True)]) == {KEYS[0]: first}
    assert in_force([made(1, undone=True), made(2, undone=True)]) == {}


def test_classifiers_are_told_who_said_it_and_why():
    told_ = override(made(1, verdict=Verdict.RELATED))
    assert (told_.key, told_.verdict, told_.author, told_.reason) == (
        KEYS[0],
        "related",
        "ines.example",
        "looked at it",
    )


@pytest.mark.parametrize(
    ("key", "kept"),
    [
        ("host:Chat.Example.COM:443", "host:chat.example.com"), (" host:a.example ", "host:a.example"),
        ("host:A.example/v1/Chat", "host:a.example/v1/Chat"), ("client:ABC-1", "client:abc-1"),
        ("app:Notes   AI", "app:notes ai"), ("event:m365/CreateFlow", "event:m365/createflow"),
    ],
)  # fmt: skip
def test_keys_are_stored_as_the_classifier_writes_them(key, kept):
    assert stored(key) == kept == stored(kept)


@pytest.mark.parametrize("key", ["", "chat.example.com", "host:", "url:x", "host:" + "a" * 600, "app:a\0b"])
def test_what_is_no_key_is_refused(key):
    with pytest.raises(Unfit):
        stored(key)


def test_every_fault_is_told_at_once():
    said = Correcting(keys=("nothing",), verdict=Verdict.REVIEW, tool="example.unheard")
    with pytest.raises(Unfit) as told_:
        checked(said, TOOLS)
    assert [fault.partition(":")[0] for fault in told_.value.faults] == ["key", "verdict", "tool"]
    with pytest.raises(Unfit):
        checked(Correcting(keys=("host:a.example",), verdict=Verdict.NONE, tool="example.aria"), TOOLS)


def test_a_feature_of_a_wider_product_is_embedded_by_itself():
    said = Correcting(keys=("host:a.example", "host:A.example"), verdict=Verdict.AI, tool="example.notes-ai")
    assert checked(said, TOOLS) == Correcting(
        keys=("host:a.example",), verdict=Verdict.EMBEDDED, tool="example.notes-ai"
    )
    unnamed = Correcting(keys=("host:a.example",), verdict=Verdict.AI)
    assert checked(unnamed, TOOLS) == unnamed
