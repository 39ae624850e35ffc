"""What the index holds for each sort of signal: the product it names, how surely, and where that is written."""

import re
from functools import cache
from typing import NamedTuple

from schemas.usage import Verdict
from schemas.vendor import Evidence, Role

EXACT_ID = 0.99
NAME_AND_PUBLISHER = 0.9
NAME_ALONE = 0.6
AGENT = 0.9
IMITATION = 0.3
"""A name that reads like a product's but is another's: rather fraud than AI, for an analyst either way."""
HOST: dict[Evidence, float] = {
    "vendor-doc": 0.98,
    "package": 0.97,
    "public-text": 0.95,
    "known": 0.92,
    "unverified": 0.8,
}
"""Confidence of a host by its evidence: the range of `reference/classifier.md` §4.3, ordered by how it is known.

Unverified lies below that range: of 42 such hosts drawn for the audit of 2026-11-22, which one directory of tools alone
names, 32 were found elsewhere (`schemas/catalog/README.md`).
"""

_WORDS: dict[Evidence, str] = {
    "vendor-doc": "vendor documentation",
    "package": "the vendor's own package",
    "public-text": "public text",
    "known": "common knowledge",
    "unverified": "unverified",
}


def evidence(kind: Evidence, source: str | None) -> str:
    """Where a catalog line's evidence stands, in words."""
    return f"evidence: {_WORDS[kind]}{f', {source}' if source else ''}"


class Named(NamedTuple):
    """What a signal takes a key for."""

    tool: str | None
    verdict: Verdict
    confidence: float
    basis: tuple[str, ...]


class HostSignal(NamedTuple):
    """A host or suffix of the catalog. `shared` infrastructure names nothing.

    `conventional`: names below it such as `status.` are no use (`subdomains`).
    """

    named: Named
    exact: bool
    shared: bool
    conventional: bool = False
    account: str | None = None


class PathSignal(NamedTuple):
    """A path expression below a host; `key` is the host's, or its own where it names another product than the host."""

    pattern: str
    methods: frozenset[str]
    named: Named
    key: str
    action: str
    account: str | None


class AppSignal(NamedTuple):
    """A display name; a common word names nothing unless the publisher (name or domain, lower case) fits."""

    tool: str
    verdict: Verdict
    common_word: bool
    publishers: frozenset[str]


class AgentSignal(NamedTuple):
    """A user-agent expression; an `sdk` proves an AI SDK, not whose service it talks to."""

    pattern: str
    sdk: bool
    named: Named


class EventSignal(NamedTuple):
    """An audit event of one source, in lower case; `app` narrows it to a name or id beginning so."""

    event: str
    prefix: bool
    app: str
    named: Named
    action: str


USES: frozenset[Role] = frozenset({"ui", "api"})
"""Roles whose traffic is use; every other is related."""


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A catalog expression, compiled when first met (it is in the subset `re` and RE2 share)."""
    return re.compile(pattern)
