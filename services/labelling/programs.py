"""What devices and card statements name a product by, as ids of one form that connectors write and the catalog holds.

`process:Claude`, `bundle:com.openai.chat`, `chrome:<id>`, `vscode:<publisher.name>`, `npm:<package>`, `port:11434`,
`card:openai chatgpt subscr`. A connector puts one in `app.client_id`; matching then is that of client ids. Pure.
A card line that is nothing but a product's name is looked up as `merchant:cursor`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from schemas.usage import Verdict
from schemas.vendor import Product
from services.labelling.signals import Named

BUNDLE, EXTENSION, PACKAGE, CARD, PROCESS, PORT = 0.97, 0.98, 0.97, 0.9, 0.85, 0.6
"""Confidence by sort: ids are given out by a store or signed, a process's name anybody may use, a port even more so."""
DOMAIN, MERCHANT = 0.9, 0.6
"""Confidence of a card line that begins with a vendor's domain, or is only a name: shops and firms have names too."""
PORTS_OF_MANY = frozenset({80, 443, 1234, 1337, 3000, 3001, 5000, 5678, 7860, 8000, 8080, 8188})
"""Ports that development servers use too: without the name of the process they say nothing."""
_WORDS = re.compile(r"[^\w.]+")
_FIRM = frozenset({"inc", "llc", "ltd", "limited", "gmbh", "corp", "pbc", "pty", "bv", "ab", "sas", "co"})


def named(product: Product, use: Verdict) -> Iterator[tuple[str, Named]]:
    """The ids of a product with what they name; `use` is the verdict of its use."""
    for sort, names, confidence, what in (
        ("bundle:", product.bundles, BUNDLE, "bundle id"),
        ("process:", product.processes, PROCESS, "process"),
        ("", product.extensions, EXTENSION, "extension"),
        ("", product.packages, PACKAGE, "package"),
    ):
        for name in names:
            key = f"{sort}{name}" if sort == "process:" else f"{sort}{name}".lower()
            yield key, Named(product.id, use, confidence, (f"{what} {name} of {product.name}",))
    for text in product.descriptors:
        yield f"card:{words(text)}", Named(product.id, use, CARD, (f"card line {text} of {product.name}",))
    for port in product.ports:
        if port not in PORTS_OF_MANY:
            basis = (f"port {port}, on which {product.name} listens",)
            yield f"port:{port}", Named(None, Verdict.SUSPECTED, PORT, basis)


def merchants(product: Product, domains: Sequence[str]) -> Iterator[tuple[str, Named]]:
    """A card line that as a whole is a name of the product, or begins with one of the vendor's `domains` called so.

    A name that is a common word is a suspicion only, without the tool. AI within a product that is bought for other
    things has none: who pays for it need not use it.
    """
    if product.embedded:
        return
    for app in product.apps:
        basis = (f"card line that is the name {app.name!r} alone",)
        found = Named(product.id, Verdict.AI, MERCHANT, basis)
        if app.common_word:
            found = Named(None, Verdict.SUSPECTED, MERCHANT, (*basis, "a common word"))
        yield f"merchant:{words(app.name)}", found
    names = {app.name.casefold().replace(" ", "") for app in product.apps}
    for domain in domains:
        if domain.partition(".")[0] in names:
            basis = (f"card line {domain} of {product.name}",)
            yield f"card:{words(domain)}", Named(product.id, Verdict.AI, DOMAIN, basis)


def folded(clients: Mapping[str, Named]) -> dict[str, Named]:
    """The same, processes in lower case too: of two that differ in case only the one written so keeps it."""
    lower = {key.lower(): found for key, found in clients.items() if key.startswith("process:")}
    return {**lower, **clients}


def spellings(client_id: str) -> Iterator[str]:
    """The keys an id is looked up by, closest first: a process as it is written, a card's text by its beginnings."""
    lower = client_id.lower()
    if lower.startswith("card:"):
        parts = words(lower.removeprefix("card:")).split()
        yield from (f"card:{' '.join(parts[:count])}" for count in range(len(parts), 0, -1))
        while len(parts) > 1 and parts[-1].strip(".") in _FIRM:
            parts.pop()
        yield f"merchant:{' '.join(parts)}"
        return
    if client_id.startswith("process:") and lower != client_id:
        yield client_id
    yield lower


def words(text: str) -> str:
    """A card's text in lower case, its words by one space: signs between them differ from bank to bank."""
    return _WORDS.sub(" ", text.lower()).replace(". ", " ").strip(" .")
