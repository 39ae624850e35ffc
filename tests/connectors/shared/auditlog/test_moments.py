"""Times as audit logs write them, and people as they name them."""

from datetime import UTC, datetime

import pytest

from connectors.base import Rejected
from connectors.shared.auditlog import maybe, moment, person
from schemas.observation import Actor

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        1793707200, 1793707200000, "1793707200", "1793707200000", "2026-11-03T12:00:00Z",
        "2026-11-03 12:00:00.000000000", "2026-11-03T13:00:00.000+0100", "2026-11-03 12:00:00Z", 1793707200.0,
    ],
)  # fmt: skip
def test_one_moment_in_every_spelling(written):
    assert maybe(written) == NOON


@pytest.mark.parametrize("written", [None, True, "", "soon", [], {}, 1e300, float("inf"), float("nan"), "9" * 40])
def test_no_moment(written):
    assert maybe(written) is None


def test_a_field_that_is_no_time_is_named():
    with pytest.raises(Rejected, match=r"^created is not a time$"):
        moment("violet-heron-canary", "created")


def test_people():
    assert person(email="Ana@Example.com", ip="192.0.2.1") == Actor(email="ana@example.com", ip="192.0.2.1")
    assert person(account="Ana@Example.com") == Actor(email="ana@example.com")
    assert person(email="ana") == Actor(id="ana")
    assert person(account="System") is None
    assert person(email=7, account=[]) is None
