"""What a catalog must satisfy beyond its format: each fault names the file and the place. Pure but for reading files.

The rules guard against what public lists of AI hosts get wrong: shared infrastructure and whole companies taken for
AI, a host claimed twice, claims without a source, expressions that only one engine understands.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from schemas import catalog_rules as rules
from schemas import vendor as catalog
from schemas.vendor import AppName, AuditEvent, CatalogFault, Example, Fact, Host, Product, Vendor


class Fault(NamedTuple):
    """What is wrong in one file: the product (or `vendor`) and the signal, and what to do about it."""

    file: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.message}"


class Filed(NamedTuple):
    """A vendor with the name of the file it stands in."""

    file: str
    vendor: Vendor


def read_all(folders: Iterable[Path] = ()) -> tuple[tuple[Filed, ...], tuple[Fault, ...]]:
    """The shipped files and those of the folders, as `schemas.vendor.load` takes them, and those that can't be read."""
    found: dict[str, Filed] = {}
    unreadable: list[Fault] = []
    for folder in (catalog.CATALOG, *folders):
        for path in sorted(folder.glob("*.toml")):
            try:
                vendor = catalog.read(path)
            except CatalogFault as fault:
                unreadable.append(Fault(str(path), "file", str(fault).removeprefix(f"{path}: ")))
            else:
                found[vendor.id] = Filed(str(path), vendor)
    return tuple(found.values()), tuple(unreadable)


def check(filed: Iterable[Filed], today: date) -> Iterator[Fault]:
    """Every fault of these files, in their order; `today` bounds the dates of facts."""
    seen = _Seen()
    for file, vendor in filed:
        if Path(file).stem != vendor.id:
            yield Fault(file, "vendor", f"the file is named after its vendor: {vendor.id}.toml")
        for place, message in _vendor(vendor, today):
            yield Fault(file, place, message)
        for place, message in seen.claims(vendor):
            yield Fault(file, place, message)


Said = Iterator[tuple[str, str]]


def _vendor(vendor: Vendor, today: date) -> Said:
    if vendor.country is not None and vendor.country not in rules.COUNTRIES:
        yield "vendor", f"country {vendor.country!r} is no code of ISO 3166-1 alpha-2"
    for host in vendor.hosts:
        place = f"vendor host {host.host}"
        yield from _host(place, host)
        if host.role in rules.USES:
            yield place, f"role {host.role} is use: a host of use belongs to a product"
    for event in vendor.events:
        yield from _event(f"vendor event {event.source}/{event.event}", event)
    for product in vendor.products:
        if not rules.PRODUCT_ID.fullmatch(product.id) or product.id.partition(".")[0] != vendor.id:
            yield product.id, f"a product id is {vendor.id}.<name> in lower case letters, digits and hyphens"
        yield from _product(product, today)


def _product(product: Product, today: date) -> Said:
    where = product.id
    if product.kind not in rules.KINDS:
        yield where, f"kind {product.kind!r} is none of {', '.join(sorted(rules.KINDS))}"
    if product.embedded != (product.parent is not None):
        yield where, "an embedded feature names its parent, and nothing else does"
    if not _has_signal(product):
        yield where, "nothing would ever match it: give a host, path, client id, application name, agent or event"
    for host in product.hosts:
        yield from _product_host(f"{where}: host {host.host}", host)
    for rule in product.paths:
        place = f"{where}: path {rule.path} on {rule.host}"
        yield from _host(place, Host(host=rule.host, role=rule.role, evidence=rule.evidence, source=rule.source))
        yield from ((place, message) for message in rules.pattern_faults(rule.path, anchored=True))
        if rules.is_wide(rule.host) and re.fullmatch(r"\^?/?(?:\.\*)?\$?", rule.path):
            yield place, "it takes every path of a host that is far more than AI"
    yield from _other_signals(product)
    yield from _facts(where, product.facts, today)
    yield from _examples(where, product.examples)


def _has_signal(product: Product) -> bool:
    named = any(not app.common_word for app in product.apps)
    return bool(
        named or product.hosts or product.paths or product.oauth or product.user_agents or product.events
        or product.processes or product.bundles or product.extensions or product.packages or product.ports
        or product.descriptors
    )  # fmt: skip


