"""Is it AI, and whose? One answer for what was seen, in the order of `reference/classifier.md` §4.3.

1. exact client id, or what a device or card line names a program by (`programs`) · 2. host with path rule, then host,
longest suffix first · 3. audit event · 4. application name · 5. the source's own word that it is AI · 6. user agent.
The first that says anything decides. An override decides at its own key, before the catalog. What none of them names is
weighed last, by its name and what its record says (`tail`): *suspected*, for *review*, or nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

from schemas.observation import App, Kind
from schemas.usage import Label, LabelOverride, Verdict
from services.labelling import accounts, homographs, programs, signals, subdomains
from services.labelling.hosts import fault, normalise, shown, suffixes, why_unnamed
from services.labelling.index import CatalogIndex
from services.labelling.signals import AgentSignal, AppSignal, EventSignal, HostSignal, Named, PathSignal
from services.labelling.tail import tail

Overrides = Mapping[str, LabelOverride]
NO_OVERRIDES: Overrides = {}


class Seen(Protocol):
    """The fields of an observation that matching looks at; clear and protected observations both have them."""

    @property
    def source(self) -> str: ...
    @property
    def host(self) -> str | None: ...
    @property
    def path(self) -> str | None: ...
    @property
    def method(self) -> str | None: ...
    @property
    def app(self) -> App | None: ...
    @property
    def action(self) -> str | None: ...
    @property
    def user_agent(self) -> str | None: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def tenant(self) -> str | None: ...
    @property
    def content_type(self) -> str | None: ...
    @property
    def labels(self) -> tuple[str, ...]: ...


def label(observation: Seen, index: CatalogIndex, overrides: Overrides = NO_OVERRIDES) -> Label:
    """The label of one observation; verdict `none` with confidence 0 where nothing names it."""
    found = named(observation, index, overrides)
    if is_open(found) and observation.user_agent:
        agent = agent_of(observation.user_agent, index)
        if agent is not None:
            return by_agent(observation, agent, overrides)
    return weighed(observation, found, index)


def weighed(seen: Seen, found: Label, index: CatalogIndex) -> Label:
    """The label by name and record of what nothing has named; `found` where something has, or nothing is to be said."""
    if found.basis != UNNAMED or not is_open(found):
        return found
    others = tail.pieces(seen)
    label = tail.of_host(normalise(seen.host), others) if seen.host else None
    if label is None and seen.app is not None:
        label = tail.of_app(seen.app, found.key, index.ai_makers, others)
    return label or found


def is_open(found: Label) -> bool:
    """Whether nothing has decided yet; an override to `none` has, and carries a confidence."""
    return found.verdict is Verdict.NONE and not found.confidence


def named(observation: Seen, index: CatalogIndex, overrides: Overrides) -> Label:
    """The label from all but the user agent: it depends on few distinct values, so it can be remembered."""
    for step in (_client, _host, _event, _app, _reported):
        for found in step(observation, index, overrides):
            return accounts.with_account(found, observation.source, observation.kind, observation.tenant)
    return _nothing(observation, index)


def _client(seen: Seen, index: CatalogIndex, overrides: Overrides) -> Iterator[Label]:
    if seen.app is not None and seen.app.client_id:
        for client in programs.spellings(seen.app.client_id):
            yield from _decided(f"client:{client}", overrides, index.clients.get(client))


def _host(seen: Seen, index: CatalogIndex, overrides: Overrides) -> Iterator[Label]:
    host = normalise(seen.host) if seen.host else ""
    if not host or fault(host):
        return
    for suffix in suffixes(host):
        signal = index.hosts.get(suffix)
        if signal is not None and signal.conventional and suffix != host:
            yield from _aside(host, suffix, signal, overrides)
        rule = _rule(seen, index.paths.get(suffix, ()))
        if rule is not None:
            yield from _decided(rule.key, overrides, rule.named, rule.action, rule.account)
        fits = signal is not None and (suffix == host or not signal.exact)
        if signal is None or not fits:
            yield from _decided(f"host:{suffix}", overrides, None)
        elif signal.shared:
            yield from _decided(f"host:{suffix}", overrides, None)
            return
        else:
            yield from _decided(f"host:{suffix}", overrides, signal.named, account=signal.account)
    if index.may_be_imitated_by(host):
        yield from _imitation(host, index, overrides)


def _aside(host: str, suffix: str, signal: HostSignal, overrides: Overrides) -> Iterator[Label]:
    """A name below a product's suffix that is conventionally no use, such as `status.`: related, under its own key."""
    found = subdomains.conventional(host[: -len(suffix) - 1])
    if found is not None:
        name, why = found
        words = f"sub-domain {name} of {signal.named.basis[0]} ({why.role}: {why.reason})"
        basis = (words, *signal.named.basis[1:])
        named = signal.named._replace(verdict=Verdict.RELATED, basis=basis)
        yield from _decided(f"host:{name}.{suffix}", overrides, named)


def _imitation(host: str, index: CatalogIndex, overrides: Overrides) -> Iterator[Label]:
    """A name that only looks like one of the catalog: for review, and never the tool it imitates."""
    found = homographs.imitated(host, index.skeletons)
    if found is not None:
        name, original = found
        told = f"suspicious: {homographs.unicode_of(name)} ({name}) reads like {original}, and is not it"
        yield from _decided(f"host:{name}", overrides, Named(None, Verdict.REVIEW, signals.IMITATION, (told,)))


def _rule(seen: Seen, rules: tuple[PathSignal, ...]) -> PathSignal | None:
    if not rules or not seen.path:
        return None
    for rule in rules:
        allowed = not rule.methods or seen.method is None or seen.method in rule.methods
        if allowed and signals.compiled(rule.pattern).search(seen.path):
            return rule
    return None


