"""The catalog compiled for matching: dictionaries of exact keys and short lists of expressions, built once."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from schemas.hostlist import HostList
from schemas.usage import Verdict
from schemas.vendor import AppName, AuditEvent, Evidence, Host, PathRule, Product, Role, UserAgent, Vendor
from services.labelling import listed, programs, signals
from services.labelling.homographs import may_imitate, skeleton, skeletons
from services.labelling.hosts import LONGEST_NAME, is_plain, last_two, normalise, suffixes
from services.labelling.products import Tool
from services.labelling.signals import AgentSignal, AppSignal, EventSignal, HostSignal, Named, PathSignal

_VERSION_DIGITS = 12


@dataclass(frozen=True)
class CatalogIndex:
    """What `match` looks up. Keys are normalised (hosts) or in lower case (ids, names, events).

    `version` is a digest of the catalog's content: equal content gives equal versions wherever it was read from.
    `reports` are events by which a source itself says that an application is AI, without saying which product.
    `endings` are the last two labels of every host and path rule, and the last three of those in `wide`, which are no
    host by themselves (`google.com`, `co.uk`): what ends otherwise is not named. `skeletons` are its hosts by what they
    read like, `shapes` what the endings read like.
    """

    version: str
    hosts: Mapping[str, HostSignal] = field(default_factory=dict)
    paths: Mapping[str, tuple[PathSignal, ...]] = field(default_factory=dict)
    clients: Mapping[str, Named] = field(default_factory=dict)
    apps: Mapping[str, tuple[AppSignal, ...]] = field(default_factory=dict)
    agents: tuple[AgentSignal, ...] = ()
    events: Mapping[str, tuple[EventSignal, ...]] = field(default_factory=dict)
    reports: Mapping[str, tuple[EventSignal, ...]] = field(default_factory=dict)
    tools: Mapping[str, Tool] = field(default_factory=dict)
    endings: frozenset[str] = frozenset()
    wide: frozenset[str] = frozenset()
    skeletons: Mapping[str, str] = field(default_factory=dict)
    shapes: frozenset[str] = frozenset()

    @cached_property
    def ai_makers(self) -> frozenset[str]:
        """Publishers, in lower case, that make AI and little else: a domain of theirs is itself a host of AI."""
        makers = {app.publishers for apps in self.apps.values() for app in apps}
        return frozenset(name for names in makers if any(map(self._is_ai, names)) for name in names)

    def _is_ai(self, domain: str) -> bool:
        known = self.hosts.get(domain)
        return known is not None and known.named.verdict is Verdict.AI

    def names(self, host: str) -> bool:
        """Whether this normalised host or a parent of it stands in the catalog, whatever for."""
        return last_two(host) in self.endings and any(
            name in self.hosts or name in self.paths for name in suffixes(host)
        )

    def is_elsewhere(self, host: str, ending: str) -> bool:
        """Whether a host as it is written is plainly one that nothing names: told from its end, as of nearly all.

        `ending` is its last two labels, which whoever asks by the million has at hand.
        """
        if ending in self.endings and (
            ending not in self.wide or host[host.rfind(".", 0, -len(ending) - 1) + 1 :] in self.endings
        ):
            return False
        if is_plain(host) is None or len(host) > LONGEST_NAME or "xn--" in host:
            return False
        return not ("0" in ending or "1" in ending or "rn" in ending) or not may_imitate(ending, self.shapes)

    def may_be_imitated_by(self, host: str) -> bool:
        """Whether this normalised host may only look like one of the catalog's."""
        return may_imitate(host, self.shapes)

    def sees_paths(self, host: str) -> bool:
        """Whether any rule looks at the path below this normalised host."""
        return last_two(host) in self.endings and any(suffix in self.paths for suffix in suffixes(host))


