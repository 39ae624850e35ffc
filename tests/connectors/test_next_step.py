"""Every state of a source asks for something else, and says what."""

import pytest

from connectors.base import discover
from connectors.next_step import needs, next_step
from connectors.settings import place_faults
from services.kit.control.rows import HEALTHY, STATES

OKTA, SQUID = discover()["okta"], discover()["squid"]


def test_each_state_has_its_own_meaning_and_steps() -> None:
    told = {state: next_step(state, OKTA, instance="okta") for state in STATES}
    assert all(step.meaning for step in told.values())
    assert len({step.meaning for step in told.values()}) == len(STATES)
    assert [state for state, step in told.items() if not step.steps] == [HEALTHY]


def test_what_to_grant_comes_from_the_declaration() -> None:
    steps = " ".join(next_step("no_permission", OKTA, instance="okta").steps)
    assert all(permission in steps for permission in OKTA.permissions)
    assert OKTA.plan in " ".join(next_step("not_licensed", OKTA, instance="okta").steps)
    assert any("okta.logs.read" in need for need in needs(OKTA))


@pytest.mark.parametrize("state", ["silent", "empty", "never_run"])
def test_a_folder_and_a_push_have_steps_of_their_own(state: str) -> None:
    watched = next_step(state, SQUID, instance="hq", watched="/var/log/squid")
    pushed = next_step(state, SQUID, instance="hq")
    assert watched.meaning == pushed.meaning
    assert state == "never_run" or any("/var/log/squid" in step for step in watched.steps)
    assert state != "never_run" or any("/v1/push/hq" in step for step in pushed.steps)


def test_a_connector_that_is_gone_is_said() -> None:
    assert "not installed" in next_step("failing", None, instance="x").meaning


def test_what_is_only_imported_says_where_whatever_its_state() -> None:
    registry = discover()["registry_csv"]
    for state in ("empty", "healthy", "never_run"):
        step = next_step(state, registry, instance="register", watched="/srv/registry")
        assert "penumbra registry import" in step.steps[0]
    (fault,) = place_faults(registry, folder="/srv/registry", every=None)
    assert "penumbra registry import" in fault.message
