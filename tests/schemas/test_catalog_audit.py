"""The draw of an audit can be repeated."""

import pytest

from schemas.catalog_audit import claims, draw
from schemas.vendor import load


@pytest.fixture(scope="module")
def found():
    return claims(load())


def test_the_same_seed_draws_the_same_hosts_of_use(found):
    first = draw(found, 200, 7)
    assert first == draw(list(found), 200, 7)
    assert first != draw(found, 200, 8)
    assert len({claim.host for claim in first}) == 200
    assert "help.openai.com" not in {claim.host for claim in found}
    assert {claim.product for claim in found if claim.host == "chatgpt.com"} == {"openai.chatgpt"}


def test_fewer_hosts_than_asked_are_all_checked(found):
    few = found[:3]
    assert draw(few, 200, 1) == few
