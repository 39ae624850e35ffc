"""`match.label` with a memory: a verdict is found once per distinct key, so cost follows distinct hosts, not events.

The answers equal those of `match.label` (tests/labelling/test_labeller.py holds both against each other).
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

from schemas.observation import App
from schemas.usage import Label
from services.labelling import match
from services.labelling.hosts import normalise
from services.labelling.index import CatalogIndex
from services.labelling.signals import AgentSignal

REMEMBERED = 100_000
"""Keys of one generation; two generations are kept. A label of a known key is shared, so an entry is ~200 bytes."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """A dictionary of at most two generations: when the young one is full, it becomes the old and the old is dropped.

    What is in use survives, what is not is forgotten, and nothing is counted on a hit.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self.young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """The value, None where unknown or forgotten."""
        found = self.young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.put(key, found)
        return found

    def put(self, key: K, value: V) -> None:
        """Remembers it."""
        if len(self.young) >= self._size:
            self._old, self.young = self.young, {}
        self.young[key] = value

    def clear(self) -> None:
        """Forgets everything."""
        self.young = {}
        self._old = {}

    def __len__(self) -> int:
        return len(self.young) + len(self._old)


class Labeller:
    """Labels observations of one catalog and set of overrides. Not shared between threads."""

    def __init__(
        self, index: CatalogIndex, overrides: match.Overrides = match.NO_OVERRIDES, *, remembered: int = REMEMBERED
    ) -> None:
        self.index = index
        self._overrides = overrides
        self._by_host: Bounded[str, Label | bool] = Bounded(remembered)
        self._by_rest: Bounded[tuple[Hashable, ...], Label] = Bounded(remembered)
        self._agents: Bounded[str, AgentSignal | bool] = Bounded(remembered)

    def override(self, overrides: match.Overrides) -> None:
        """Takes another set of overrides and forgets what was answered under the earlier one."""
        self._overrides = overrides
        self._by_host.clear()
        self._by_rest.clear()

    def label(self, seen: match.Seen) -> Label:
        """The label, as `match.label` gives it."""
        host = seen.host
        if host is None or seen.app is not None or (seen.action is not None and self._events_count(seen.source)):
            found = self._rest(seen)
        else:
            remembered = self._by_host.young.get(host)
            if remembered is None:
                remembered = self._host(host, seen)
            found = remembered if isinstance(remembered, Label) else self._rest(seen)
        return self._agent(seen, found) if seen.user_agent is not None and match.is_open(found) else found

    def _events_count(self, source: str) -> bool:
        return source in self.index.events or bool(self._overrides)

    def _host(self, host: str, seen: match.Seen) -> Label | bool:
        """The label of a host whose path says nothing; True where the path must be looked at."""
        remembered = self._by_host.get(host)
        if remembered is None:
            looks = self.index.sees_paths(normalise(host))
            remembered = True if looks else match.named(seen, self.index, self._overrides)
            self._by_host.put(host, remembered)
        return remembered

    def _rest(self, seen: match.Seen) -> Label:
        key = (seen.source, seen.host, seen.path, seen.method, seen.action, *_app_key(seen.app))
        found = self._by_rest.get(key)
        if found is None:
            found = match.named(seen, self.index, self._overrides)
            self._by_rest.put(key, found)
        return found

    def _agent(self, seen: match.Seen, found: Label) -> Label:
        user_agent = seen.user_agent or ""
        agent = self._agents.get(user_agent)
        if agent is None:
            agent = match.agent_of(user_agent, self.index) or False
            self._agents.put(user_agent, agent)
        return match.by_agent(seen, agent, self._overrides) if isinstance(agent, AgentSignal) else found


def _app_key(app: App | None) -> tuple[str | None, ...]:
    return (app.name, app.client_id, app.publisher) if app is not None else ()
