"""Who a token is, is remembered for seconds: asked seldom, and never longer than is promised."""

import pytest

from services.ingest import senders
from services.kit import access
from services.kit.access import Caller


class Tokens(access.Tokens):
    """Whose each token is at present, without a database, and how often that was asked for."""

    def __init__(self) -> None:
        self.answers: dict[str, Caller] = {}
        self.asked = 0

    async def caller(self, token: str) -> Caller | None:
        self.asked += 1
        return self.answers.get(token)


def caller(name: str) -> Caller:
    return Caller(name, "token", frozenset({"push:write"}), name)


async def test_a_token_in_use_is_asked_for_once_and_each_tells_its_own_caller() -> None:
    tokens = Tokens()
    tokens.answers = {"a": caller("ann"), "b": caller("bob")}
    found = [await senders.known(tokens, token) for token in "abab"]
    assert [each and each.name for each in found] == ["ann", "bob", "ann", "bob"]
    assert tokens.asked == 2


async def test_a_revoked_token_is_refused_once_its_seconds_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens()
    tokens.answers = {"a": caller("ann")}
    monkeypatch.setattr(senders, "KNOWN_SECONDS", 0.0)
    assert await senders.known(tokens, "a") is not None
    tokens.answers = {}
    assert await senders.known(tokens, "a") is None


async def test_an_unknown_token_is_asked_for_each_time_so_that_a_new_one_takes_at_once() -> None:
    tokens = Tokens()
    assert await senders.known(tokens, "a") is None
    tokens.answers = {"a": caller("ann")}
    assert await senders.known(tokens, "a") is not None


async def test_one_application_s_tokens_are_not_another_s() -> None:
    one, other = Tokens(), Tokens()
    one.answers = {"a": caller("ann")}
    assert await senders.known(one, "a") is not None
    assert await senders.known(other, "a") is None


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens()
    monkeypatch.setattr(senders, "MOST_KNOWN", 3)
    for number in range(50):
        tokens.answers = {str(number): caller("ann")}
        assert await senders.known(tokens, str(number)) is not None
        assert len(senders._known[tokens]) <= 3