def _event(seen: Seen, index: CatalogIndex, overrides: Overrides) -> Iterator[Label]:
    if not seen.action or (seen.source not in index.events and not overrides):
        return
    action = seen.action.casefold()
    event = _first(index.events, seen)
    if event is None:
        yield from _decided(f"event:{seen.source}/{action}", overrides, None)
    else:
        narrowed = f"@{event.app}" if event.app else ""
        key = f"event:{seen.source}/{event.event}{'*' if event.prefix else ''}{narrowed}"
        yield from _decided(key, overrides, event.named, event.action)


def _first(events: Mapping[str, tuple[EventSignal, ...]], seen: Seen) -> EventSignal | None:
    action = (seen.action or "").casefold()
    return next((event for event in events.get(seen.source, ()) if _fits(event, action, seen.app)), None)


def _fits(event: EventSignal, action: str, app: App | None) -> bool:
    if not (action.startswith(event.event) if event.prefix else action == event.event):
        return False
    if not event.app:
        return True
    names = (app.name, app.client_id) if app is not None else ()
    return any(name is not None and name.casefold().startswith(event.app) for name in names)


def _app(seen: Seen, index: CatalogIndex, overrides: Overrides) -> Iterator[Label]:
    if seen.app is None or not seen.app.name:
        return
    name = " ".join(seen.app.name.casefold().split())
    publisher = (seen.app.publisher or "").casefold().strip()
    yield from _decided(f"app:{name}", overrides, _publisher_of(index.apps.get(name, ()), name, publisher))


def _reported(seen: Seen, index: CatalogIndex, _overrides: Overrides) -> Iterator[Label]:
    """An application the source itself calls AI, under its own key; whoever decided on that key was asked before."""
    event = _first(index.reports, seen) if seen.source in index.reports else None
    if event is not None:
        name = " ".join(((seen.app and seen.app.name) or "").casefold().split())
        key = f"app:{name}" if name else _nothing(seen, index).key
        yield from _decided(key, NO_OVERRIDES, event.named, event.action)


def _publisher_of(apps: tuple[AppSignal, ...], name: str, publisher: str) -> Named | None:
    """The product whose vendor published it; else, unless the name is a common word, the first by name alone."""
    for app in apps:
        if publisher and publisher in app.publishers:
            basis = (f"application name {name!r}", f"publisher {publisher!r} is the vendor's")
            return Named(app.tool, app.verdict, signals.NAME_AND_PUBLISHER, basis)
    for app in apps:
        if not app.common_word:
            why = f"publisher {publisher!r} is not known as the vendor's" if publisher else "publisher not told"
            return Named(app.tool, app.verdict, signals.NAME_ALONE, (f"application name {name!r} alone", why))
    return None


def agent_of(user_agent: str, index: CatalogIndex) -> AgentSignal | None:
    """The catalog's line for a user agent: one that names a product before one that proves only an SDK."""
    return next((agent for agent in index.agents if signals.compiled(agent.pattern).search(user_agent)), None)


def by_agent(seen: Seen, agent: AgentSignal, overrides: Overrides) -> Label:
    """A user agent where the host says nothing: a product's own client is that product.

    An SDK at an unknown host is *suspected*: an AI SDK talking to a provider nobody knows, never a product's name.
    """
    match = signals.compiled(agent.pattern).search(seen.user_agent or "")
    own = f"agent:{match.group().partition('/')[0].strip().lower() if match else agent.pattern}"
    if not agent.sdk:
        return next(_decided(own, overrides, agent.named), nothing_at(own))
    host = normalise(seen.host) if seen.host else ""
    key = f"host:{host}" if host else own
    basis = (f"AI {agent.named.basis[0]}", "the host names no known provider", *agent.named.basis[1:])
    return next(_decided(key, overrides, Named(None, Verdict.SUSPECTED, signals.AGENT, basis)), nothing_at(key))


def _decided(
    key: str, overrides: Overrides, found: Named | None, action: str | None = None, account: str | None = None
) -> Iterator[Label]:
    """The override at this key, else what the catalog says, else nothing."""
    override = overrides.get(key) if overrides else None
    if override is not None:
        basis = (f"decided {override.at:%Y-%m-%d}: {override.reason}", *(found.basis[:1] if found else ()))
        yield Label(
            key=key, verdict=override.verdict, tool=override.tool, confidence=override.confidence,
            basis=basis, action=action, account=account, corrected=True,
        )  # fmt: skip
    elif found is not None:
        yield Label(
            key=key, verdict=found.verdict, tool=found.tool, confidence=found.confidence,
            basis=found.basis, action=action, account=account,
        )  # fmt: skip


UNNAMED = ("nothing in the catalog names it",)


def nothing_at(key: str, why: str = UNNAMED[0]) -> Label:
    """Verdict `none` for a key, with confidence 0: nothing was decided."""
    return Label(key=key, verdict=Verdict.NONE, basis=(why,))


def _nothing(seen: Seen, index: CatalogIndex) -> Label:
    if seen.host:
        host = normalise(seen.host)
        for suffix in suffixes(host):
            signal = index.hosts.get(suffix)
            if signal is not None and signal.shared and (suffix == host or not signal.exact):
                return nothing_at(f"host:{suffix}", f"host {suffix} is infrastructure many vendors share")
        return nothing_at(f"host:{shown(host)}", homographs.mixed(host) or why_unnamed(host))
    if seen.app is not None and (seen.app.client_id or seen.app.name):
        kind, value = ("client", seen.app.client_id) if seen.app.client_id else ("app", seen.app.name or "")
        return nothing_at(f"{kind}:{value.casefold()}")
    return nothing_at(f"event:{seen.source}/{(seen.action or '').casefold()}")
