"""`match.label` with a memory: a verdict is found once per distinct key, so cost follows distinct hosts, not events.

The answers equal those of `match.label` (tests/labelling/test_labeller.py holds both against each other).
"""

from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

from schemas.observation import Kind
from schemas.usage import Label, Verdict
from services.labelling import match
from services.labelling.hosts import LONGEST_NAME, is_plain, normalise
from services.labelling.index import CatalogIndex
from services.labelling.signals import AgentSignal
from services.labelling.tail import tail

_NONE, _REVIEW, _UNNAMED = Verdict.NONE, Verdict.REVIEW, match.UNNAMED
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
        self.old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """The value, None where unknown or forgotten."""
        found = self.young.get(key)
        if found is None:
            found = self.old.get(key)
            if found is not None:
                self.put(key, found)
        return found

    def put(self, key: K, value: V) -> None:
        """Remembers it."""
        young = self.young
        if len(young) >= self._size:
            self.old = young
            self.young = young = {}
        young[key] = value

    def clear(self) -> None:
        """Forgets everything."""
        self.young = {}
        self.old = {}

    def __len__(self) -> int:
        return len(self.young) + len(self.old)


def _nowhere(host: str) -> Label:
    """What `match.nothing_at` says of a normalised host, made with less ado."""
    return Label(key="host:" + host, verdict=_NONE, basis=_UNNAMED)


class _HostAlone(NamedTuple):
    """What a record says that names a host and nothing else."""

    host: str
    source: str = ""
    path: None = None
    method: None = None
    app: None = None
    action: None = None
    user_agent: None = None
    content_type: None = None
    labels: tuple[str, ...] = ()
    kind: Kind = Kind.WEB
    tenant: None = None