def _product_host(place: str, host: Host) -> Said:
    yield from _host(place, host)
    if host.shared and host.role in rules.USES:
        yield place, "shared infrastructure is never use: give it another role, or drop `shared`"
    if rules.is_wide(host.host) and host.role in rules.USES and host.match == "suffix":
        yield place, "it is far more than AI: name the product's own hosts, or paths below it"


def _host(place: str, host: Host) -> Said:
    if not rules.HOST.fullmatch(host.host):
        yield place, "a host is written in lower case ASCII, without scheme, port, path and wildcard"
    elif rules.is_public_suffix(host.host):
        yield place, "it is a public suffix: everybody's names end in it"
    yield from _evidence(place, host.evidence, host.source)


def _evidence(place: str, kind: str, source: str | None) -> Said:
    if kind in rules.NEEDS_SOURCE and not source:
        yield place, f"evidence {kind} needs its source"
    if source is not None and not source.startswith("https://"):
        yield place, "a source is an https address"


def _other_signals(product: Product) -> Said:
    for client in product.oauth:
        yield from _evidence(f"{product.id}: client {client.client_id}", client.evidence, client.source)
    for agent in product.user_agents:
        place = f"{product.id}: user agent {agent.pattern}"
        yield from _evidence(place, agent.evidence, agent.source)
        yield from ((place, message) for message in rules.pattern_faults(agent.pattern, anchored=False))
    for event in product.events:
        yield from _event(f"{product.id}: event {event.source}/{event.event}", event)


def _event(place: str, event: AuditEvent) -> Said:
    yield from _evidence(place, event.evidence, event.reference)
    if "*" in event.event[:-1]:
        yield place, "* stands at the end only"
    if event.event == "*" and not event.app:
        yield place, "every event of a source is no AI: name the event or the application"


def _facts(where: str, facts: tuple[Fact, ...], today: date) -> Said:
    for fact in facts:
        place = f"{where}: fact {fact.name}"
        yield from _evidence(place, "vendor-doc", fact.source)
        if fact.as_of > today:
            yield place, f"as_of {fact.as_of} lies ahead"


def _examples(where: str, examples: tuple[Example, ...]) -> Said:
    if not any(example.match for example in examples):
        yield where, "no example that matches"
    if all(example.match for example in examples):
        yield where, "no example that does not match: add a look-alike, or a help or telemetry host"


class _Seen:
    """What earlier files claimed; a claim is a host with its role, an id, a name, a path rule."""

    def __init__(self) -> None:
        self._owners: dict[tuple[str, ...], str] = {}

    def claims(self, vendor: Vendor) -> Said:
        """Faults for what this vendor claims and another product has."""
        for host in vendor.hosts:
            if not host.shared:
                yield from self._claim(("host", host.host), f"vendor {vendor.id}", f"vendor host {host.host}")
        for product in vendor.products:
            yield from self._claim(("product id", product.id), product.id, product.id, anew=True)
            for host in product.hosts:
                if not host.shared:
                    yield from self._claim(("host", host.host), product.id, f"{product.id}: host {host.host}")
            yield from self._signals(product)

    def _signals(self, product: Product) -> Said:
        own = product.id
        for rule in product.paths:
            yield from self._claim(("path", rule.host, rule.path), own, f"{own}: path {rule.path} on {rule.host}")
        for client in product.oauth:
            key = ("client id", client.client_id.lower())
            yield from self._claim(key, own, f"{own}: client {client.client_id}")
        for app in _names(product.apps):
            yield from self._claim(("application name", app), own, f"{own}: application {app}")

    def _claim(self, key: tuple[str, ...], owner: str, place: str, *, anew: bool = False) -> Said:
        known = self._owners.setdefault(key, owner)
        if known != owner or (anew and (*key, "again") in self._owners):
            yield place, f"{key[0]} {' '.join(key[1:])} is claimed by {known} too"
        if anew:
            self._owners[(*key, "again")] = owner


def _names(apps: Iterable[AppName]) -> Iterator[str]:
    return (app.name.casefold() for app in apps if not app.common_word)
