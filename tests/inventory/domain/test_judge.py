"""What is done about an alert: opened, told, kept, closed, and left alone."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from schemas.alert import Alert, AlertState, Standing
from schemas.observation import ClassLabel
from services.inventory.domain.judge import Act, Choice, Open, choices, judge, severity

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
SHOWN = Alert(
    id="a", grain="tool:x|Sales", kind="tool", state=AlertState.OPEN, standing=Standing.UNREGISTERED, severity="medium",
    title="t", opened_at=NOW, changed_at=NOW, revision=1, people=5, events={"squid": 10}, last_seen=NOW,
)  # fmt: skip


def changed(**told: object) -> Alert:
    return msgspec.structs.replace(SHOWN, **told)


def act(found: Alert | None, state: AlertState | None = None, **more: object) -> tuple[Act, AlertState]:
    alert = None if state is None else Open(state=state, shown=SHOWN, snoozed_until=more.pop("until", None))
    given = {"found": found, "last_seen": NOW, "now": NOW, "alert": alert, "dismissed_at": None, **more}
    return judge(**given)


def test_an_alerting_standing_opens_and_another_does_not():
    assert act(SHOWN) == (Act.OPEN, AlertState.OPEN)
    for standing in (Standing.REGISTERED, Standing.TOLERATED, Standing.UNDER_REVIEW, Standing.DORMANT):
        assert act(changed(standing=standing))[0] is Act.NOTHING
        assert act(changed(standing=standing), AlertState.OPEN) == (Act.CLOSE, AlertState.CLOSED)
    assert act(None)[0] is Act.NOTHING
    assert act(None, AlertState.SNOOZED, until=NOW + timedelta(days=1))[0] is Act.CLOSE


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, Act.NOTHING), ({"revision": 9, "changed_at": NOW + timedelta(1), "decision": "assign"}, Act.NOTHING),
        ({"events": {"squid": 99}}, Act.REFRESH), ({"people": 7, "last_seen": NOW + timedelta(1)}, Act.REFRESH),
        ({"bytes_out": 5, "first_seen": NOW}, Act.REFRESH), ({"people": 8}, Act.UPDATE),
        ({"events": {"squid": 10, "okta": 1}}, Act.UPDATE), ({"severity": "high"}, Act.UPDATE),
        ({"standing": Standing.EXPIRED}, Act.UPDATE), ({"classes": (ClassLabel("pii", 1.0, "x"),)}, Act.UPDATE),
    ],
)  # fmt: skip
def test_news_is_told_and_counting_on_is_kept(told, expected):
    assert act(changed(**told), AlertState.OPEN) == (expected, AlertState.OPEN)


def test_surer_evidence_of_a_known_class_is_no_news():
    before = changed(classes=(ClassLabel("pii", 0.7, "rule"),))
    after = changed(classes=(ClassLabel("pii", 0.9, "label"),))
    alert = Open(state=AlertState.OPEN, shown=before)
    assert act(after, alert=alert)[0] is Act.REFRESH


def test_a_snooze_holds_to_its_end_and_then_opens_again():
    end = NOW + timedelta(hours=1)
    assert act(SHOWN, AlertState.SNOOZED, until=end) == (Act.NOTHING, AlertState.SNOOZED)
    assert act(changed(people=90), AlertState.SNOOZED, until=end) == (Act.UPDATE, AlertState.SNOOZED)
    assert act(SHOWN, AlertState.SNOOZED, until=end, now=end) == (Act.UPDATE, AlertState.OPEN)


@pytest.mark.parametrize(("after", "expected"), [(-1, Act.NOTHING), (0, Act.NOTHING), (1, Act.OPEN)])
def test_only_evidence_after_a_dismissal_opens_again(after, expected):
    assert act(SHOWN, dismissed_at=NOW, last_seen=NOW + timedelta(seconds=after))[0] is expected


@pytest.mark.parametrize(
    ("standing", "classes", "people", "expected"),
    [
        (Standing.PROHIBITED, {"pii"}, 1, "critical"), (Standing.PROHIBITED, set(), 99, "high"),
        (Standing.OWNERLESS, {"confidential"}, 1, "high"), (Standing.UNREGISTERED, set(), 1, "medium"),
        (Standing.OWNERLESS, set(), 19, "low"), (Standing.OWNERLESS, set(), 20, "medium"),
    ],
)  # fmt: skip
def test_severity(standing, classes, people, expected):
    assert severity(standing, frozenset(classes), people) == expected


def test_choices_follow_what_it_is_about():
    assert choices(AlertState.CLOSED, Standing.UNREGISTERED) == ()
    assert set(choices(AlertState.OPEN, Standing.UNREGISTERED)) == set(Choice)
    assert Choice.APPROVE not in choices(AlertState.OPEN, Standing.PROHIBITED)
    assert choices(AlertState.OPEN, Standing.UNREGISTERED, "source") == (
        Choice.FALSE_POSITIVE, Choice.SNOOZE, Choice.ASSIGN,
    )  # fmt: skip
