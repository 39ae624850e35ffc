"""The shapes the store hands out, and the pure reading of a source's health."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.kit.control.truth import Truth

HEALTHY, EMPTY, SILENT, PAUSED, NEVER_RUN = "healthy", "empty", "silent", "paused", "never_run"
FAILING, NO_PERMISSION, NOT_LICENSED, NOT_ENABLED = "failing", "no_permission", "not_licensed", "not_enabled"
STATES = (HEALTHY, SILENT, FAILING, NO_PERMISSION, NOT_LICENSED, NOT_ENABLED, EMPTY, PAUSED, NEVER_RUN)
"""Every state of a source instance, told apart because each asks for something else to be done."""
GIVEN_UP = "given_up"
"""The outcome of a run that broke off for a reason of ours; it says nothing of the source, so it is no state."""
LONGEST_RUN = timedelta(hours=6)
TROUBLES = frozenset({FAILING, NO_PERMISSION, NOT_LICENSED, NOT_ENABLED})


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What became of records: `records = observed + Σ ignored + rejected`, always. `published` counts what left."""

    pages: int = 0
    records: int = 0
    observed: int = 0
    ignored: Mapping[str, int] = field(default_factory=dict)
    rejected: int = 0
    published: int = 0


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """One run: when, with which outcome (a state, or GIVEN_UP) and counts; `ended_at` None while it goes on or died."""

    id: int
    instance: str
    generation: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    counts: Counts
    message: str | None


@dataclass(frozen=True, kw_only=True)
class SourceRow:
    """One source instance with its health. `config` holds references in place of secrets.

    `records`, `observed`, `ignored` and `rejected` are sums over its life; `state` is one of STATES; `lateness` is in
    seconds (median, 99th percentile) of the last run that had new events; `generation` its newest back-fill; `truth` is
    what was stated of its completeness last.
    """

    id: str
    connector: str
    name: str
    config: Mapping[str, Any]
    folder: str | None
    pattern: str
    every: timedelta | None
    silent_after: timedelta | None
    paused: bool
    state: str
    message: str | None
    failures: int
    next_run_at: datetime | None
    last_event_at: datetime | None
    last_success_at: datetime | None
    records: int
    observed: int
    ignored: int
    rejected: int
    published: int
    lateness: tuple[float, float] | None
    generation: int
    told_state: str | None
    created_at: datetime
    last_run: RunRow | None
    truth: Truth | None = None


def state(row: Mapping[str, Any], now: datetime) -> str:
    """The state of a stored instance at `now`. Pure.

    Paused outranks all; a last run in trouble outranks silence; `empty` never had an event, `silent` has stopped.
    One that is being read after a pause of ours is not silent before that run has ended: it is we who were away.
    """
    if row["paused"]:
        return PAUSED
    if row["outcome"] in TROUBLES or row["outcome"] == NEVER_RUN:
        return str(row["outcome"])
    if row["observed"] == 0:
        return EMPTY
    last, quiet = row["last_event_at"], row["silent_seconds"]
    if last is None or quiet is None or now - last <= timedelta(seconds=quiet) or _being_read(row, now):
        return HEALTHY
    return SILENT


def _being_read(row: Mapping[str, Any], now: datetime) -> bool:
    """Whether a run goes on; one that began longer ago than any takes has died."""
    began = row["started_at"]
    return began is not None and row["ended_at"] is None and now - began < LONGEST_RUN
