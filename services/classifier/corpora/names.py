"""The labelled corpus of names: positives from the catalog, negatives from the files here, each on one side for good.

See README.md for where the files come from. The same catalog and files give the same corpus, in the same order.
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

from schemas.catalog_rules import WIDE
from schemas.vendor import Product, Vendor
from services.labelling.hosts import normalise, suffixes
from services.labelling.tail.features import Features, app_hints, hints, of_app, of_domain
from services.labelling.tail.registered import registered

Kind = Literal["domains", "apps"]
FOLDER = Path(__file__).parent
_ORDINARY: dict[Kind, tuple[str, ...]] = {
    "domains": ("ordinary_web.txt", "ordinary_mail.txt", "ordinary_business.txt"),
    "apps": ("ordinary_apps.txt",),
}
_LOOKALIKES: dict[Kind, str] = {"domains": "lookalikes.txt", "apps": "lookalike_apps.txt"}
HELD = 0.3
HELD_LOOKALIKES = 0.5
_USES = frozenset({"ui", "api"})
_WORD = re.compile(r"[a-z0-9]+")


class Name(NamedTuple):
    """One labelled name. `stem` is what it is grouped by: a vendor, or a name's first word; `held` never trains."""

    text: str
    ai: bool
    origin: Literal["catalog", "ordinary", "lookalike", "verdict"]
    stem: str
    held: bool
    category: str = ""


def corpus(kind: Kind, vendors: Iterable[Vendor], verdicts: Iterable[Name] = ()) -> list[Name]:
    """All names of a kind: catalog, ordinary, look-alikes, and what analysts said of others (always in training)."""
    listed = tuple(vendors)
    found: dict[str, Name] = {}
    catalogued = {_text(kind, name) for name in _known(kind, listed)}
    for name in (*_positives(kind, listed), *_negatives(kind, catalogued)):
        found.setdefault(name.text, name)
    for said in verdicts:
        found[said.text] = said
    return sorted(found.values())


def features(kind: Kind, text: str) -> Features:
    """What the model of a kind looks at in a name."""
    if kind == "apps":
        return of_app(text)
    domain = registered(text)
    return of_domain(domain) if domain is not None else Features([], [])


def is_asked(kind: Kind, text: str) -> bool:
    """Whether the model is asked about a name that nothing else is known of."""
    if kind == "apps":
        return app_hints(text)
    domain = registered(text)
    return domain is not None and hints(domain.label, domain.suffix)


def is_held(stem: str, share: float) -> bool:
    """Whether a stem is held out: a digest of it decides, so that it is on one side in every run."""
    return int.from_bytes(sha256(f"held:{stem}".encode()).digest()[:4]) / 2**32 < share


def _positives(kind: Kind, vendors: tuple[Vendor, ...]) -> Iterator[Name]:
    for vendor in vendors:
        held = is_held(vendor.id, HELD)
        for product in vendor.products:
            if not product.embedded and product.kind != "embedded":
                for text in _named(kind, product):
                    yield Name(_text(kind, text), True, "catalog", vendor.id, held, product.kind)


def _named(kind: Kind, product: Product) -> Iterator[str]:
    """What a product is called by: registered domains of its own, or names that say something by themselves."""
    if kind == "apps":
        yield from (app.name for app in product.apps if not app.common_word)
        return
    for host in product.hosts:
        name = normalise(host.host)
        domain = registered(name)
        if host.role in _USES and not host.shared and domain is not None and WIDE.isdisjoint(suffixes(name)):
            yield domain.name


def _known(kind: Kind, vendors: tuple[Vendor, ...]) -> Iterator[str]:
    """Every name the catalog has, in whatever role: none of them is an ordinary one."""
    for vendor in vendors:
        if kind == "apps":
            yield vendor.name
            yield from (app.name for product in vendor.products for app in product.apps)
            yield from (product.name for product in vendor.products)
            continue
        hosts = [*vendor.domains, *(host.host for host in vendor.hosts)]
        hosts += [host.host for product in vendor.products for host in product.hosts]
        yield from (domain.name for host in hosts if (domain := registered(normalise(host))) is not None)


def _negatives(kind: Kind, catalogued: set[str]) -> Iterator[Name]:
    for text in lines(_LOOKALIKES[kind]):
        name = _text(kind, text)
        if name not in catalogued and _is_name(kind, name):
            stem = _stem(name)
            yield Name(name, ai=False, origin="lookalike", stem=stem, held=is_held(stem, HELD_LOOKALIKES))
    for file in _ORDINARY[kind]:
        for text in lines(file):
            name = _text(kind, text)
            if name not in catalogued and _is_name(kind, name):
                stem = _stem(name)
                yield Name(name, ai=False, origin="ordinary", stem=stem, held=is_held(stem, HELD))


def _is_name(kind: Kind, name: str) -> bool:
    """Whether a model can look at it: a hosting company's own suffix is no registered domain."""
    return kind == "apps" or registered(name) is not None


def lines(file: str) -> list[str]:
    """The names of a file of this folder, its comments left out."""
    text = (FOLDER / file).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _text(kind: Kind, name: str) -> str:
    return " ".join(name.casefold().split()) if kind == "apps" else name


def _stem(name: str) -> str:
    """The first word of a name: `chatham.edu` and `chatham.com` are on one side."""
    found = _WORD.search(name)
    return found.group() if found else name
