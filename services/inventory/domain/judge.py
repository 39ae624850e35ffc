"""Judge: a grain's standing and the alert that is open on it say what is to be done. Pure; one open alert a grain."""

from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.alert import AlertState, Standing
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


class Act(StrEnum):
    """What the judge does to a grain's alert."""

    OPEN = "open"
    UPDATE = "update"
    CLOSE = "close"
    NOTHING = "nothing"


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """The alert that is not closed: its state, the standing and evidence it shows, and the end of its snooze."""

    state: AlertState
    shown: tuple[object, ...]
    snoozed_until: datetime | None = None


def judge(
    *, standing: Standing | None, evidence: tuple[object, ...], last_seen: datetime | None, now: datetime,
    alert: Open | None, dismissed_at: datetime | None, policy: Policy = DEFAULT,
) -> tuple[Act, AlertState]:  # fmt: skip
    """What to do, and the state the alert then has.

    `dismissed_at` is the effective time of the last decision that closes by itself: only evidence whose event time
    follows it opens again. `evidence` is all an alert shows; the same evidence changes nothing.
    """
    dismissed = dismissed_at is not None and (last_seen is None or last_seen <= dismissed_at)
    wanted = standing in policy.alerting and not dismissed
    if alert is None:
        return (Act.OPEN, AlertState.OPEN) if wanted else (Act.NOTHING, AlertState.CLOSED)
    if not wanted:
        return Act.CLOSE, AlertState.CLOSED
    asleep = alert.state is AlertState.SNOOZED and alert.snoozed_until is not None and now < alert.snoozed_until
    state = AlertState.SNOOZED if asleep else AlertState.OPEN
    if state is not alert.state or evidence != alert.shown:
        return Act.UPDATE, state
    return Act.NOTHING, state


def severity(standing: Standing, classes: frozenset[str], people: int) -> str:
    """critical, high, medium or low: what is prohibited or carries regulated data first, then by how many people."""
    sensitive = bool(classes & {"regulated", "pii", "phi", "pci", "credentials"})
    if standing is Standing.PROHIBITED:
        return "critical" if sensitive else "high"
    if sensitive or "confidential" in classes:
        return "high"
    if standing in {Standing.UNREGISTERED, Standing.OUT_OF_SCOPE}:
        return "medium"
    return "medium" if people >= MANY else "low"


MANY = 20


def choices(state: AlertState, standing: Standing) -> tuple[Choice, ...]:
    """What may be decided now; nothing about a closed alert."""
    if state is AlertState.CLOSED:
        return ()
    if standing is Standing.PROHIBITED:
        return (Choice.FALSE_POSITIVE, Choice.SNOOZE, Choice.ASSIGN)
    return tuple(Choice)
