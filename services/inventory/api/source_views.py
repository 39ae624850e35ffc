"""What is answered about one source: settings and steps, runs and back-fills, and the last time it was tried."""

from datetime import datetime
from typing import Any

from connectors.settings import Setting
from services.inventory.api.views import SourceItem, View


class RunItem(View, frozen=True, kw_only=True):
    """One run. `records` = `observed` + Σ `ignored` + `rejected`; `outcome` is null while it goes on."""

    id: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    generation: int
    pages: int
    records: int
    observed: int
    ignored: dict[str, int]
    rejected: int
    published: int
    message: str | None


class BackfillItem(View, frozen=True, kw_only=True):
    """Days read anew: `from_at` included, `to_at` not; waiting, done or dropped."""

    generation: int
    from_at: datetime
    to_at: datetime
    state: str


class Trial(View, frozen=True, kw_only=True):
    """A first page that is read and not published. `state` is waiting, taken or done; then `outcome` is a source's."""

    id: int
    state: str
    asked_by: str
    asked_at: datetime
    done_at: datetime | None = None
    outcome: str | None = None
    message: str | None = None
    meaning: str = ""
    steps: tuple[str, ...] = ()
    counts: dict[str, Any]


class NewWord(View, frozen=True, kw_only=True):
    """A name the source has for what it tells, first seen after it had settled; counts by what became of its records.

    Of what a pull reads again, each reading counts.
    """

    word: str
    first_seen_at: datetime
    last_seen_at: datetime
    observed: int
    ignored: int
    rejected: int


class ConnectorItem(View, frozen=True, kw_only=True):
    """A kind of source: what it tells, what must be granted and where, and the settings an instance takes."""

    name: str
    title: str
    kinds: tuple[str, ...]
    how: tuple[str, ...]
    needs: tuple[str, ...]
    permissions: tuple[str, ...]
    granted_in: str
    plan: str
    docs: str
    evidence: str
    every_seconds: float | None
    lateness_seconds: float
    about: str
    settings: tuple[Setting, ...]


class SourcesPage(View, frozen=True, kw_only=True):
    """All sources, those that need somebody first, and how many records wait as dead letters."""

    items: tuple[SourceItem, ...]
    troubled: int
    silent: int
    degraded: int
    dead_letters: int


class SourceDetail(View, frozen=True, kw_only=True):
    """One source. `config` holds references in place of secrets; `acts` are what may be asked of it now."""

    source: SourceItem
    connector: ConnectorItem | None
    meaning: str
    steps: tuple[str, ...]
    config: dict[str, Any]
    folder: str | None
    pattern: str | None
    push_to: str | None
    silent_after_seconds: float | None
    created_at: datetime
    reasons: dict[str, int]
    dead_letters: int
    runs: tuple[RunItem, ...]
    backfills: tuple[BackfillItem, ...]
    trial: Trial | None
    acts: tuple[str, ...]
    vocabulary: tuple[NewWord, ...] = ()