class Labeller:
    """Labels observations of one catalog and set of overrides. Not shared between threads."""

    def __init__(
        self, index: CatalogIndex, overrides: match.Overrides = match.NO_OVERRIDES, *, remembered: int = REMEMBERED
    ) -> None:
        self.index = index
        self._hosts: Bounded[str | None, Label | bool] = Bounded(remembered)
        self._paths: Bounded[Hashable, Label] = Bounded(remembered)
        self._rest: Bounded[Hashable, Label] = Bounded(remembered)
        self._agents: Bounded[str, AgentSignal | bool] = Bounded(remembered)
        self._weighed: Bounded[Hashable, Label] = Bounded(remembered)
        self._nothing: set[str | None] = set()
        self._elsewhere: set[str | None] = set()
        self._silent: set[str | None] = set()
        self._remembered = remembered
        self.override(overrides)

    def override(self, overrides: match.Overrides) -> None:
        """Takes another set of overrides and forgets what was answered under the earlier one."""
        self._overrides = overrides
        told = {key.removeprefix("event:").partition("/")[0] for key in overrides if key.startswith("event:")}
        self._event_sources = frozenset(told) | frozenset(self.index.events) | frozenset(self.index.reports)
        for memory in (self._hosts, self._paths, self._rest, self._weighed):
            memory.clear()
        self._nothing.clear()
        self._elsewhere.clear()

    def is_nothing(self, seen: match.Seen) -> bool:
        """Whether `label` is known to say nothing of the record, as of most: told from fewer words than a label takes.

        False where that is not known yet; asking for the label makes it known.
        """
        return (
            (seen.host in self._elsewhere or seen.host in self._nothing)
            and seen.app is None
            and (seen.action is None or seen.source not in self._event_sources)
            and (seen.user_agent is None or self._agents.young.get(seen.user_agent) is False)
            and not tail.says_more(seen)
        )

    def label(self, seen: match.Seen) -> Label:
        """The label, as `match.label` gives it."""
        found = self._hosts.young.get(seen.host)
        if found is True:
            found = self._paths.young.get((seen.host, seen.path, seen.method))
        if (
            found.__class__ is Label
            and seen.app is None
            and (seen.tenant is None or not found.confidence)
            and (seen.action is None or seen.source not in self._event_sources)
            and (seen.user_agent is None or found.confidence or self._agents.young.get(seen.user_agent) is False)
            and (found.confidence or not tail.says_more(seen))
            and found.verdict is not _REVIEW
        ):
            return found
        return self._full(seen)

    def _full(self, seen: match.Seen) -> Label:
        found = self.of_host(seen.host) if seen.host is not None else False
        told = seen.tenant is not None and (found is True or (isinstance(found, Label) and found.tool is not None))
        if not isinstance(found, Label) or seen.app is not None or told or self._is_event(seen):
            found = self._named(seen, looks=found is True)
        if isinstance(found, Label) and found.verdict is _REVIEW and tail.is_weighed(found):
            found = _nowhere(normalise(seen.host or ""))  # by its name alone; the agent and the record are to be asked
        if seen.user_agent and match.is_open(found):
            found = self._agent(seen, found)
        return self._weigh(seen, found) if match.is_open(found) and found.basis == _UNNAMED else found

    def _weigh(self, seen: match.Seen, found: Label) -> Label:
        """The label of what nothing named by its name and what its record says, found once for each of both."""
        told = tail.pieces(seen)
        if not told and seen.app is None and (seen.host in self._elsewhere or seen.host in self._nothing):
            return found
        key = (seen.host, found.key, seen.app and (seen.app.name, seen.app.client_id, seen.app.publisher), *told)
        weighed = self._weighed.get(key)
        if weighed is None:
            weighed = match.weighed(seen, found, self.index)
            self._weighed.put(key, weighed)
        return weighed

    def of_host(self, host: str) -> Label | bool:
        """The label of a record that names this host and nothing else; True where rules look at the path below it."""
        found = self._hosts.young.get(host)
        if found is not None:
            return found
        return _nowhere(host) if host in self._elsewhere else self._of_new_host(host)

    def _of_new_host(self, host: str) -> Label | bool:
        """Hosts that are plainly elsewhere, as nearly all are, are remembered as such: their label is quickly made."""
        if not self._overrides:
            ending = host[host.rfind(".", 0, host.rfind(".")) + 1 :]
            if ending in self._silent and is_plain(host) and len(host) <= LONGEST_NAME and "xn--" not in host:
                self._remember(self._elsewhere, host)
                return _nowhere(host)
            if self.index.is_elsewhere(host, ending):
                return self._of_host_elsewhere(host, ending)
        found = self._hosts.get(host)
        if found is None:
            plain = normalise(host)
            found = self.index.sees_paths(plain) or self._alone(host)
            self._hosts.put(host, found)
        if isinstance(found, Label) and found.verdict is _NONE:
            self._remember(self._nothing, host)
        return found

    def _of_host_elsewhere(self, host: str, ending: str) -> Label:
        if tail.may_speak(host):
            label = match.weighed(_HostAlone(host), _nowhere(host), self.index)
            if label.verdict is not _NONE:
                self._hosts.put(host, label)
                return label
        elif ending not in self.index.endings and not tail.looks_further(ending):
            self._remember(self._silent, ending)  # the next host below it is known by its last two labels alone
        self._remember(self._elsewhere, host)
        return _nowhere(host)

    def _remember(self, names: set[str | None], name: str) -> None:
        """One more of a set that is emptied when it is full: what is in use comes back."""
        if len(names) >= self._remembered:
            names.clear()
        names.add(name)

    def _alone(self, host: str) -> Label:
        seen = _HostAlone(host)
        return match.weighed(seen, match.named(seen, self.index, self._overrides), self.index)

    def is_silent(self, host: str) -> bool:
        """Whether neither the catalog nor an override has a word for the host or what is above it."""
        plain = normalise(host)
        return (
            not self._overrides
            and not self.index.names(plain)
            and not self.index.may_be_imitated_by(plain)
            and not tail.may_speak(plain)
        )

    def hears(self, source: str) -> bool:
        """Whether any rule looks at the events of a source."""
        return source in self._event_sources

    def _is_event(self, seen: match.Seen) -> bool:
        return seen.action is not None and seen.source in self._event_sources

    def _named(self, seen: match.Seen, *, looks: bool) -> Label:
        """The label of a record that says more than its host; the path is part of the key only where rules look.

        Without a host the answer may be named after the event, whether rules look at events of its source or not.
        """
        event = (seen.source, seen.action) if seen.host is None or self._is_event(seen) else None
        path = (seen.host, seen.path, seen.method) if looks else seen.host
        tenant = (seen.source, seen.kind, seen.tenant) if seen.tenant is not None else None
        if looks and event is None and seen.app is None and tenant is None:
            memory: Bounded[Hashable, Label] = self._paths
            key: Hashable = path
        else:
            memory = self._rest
            key = (path, event, seen.app and (seen.app.name, seen.app.client_id, seen.app.publisher), tenant)
        found = memory.get(key)
        if found is None:
            found = match.named(seen, self.index, self._overrides)
            memory.put(key, found)
        return found

    def _agent(self, seen: match.Seen, found: Label) -> Label:
        user_agent = seen.user_agent or ""
        agent = self._agents.get(user_agent)
        if agent is None:
            agent = match.agent_of(user_agent, self.index) or False
            self._agents.put(user_agent, agent)
        return match.by_agent(seen, agent, self._overrides) if isinstance(agent, AgentSignal) else found
