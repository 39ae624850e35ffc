from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inventory.delivery.schedule import DELAYS, FAILING_FOR, JITTER, Outcome, after

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)


def outcome(status, retry_after=None):
    return Outcome(status, None if status else "no connection", 12, retry_after)


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_only_the_2xx_are_success(status):
    assert after(outcome(status), 3, NOW, 0.5, None).state == "delivered"


@pytest.mark.parametrize("status", [None, 199, 301, 302, 400, 401, 404, 429, 500, 503])
def test_all_else_is_tried_again_a_redirect_too(status):
    step = after(outcome(status), 1, NOW, 0.5, None)
    assert (step.state, step.next_at, step.disable) == ("waiting", NOW + timedelta(seconds=5), None)


def test_the_suggested_delays_add_up_and_then_it_is_given_up():
    assert sum(DELAYS, timedelta(0)) == timedelta(hours=75, minutes=35, seconds=5)
    assert after(outcome(500), len(DELAYS) - 1, NOW, 0.5, None).next_at == NOW + timedelta(hours=24)
    given_up = after(outcome(500), len(DELAYS), NOW, 0.5, None)
    assert (given_up.state, given_up.disable) == ("dead", None)
    assert "500" in given_up.reason


def test_gone_switches_the_endpoint_off_at_once():
    step = after(outcome(410), 1, NOW, 0.5, None)
    assert step.state == "dead"
    assert "410" in step.disable


def test_120_hours_without_success_switch_it_off():
    almost = after(outcome(500), 2, NOW, 0.5, NOW - FAILING_FOR + timedelta(seconds=1))
    assert (almost.state, almost.disable) == ("waiting", None)
    assert after(outcome(500), 2, NOW, 0.5, NOW - FAILING_FOR).disable is not None
    assert after(outcome(200), 2, NOW, 0.5, NOW - FAILING_FOR).disable is None


def test_a_receiver_may_ask_for_longer_but_not_for_shorter_and_not_for_ever():
    assert after(outcome(429, 600), 1, NOW, 0.5, None).next_at == NOW + timedelta(minutes=10)
    assert after(outcome(503, 1), 3, NOW, 0.5, None).next_at == NOW + timedelta(minutes=30)
    assert after(outcome(503, 10**9), 1, NOW, 0.5, None).next_at == NOW + timedelta(hours=24)


@given(st.integers(1, len(DELAYS) - 1), st.floats(0, 1))
def test_jitter_stays_near_the_schedule(attempts, spread):
    wait = after(outcome(None), attempts, NOW, spread, None).next_at - NOW
    rounding = timedelta(microseconds=1)
    assert DELAYS[attempts] * (1 - JITTER) - rounding <= wait <= DELAYS[attempts] * (1 + JITTER) + rounding


def test_a_redirect_is_said_to_be_one():
    assert "none is followed" in Outcome(307, None, 1).said
    assert (Outcome(503, None, 1).said, Outcome(None, "refused", 1).said) == ("answered 503", "refused")
    assert "none is followed" in (after(Outcome(302, None, 1), 1, NOW, 0.5, None).reason or "")
