"""Families of new names: what shares a beginning no older name has, and what betrays AI by itself."""

import pytest

from services.inventory.domain.policy import Policy
from services.inventory.domain.vocabulary import Family, families, split

OLD = ("user.login", "user.logout", "file_shared", "FileAccessed", "user.ai.off")


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("user.ai_ask", ("user", "ai", "ask")), ("CopilotInteraction", ("copilot", "interaction")),
        ("GPT4Asked", ("gpt4", "asked")), ("a::b//c", ("a", "b", "c")), ("...", ()), ("", ()),
    ],
)  # fmt: skip
def test_a_name_is_parted_into_words(name, parts):
    assert split(name) == parts


@pytest.mark.parametrize(
    ("new", "found"),
    [
        ((), []),
        (("canvas.made", "canvas.read"), [Family("canvas", ("canvas.made", "canvas.read"), ai=False)]),
        (("canvas.made",), []),
        (("user.canvas.made", "user.canvas.read"),
         [Family("user.canvas", ("user.canvas.made", "user.canvas.read"), ai=False)]),
        (("user.login.failed",), []),
        (("CopilotInteraction",), [Family("copilot", ("CopilotInteraction",), ai=True)]),
        (("user.gemini",), [Family("user.gemini", ("user.gemini",), ai=True)]),
        (("user.ai.on",), []),  # its new part is `on`: the AI in it is known
        (("user.ai.on", "user.ai.on.again"), [Family("user.ai.on", ("user.ai.on", "user.ai.on.again"), ai=False)]),
        (("...", "user.login"), []),
    ],
)  # fmt: skip
def test_families(new, found):
    assert families(new, OLD) == found


def test_the_policy_says_how_large_what_parts_and_what_betrays():
    policy = Policy(capability_family=3, capability_signs="~", ai_words=frozenset({"zeta"}))
    assert families(("a~1", "a~2"), (), policy) == []
    assert [each.stem for each in families(("a~1", "a~2", "a~3", "zeta"), (), policy)] == ["a", "zeta"]
    assert families(("a1", "a2"), (), Policy(capability_signs="")) == []