def build(vendors: Iterable[Vendor], lists: Iterable[HostList] = ()) -> CatalogIndex:
    """Compiles vendors into one index; where two products claim a host, use outranks related and shared.

    Hosts of imported `lists` count where no vendor names them or what is above them.
    """
    made = _Builder()
    digest = hashlib.sha256()
    for vendor in vendors:
        digest.update(msgspec.json.encode(vendor))
        made.vendor(vendor)
    told = tuple(lists)
    for one in told:
        digest.update(msgspec.json.encode(one))
    made.lists(told)
    return made.index(digest.hexdigest()[:_VERSION_DIGITS])


class _Builder:
    def __init__(self) -> None:
        self.hosts: dict[str, HostSignal] = {}
        self.rules: list[tuple[PathRule, Product]] = []
        self.clients: dict[str, Named] = {}
        self.apps: dict[str, list[AppSignal]] = {}
        self.agents: list[AgentSignal] = []
        self.events: dict[str, list[EventSignal]] = {}
        self.reports: dict[str, list[EventSignal]] = {}
        self.tools: dict[str, Tool] = {}

    def vendor(self, vendor: Vendor) -> None:
        for host in vendor.hosts:
            self._host(host, None, f"{vendor.name}, no product")
        for event in vendor.events:
            told = _event(event, None, f"AI of others, told by {vendor.name}")
            self.reports.setdefault(event.source, []).append(told)
        publishers = frozenset(name.casefold() for name in (vendor.name, *vendor.publishers, *vendor.domains))
        for product in vendor.products:
            self._product(product, vendor, publishers)
        self._merchants(vendor)

    def lists(self, lists: Iterable[HostList]) -> None:
        """Hosts of lists, below what vendors name; called when all vendors are in."""
        own = frozenset(self.hosts) | {normalise(rule.host) for rule, _ in self.rules}
        self.hosts.update(listed.signals(lists, lambda host: not own.isdisjoint(suffixes(host))))

    def _product(self, product: Product, vendor: Vendor, publishers: frozenset[str]) -> None:
        self.tools[product.id] = Tool(product.id, product.name, vendor.name, product.kind, product.embedded)
        for host in product.hosts:
            self._host(host, product, product.name)
        self.rules += [(rule, product) for rule in product.paths]
        for client in product.oauth:
            basis = (f"{client.idp} client id of {product.name}", signals.evidence(client.evidence, client.source))
            self.clients[client.client_id.lower()] = Named(product.id, _use(product), signals.EXACT_ID, basis)
        for key, found in programs.named(product, _use(product)):
            self.clients.setdefault(key, found)
        for app in product.apps:
            self._app(app, product, publishers)
        for agent in product.user_agents:
            self.agents.append(_agent(agent, product))
        for event in product.events:
            self.events.setdefault(event.source, []).append(_event(event, product, product.name))

    def _merchants(self, vendor: Vendor) -> None:
        """Of two products of one name the one whose name alone says more; the first where they say the same."""
        for product in vendor.products:
            for key, found in programs.merchants(product, vendor.domains):
                known = self.clients.get(key)
                if known is None or (known.verdict is Verdict.SUSPECTED and found.verdict is not Verdict.SUSPECTED):
                    self.clients[key] = found

    def _host(self, host: Host, product: Product | None, owner: str) -> None:
        name = normalise(host.host)
        named = _named(product, host.role, host.evidence, host.source, f"host {name} of {owner}")
        below = named.verdict is not Verdict.RELATED and host.match == "suffix" and host.subdomains == "conventional"
        signal = HostSignal(named, host.match == "exact", host.shared, below, host.account)
        known = self.hosts.get(name)
        if known is None or _rank(signal) > _rank(known):
            self.hosts[name] = signal

    def _app(self, app: AppName, product: Product, publishers: frozenset[str]) -> None:
        signal = AppSignal(product.id, _use(product), app.common_word, publishers)
        self.apps.setdefault(app.name.casefold(), []).append(signal)

    def index(self, version: str) -> CatalogIndex:
        paths: dict[str, list[PathSignal]] = {}
        for rule, product in self.rules:
            paths.setdefault(normalise(rule.host), []).append(self._path(rule, product))
        return CatalogIndex(
            version,
            self.hosts,
            {host: tuple(rules) for host, rules in paths.items()},
            programs.folded(self.clients),
            {name: tuple(sorted(apps, key=lambda app: app.common_word)) for name, apps in self.apps.items()},
            tuple(sorted(self.agents, key=lambda agent: agent.sdk)),
            _narrow_first(self.events),
            _narrow_first(self.reports),
            self.tools,
            *_endings((*self.hosts, *paths)),
            skeletons(host for host, signal in self.hosts.items() if not signal.shared and not _is_listed(signal)),
            frozenset(skeleton(last_two(host)) for host in self.hosts),
        )

    def _path(self, rule: PathRule, product: Product) -> PathSignal:
        host = normalise(rule.host)
        named = _named(product, rule.role, rule.evidence, rule.source, f"path {rule.path} on {host} of {product.name}")
        owner = next((name for name in suffixes(host) if name in self.hosts), None)
        same = owner is not None and self.hosts[owner].named.tool == product.id
        key = f"host:{owner}" if same else f"host:{host}{rule.path.removeprefix('^')}"
        return PathSignal(rule.path, frozenset(rule.methods), named, key, rule.action, rule.account)


