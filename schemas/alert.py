"""Alert and SourceHealth: what the inventory and ingest tell others."""

from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.observation import ClassLabel


class Standing(StrEnum):
    """A grain's standing against the registry, in DESIGN §2's order of precedence within each half."""

    PROHIBITED = "prohibited"
    EXPIRED = "expired"
    OUT_OF_SCOPE = "out_of_scope"
    OWNERLESS = "ownerless"
    DRIFTED = "drifted"
    DORMANT = "dormant"
    REGISTERED = "registered"
    TOLERATED = "tolerated"
    UNDER_REVIEW = "under_review"
    UNREGISTERED = "unregistered"


class AlertState(StrEnum):
    """Where an alert is in its life."""

    OPEN = "open"
    SNOOZED = "snoozed"
    CLOSED = "closed"


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The value of `penumbra.alert.v1` and the `data` of a webhook. `grain` is what it is about, `kind` names its sort.

    `people` counts distinct people; `events` are per source type and never summed across them.
    """

    id: str
    grain: str
    kind: str
    state: AlertState
    standing: Standing
    severity: str
    title: str
    opened_at: datetime
    changed_at: datetime
    revision: int
    tool: str | None = None
    tool_name: str | None = None
    vendor: str | None = None
    solution: str | None = None
    unit: str | None = None
    people: int = 0
    events: dict[str, int] = {}
    bytes_out: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    classes: tuple[ClassLabel, ...] = ()
    basis: tuple[str, ...] = ()
    decision: str | None = None
    reason: str | None = None


class SourceHealth(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The value of `penumbra.source.v1`: what is known of one source instance. `lateness` is seconds (p50, p99).

    `state` is one of healthy, silent, failing, no_permission, not_licensed, not_enabled, empty, paused, never_run.
    `weaknesses` of a source that is read are what degrades it: overdue, incomplete, rejecting.
    """

    instance: str
    connector: str
    state: str
    at: datetime
    last_event_at: datetime | None = None
    last_success_at: datetime | None = None
    records: int = 0
    observed: int = 0
    ignored: int = 0
    rejected: int = 0
    lateness: tuple[float, float] | None = None
    message: str | None = None
    weaknesses: tuple[str, ...] = ()
