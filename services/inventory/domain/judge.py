"""Judge: a grain's standing and the alert that is open on it say what is to be done. Pure; one open alert a grain."""

from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.alert import Alert, AlertState, Standing
from services.inventory.domain.policy import DEFAULT, Policy


class Choice(StrEnum):
    """What somebody may decide about an alert."""

    REGISTER = "register"
    APPROVE = "approve"
    TOLERATE_UNTIL = "tolerate_until"
    PROHIBIT = "prohibit"
    FALSE_POSITIVE = "false_positive"
    SNOOZE = "snooze"
    ASSIGN = "assign"


ENDING = frozenset({Choice.TOLERATE_UNTIL, Choice.SNOOZE})
"""Decisions that need an end."""
CLOSING = frozenset({Choice.FALSE_POSITIVE})
"""Decisions that close by themselves, whatever the standing, until later evidence."""


ANY_KIND = (Choice.FALSE_POSITIVE, Choice.SNOOZE, Choice.ASSIGN)
"""What may be decided whatever an alert is about; the rest declares something in the registry."""


class Act(StrEnum):
    """What the judge does to a grain's alert. All but `refresh` and `nothing` are told to the world."""

    OPEN = "open"
    UPDATE = "update"
    REFRESH = "refresh"
    CLOSE = "close"
    NOTHING = "nothing"


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """The alert that is not closed: its state, what it shows, and the end of its snooze."""

    state: AlertState
    shown: Alert
    snoozed_until: datetime | None = None


def judge(
    *, found: Alert | None, last_seen: datetime | None, now: datetime, alert: Open | None,
    dismissed_at: datetime | None, policy: Policy = DEFAULT,
) -> tuple[Act, AlertState]:  # fmt: skip
    """What to do, and the state the alert then has.

    `found` is the alert as the evidence would have it, None where there is nothing to tell. `dismissed_at` is the
    effective time of the last decision that closes by itself: only evidence whose event time follows it opens again.
    What only counts further is kept and not told, so that a busy tool is no stream of messages.
    """
    standing = found.standing if found is not None else None
    dismissed = dismissed_at is not None and (last_seen is None or last_seen <= dismissed_at)
    wanted = standing in policy.alerting and not dismissed
    if alert is None:
        return (Act.OPEN, AlertState.OPEN) if wanted else (Act.NOTHING, AlertState.CLOSED)
    if found is None or not wanted:
        return Act.CLOSE, AlertState.CLOSED
    asleep = alert.state is AlertState.SNOOZED and alert.snoozed_until is not None and now < alert.snoozed_until
    state = AlertState.SNOOZED if asleep else AlertState.OPEN
    if state is not alert.state or _news(found) != _news(alert.shown):
        return Act.UPDATE, state
    return (Act.REFRESH if evidence(found) != evidence(alert.shown) else Act.NOTHING), state


def evidence(alert: Alert) -> Alert:
    """What an alert shows, without what changes by being written."""
    return msgspec.structs.replace(
        alert, state=AlertState.OPEN, revision=0, changed_at=alert.opened_at, decision=None, reason=None
    )


def _news(alert: Alert) -> tuple[object, ...]:
    """What is worth a message: all but counts and times; of people, that they doubled; a new source, a new class."""
    quiet = msgspec.structs.replace(
        evidence(alert), people=alert.people.bit_length(), events={}, bytes_out=0, first_seen=None, last_seen=None,
        classes=(),
    )  # fmt: skip
    return quiet, frozenset(alert.events), frozenset(each.name for each in alert.classes)


def severity(standing: Standing, classes: frozenset[str], people: int, policy: Policy = DEFAULT) -> str:
    """critical, high, medium or low: what is prohibited or carries regulated data first, then by how many people."""
    sensitive = bool(classes & {"regulated", "pii", "phi", "pci", "credentials"})
    if standing is Standing.PROHIBITED:
        return "critical" if sensitive else "high"
    if sensitive or "confidential" in classes:
        return "high"
    if standing in {Standing.UNREGISTERED, Standing.OUT_OF_SCOPE}:
        return "medium"
    return "medium" if people >= policy.many_people else "low"


def choices(state: AlertState, standing: Standing, kind: str = "tool") -> tuple[Choice, ...]:
    """What may be decided now: nothing about a closed alert; no source is registered, and no name it uses."""
    if state is AlertState.CLOSED:
        return ()
    if standing is Standing.PROHIBITED or kind in {"source", "capability"}:
        return ANY_KIND
    return tuple(Choice)
