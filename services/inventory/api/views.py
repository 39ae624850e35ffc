"""What the API answers with and the pages show: frozen structs, times in UTC, sizes in bytes, shares 0…1.

People are counted distinct. Events are stated per source type and never summed across them: one visit is seen by the
proxy and by DNS.
"""

from datetime import datetime
from typing import Any

import msgspec

from schemas.alert import Alert
from services.kit.control.completeness import NOTHING, Completeness


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The root of all views."""


class ToolItem(View, frozen=True, kw_only=True):
    """A tool in use. `units` gives distinct people by unit, `basis` why it is taken for this tool.

    `small_units`, where there are any, are those left out of `units` for having too few people (small_groups.py).
    """

    tool: str
    name: str
    vendor: str | None
    verdict: str
    standing: str
    people: int
    events: dict[str, int]
    bytes_out: int
    first_seen: datetime | None
    last_seen: datetime | None
    data_classes: tuple[str, ...] = ()
    units: dict[str, int] = {}
    small_units: int | msgspec.UnsetType = msgspec.UNSET
    basis: tuple[str, ...] = ()


class SolutionItem(View, frozen=True, kw_only=True):
    """Something a person built or runs with AI. `owner` is a pseudonym, or the registry's own words.

    `owner_left` says that the directory has the owner gone. `makers` are pseudonyms of those who built or changed it;
    `connectors` the systems it uses, `touches` the data it reads or writes, `sharing` the vendor's word for who else
    may use it. Runs are uses that were seen, or those its source tells of.
    """

    solution: str
    name: str | None
    type: str
    standing: str
    tools: tuple[str, ...] = ()
    owner: str | None = None
    owner_left: bool = False
    unit: str | None = None
    environment: str | None = None
    people: int = 0
    events: dict[str, int] = {}
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    data_classes: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()
    connectors: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()
    sharing: str | None = None
    created_at: datetime | None = None
    first_run: datetime | None = None
    last_run: datetime | None = None


class SourceItem(View, frozen=True, kw_only=True):
    """A source instance: its state and how far it has come.

    `instance` is its name, `id` what paths take. `lag_seconds` is the age of its newest event; `completeness` says what
    share of the last hour's, day's and week's events is here, with a 95 % interval, and how late they come. Counts hold
    what a run that goes on (`running_since`) did so far; `failures` are the runs in trouble since the last good one.
    `permission` is granted, missing or unknown; `weaknesses` are what degrades it (overdue, incomplete, rejecting);
    `new_words` counts the vocabulary that was new to it in the last 30 days.
    """

    instance: str
    connector: str
    state: str
    id: str = ""
    title: str = ""
    next_run_at: datetime | None = None
    last_run_at: datetime | None = None
    every_seconds: float | None = None
    lag_seconds: float | None = None
    completeness: Completeness = NOTHING
    permission: str = "unknown"
    weaknesses: tuple[str, ...] = ()
    new_words: int = 0
    kinds: tuple[str, ...] = ()
    last_event_at: datetime | None = None
    last_success_at: datetime | None = None
    records: int = 0
    observed: int = 0
    ignored: int = 0
    rejected: int = 0
    message: str | None = None
    running_since: datetime | None = None
    failures: int = 0


class PersonItem(View, frozen=True, kw_only=True):
    """What one person used, by pseudonym; who it is takes another permission, a reason and a trace."""

    person: str
    unit: str | None
    active: bool
    tools: tuple[ToolItem, ...] = ()
    solutions: tuple[SolutionItem, ...] = ()


class StandingCount(View, frozen=True, kw_only=True):
    """How many tools have a standing."""

    standing: str
    tools: int


class Coverage(View, frozen=True, kw_only=True):
    """The share of the tools in use that an entry covers; `unseen_share` is None where `not_estimable` says why.

    `weakened_by` names the sources that tell nothing, or not all: what they would have told is in neither figure.
    """

    in_use: int
    registered: int
    weakened_by: tuple[str, ...] = ()
    unseen_share: float | None
    not_estimable: str | None


class DeliveryCounts(View, frozen=True, kw_only=True):
    """Webhook endpoints, and what waits for them, was delivered, or was given up."""

    endpoints: int
    disabled: int
    waiting: int
    delivered: int
    dead: int
    last_success_at: datetime | None


class Overview(View, frozen=True, kw_only=True):
    """The headline of the estate at one moment. `known_since` is the first event: what came before is not known.

    `alerts` are the open ones that matter most, a few; empty for who may not read alerts.
    """

    at: datetime
    known_since: datetime | None
    tools: int
    unregistered: int
    solutions: int
    people: int
    open_alerts: int
    severities: dict[str, int]
    standings: tuple[StandingCount, ...]
    coverage: Coverage
    sources: tuple[SourceItem, ...]
    deliveries: DeliveryCounts
    alerts: tuple[Alert, ...] = ()


class DecisionItem(View, frozen=True, kw_only=True):
    """What somebody decided about an alert, and why; `undone_at` where it was taken back."""

    decision: str
    reason: str
    author: str
    at: datetime
    until: datetime | None = None
    number: int = 0
    assignee: str | None = None
    undone_at: datetime | None = None
    undone_by: str | None = None


class Page(View, frozen=True, kw_only=True):
    """A page of a list; `next` is the cursor of the one after, None at the end."""

    items: tuple[Any, ...]
    next: str | None


class ToolsPage(View, frozen=True, kw_only=True):
    """Tools, of one standing where it is given, those that need somebody first; `more` says that not all are here.

    `counts` are all tools by standing.
    """

    items: tuple[ToolItem, ...]
    standing: str | None
    more: bool
    counts: dict[str, int]


class AlertsPage(Page, frozen=True, kw_only=True):
    """A page of alerts of one state, or `all`."""

    state: str


class AlertDetail(View, frozen=True, kw_only=True):
    """An alert with what was decided, newest first, and what may be decided now."""

    alert: Alert
    decisions: tuple[DecisionItem, ...]
    choices: tuple[str, ...]
