"""Which endpoint is told of what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import AlertState, Standing
from services.inventory.delivery.wanted import Wanted, told
from services.inventory.formats import event
from tests.inventory.formats.alerts import CLAUDE, changed


def numbers(wish, *alerts, followed=None):
    events = [event(alert) for alert in alerts]
    return [events.index(each) + 1 for _, each in told({"wh": wish}, events, set() if followed is None else followed)]


@pytest.mark.parametrize(
    ("wish", "covered"),
    [
        (Wanted(), True),
        (Wanted(severities=("high", "critical")), True),
        (Wanted(severities=("low",)), False),
        (Wanted(standings=("unregistered",)), True),
        (Wanted(standings=("prohibited",)), False),
        (Wanted(units=("Finance", "Sales")), True),
        (Wanted(units=("Sales",)), False),
        (Wanted(tools=("anthropic.claude",)), True),
        (Wanted(tools=("openai.chatgpt",)), False),
        (Wanted(severities=("high",), units=("Sales",)), False),
    ],
)
def test_filters_hold_together(wish, covered):
    assert wish.covers(event(CLAUDE)) is covered


def test_an_alert_that_was_told_is_followed_to_its_end():
    milder = changed(CLAUDE, revision=2, severity="low")
    ended = changed(CLAUDE, revision=3, severity="low", state=AlertState.CLOSED)
    assert numbers(Wanted(severities=("high",)), CLAUDE, milder, ended) == [1, 2, 3]
    assert numbers(Wanted(severities=("high",)), milder, ended) == []
    assert numbers(Wanted(severities=("low",)), CLAUDE, milder, ended) == [2, 3]


def test_what_was_followed_before_goes_on():
    milder = changed(CLAUDE, revision=2, severity="low")
    assert numbers(Wanted(severities=("high",)), milder, followed={("wh", CLAUDE.id)}) == [1]


def test_types_are_kept_to_even_for_what_is_followed():
    ended = changed(CLAUDE, revision=2, state=AlertState.CLOSED)
    assert numbers(Wanted(types=("alert.closed",), severities=("high",)), CLAUDE, ended) == [2]


@given(st.lists(st.sampled_from(["low", "high"]), max_size=8))
def test_once_told_nothing_later_is_left_out(severities):
    alerts = [changed(CLAUDE, revision=number, severity=name) for number, name in enumerate(severities, 1)]
    found = numbers(Wanted(severities=("high",)), *alerts)
    first = severities.index("high") + 1 if "high" in severities else len(severities) + 1
    assert found == list(range(first, len(severities) + 1))


def test_every_fault_is_named():
    wish = Wanted(
        format="xml", types=("alert.exploded",), severities=("grave",), standings=("odd",), units=("",),
        tools=("x" * 201,),
    )  # fmt: skip
    assert [fault.partition(" ")[0].rstrip(":") for fault in wish.faults()] == [
        "format", "type", "severity", "standing", "unit", "tool",
    ]  # fmt: skip
    assert Wanted(standings=tuple(each.value for each in Standing)).faults() == []