def _is_listed(signal: HostSignal) -> bool:
    """Whether only others' lists name a host."""
    return signal.named.verdict in {Verdict.REVIEW, Verdict.SUSPECTED}


def _endings(hosts: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """`endings` and `wide` of the index."""
    known = {last_two(host) for host in hosts}
    wide = known.difference(hosts)
    return frozenset(known).union(".".join(host.split(".")[-3:]) for host in hosts), frozenset(wide)


def _use(product: Product) -> Verdict:
    return Verdict.EMBEDDED if product.embedded else Verdict.AI


def _named(product: Product | None, role: Role, kind: Evidence, source: str | None, what: str) -> Named:
    verdict = _use(product) if product is not None and role in signals.USES else Verdict.RELATED
    words = what if verdict is not Verdict.RELATED else f"{what} ({'company' if role in signals.USES else role})"
    tool = product.id if product is not None else None
    return Named(tool, verdict, signals.HOST[kind], (words, signals.evidence(kind, source)))


def _rank(signal: HostSignal) -> tuple[bool, bool]:
    return signal.named.verdict is not Verdict.RELATED, not signal.shared


def _agent(agent: UserAgent, product: Product) -> AgentSignal:
    what = f"{product.name} SDK" if agent.sdk else product.name
    basis = (f"user agent of {what}", signals.evidence(agent.evidence, agent.source))
    return AgentSignal(agent.pattern, agent.sdk, Named(product.id, _use(product), signals.AGENT, basis))


def _event(event: AuditEvent, product: Product | None, what: str) -> EventSignal:
    narrowed = f" for {event.app}" if event.app else ""
    basis = (
        f"event {event.event} of {event.source}{narrowed}: {what}",
        signals.evidence(event.evidence, event.reference),
    )
    tool, verdict = (None, Verdict.SUSPECTED) if product is None else (product.id, _use(product))
    named = Named(tool, verdict, signals.HOST[event.evidence], basis)
    name = event.event.casefold()
    return EventSignal(
        name.removesuffix("*"), name.endswith("*"), (event.app or "").casefold(), named, event.action
    )  # fmt: skip


def _narrow_first(events: Mapping[str, list[EventSignal]]) -> dict[str, tuple[EventSignal, ...]]:
    return {source: tuple(sorted(found, key=_breadth)) for source, found in events.items()}


def _breadth(event: EventSignal) -> tuple[bool, bool, int]:
    """Narrow before broad: with an application, then exact, then the longer beginning."""
    return not event.app, event.prefix, -len(event.event)
