"""Desk: what an analyst asks and does: the queue, the evidence, decisions over many, undo, corrections.

`services.inventory.desk` does it in PostgreSQL. An order whose keys change while somebody reads on is fixed at its
first page, so that a cursor neither repeats nor skips; `newest` needs none of that, its keys never change.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Protocol

import msgspec

from schemas.alert import Alert
from services.inventory.api.estate import Decision
from services.inventory.api.views import AlertDetail, AlertsPage, View
from services.inventory.domain.corrections import Correcting, Correction
from services.kit.errors import Conflict

UNDO = timedelta(minutes=5)
"""How long a decision can be undone."""
UNASSIGNED = "none"
MOST_AT_ONCE = 500
"""Alerts of one decision over many."""


class Sort(StrEnum):
    """Orders of the queue, each with the newest first where equal."""

    NEWEST = "newest"
    SEVERITY = "severity"
    LAST_SEEN = "last_seen"
    PEOPLE = "people"


class Age(StrEnum):
    """When an alert was opened: within a day, a week, 30 days, or before that."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    OLDER = "older"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts: of each field one of its values; an empty field is any. `text` is looked for in names and ids."""

    state: str | None = None
    standing: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    tool: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    data_class: tuple[str, ...] = ()
    assignee: tuple[str, ...] = ()
    age: Age | None = None
    text: str = ""


class After(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended: by the keys of its last alert (`at`, `name`), or in a fixed order `name` at `place`."""

    at: Annotated[datetime, msgspec.Meta(tz=True)] | None
    name: Annotated[str, msgspec.Meta(max_length=100, pattern="^[ -~]*$")]
    place: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0


class Below(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of numbered rows ended, newest first."""

    number: Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]


class QueuedAlert(Alert, frozen=True, kw_only=True, omit_defaults=True):
    """An alert in the queue: with whom it is given to and when its snooze ends."""

    assignee: str | None = None
    snoozed_until: datetime | None = None


class Queue(AlertsPage, frozen=True, kw_only=True):
    """A page of the queue. `counts` says for each filter how many alerts each value has, the other filters kept."""

    sort: str
    total: int
    counts: dict[str, dict[str, int]]


class KeyItem(View, frozen=True, kw_only=True):
    """A match key behind an alert: what it is taken for, on what basis, by whom where corrected, and its use here."""

    key: str
    verdict: str
    tool: str | None
    confidence: float
    basis: tuple[str, ...]
    changed_at: datetime
    people: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    corrected: Correction | None = None


class SourceState(View, frozen=True, kw_only=True):
    """A source instance that saw it, and whether it can be trusted to have seen all."""

    instance: str
    source: str
    state: str
    changed_at: datetime | None
    last_event_at: datetime | None


class Related(View, frozen=True, kw_only=True):
    """Another alert that isn't closed. `why` is tool (the same, elsewhere), owner, or people (`in_common`)."""

    why: str
    alert: str
    title: str
    state: str
    severity: str
    standing: str
    unit: str | None
    in_common: int | None = None


class AlertFile(AlertDetail, frozen=True, kw_only=True):
    """An alert with all that is known of it. `undo` is the decision that can be undone now."""

    assignee: str | None = None
    snoozed_until: datetime | None = None
    keys: tuple[KeyItem, ...] = ()
    sources: tuple[SourceState, ...] = ()
    related: tuple[Related, ...] = ()
    undo: int | None = None


class Happened(View, frozen=True, kw_only=True):
    """What somebody else did first."""

    decision: str
    author: str
    at: datetime
    reason: str = ""


class Outcome(View, frozen=True, kw_only=True):
    """What became of one alert: decided, undone, conflict (see `happened`), not_found, or refused (not possible)."""

    alert: str
    outcome: str
    title: str = ""
    detail: str = ""
    decision: int | None = None
    happened: Happened | None = None


class Bulk(View, frozen=True, kw_only=True):
    """One decision over many alerts, with each one's outcome; `undo_until` where some of it can be undone."""

    id: str
    decision: str
    author: str
    at: datetime
    outcomes: tuple[Outcome, ...]
    undo_until: datetime | None = None


class LabelFile(View, frozen=True, kw_only=True):
    """Why a match key is taken for what it is: the label that holds for all its stored use, and what the catalog says.

    `basis` are the steps, of a weighed name each piece of evidence with its log-odds. `author` is None where no analyst
    decided; `catalog` is the version that did. `without` is what holds again once the correction is taken back. `days`
    and `events` by source type count the stored use that shows this label, the past included.
    """

    key: str
    verdict: str
    tool: str | None
    confidence: float
    basis: tuple[str, ...]
    author: str | None
    reason: str | None
    catalog: str
    changed_at: datetime
    without: str | None
    people: int
    days: int
    events: dict[str, int]
    first_seen: datetime | None
    last_seen: datetime | None


class CorrectionsPage(View, frozen=True, kw_only=True):
    """Corrections, newest first; of one key asked for also its label, None where nothing of it is stored."""

    items: tuple[Correction, ...]
    next: str | None
    state: str
    label: LabelFile | None = None


class AlreadyHappened(Conflict):
    """Somebody else was first: `happened` says what, who and when, where it was a person."""

    def __init__(self, message: str, happened: Happened | None = None) -> None:
        super().__init__(message)
        self.happened = happened


class Desk(Protocol):
    """All raise NotFound for what isn't there, Misconfigured for what can't be, AlreadyHappened for a conflict."""

    async def queue(self, wanted: Wanted, sort: Sort, limit: int, after: After | None) -> tuple[Queue, After | None]:
        """A page, and where it ended if there is more."""

    async def file(self, alert: str, *, people: bool) -> AlertFile:
        """An alert with its evidence; `people` relates alerts by people in common."""

    async def decide_all(self, alerts: Mapping[str, int | None], decision: Decision) -> Bulk:
        """Decides many, by id with the revision each was decided on, in one transaction."""

    async def bulk(self, name: str) -> Bulk: ...
    async def undo(self, alert: str, number: int | None, author: str) -> None:
        """Undoes an alert's last decision, `number` saying which that is thought to be."""

    async def undo_all(self, name: str, author: str) -> Sequence[Outcome]:
        """Undoes a decision over many where that still can be."""

    async def corrections(
        self, limit: int, before: int | None = None, state: str = "all", key: str | None = None
    ) -> Sequence[Correction]:
        """Newest first; `state` is active, undone or all."""

    async def label(self, key: str) -> LabelFile | None:
        """Why a key is taken for what it is; None where nothing of it is stored."""

    async def correct(self, said: Correcting, author: str, reason: str) -> Sequence[Correction]: ...
    async def take_back(self, number: int, author: str) -> Correction: ...
    def tools(self) -> Mapping[str, str]:
        """The catalog's tools, id to name."""
