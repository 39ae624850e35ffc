"""A sample of the catalog's hosts to be checked afresh. Pure.

The draw depends on the catalog and the seed alone: who repeats it checks the same hosts.
"""

import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from schemas.catalog_rules import USES
from schemas.vendor import Vendor


class Claim(NamedTuple):
    """A host that counts as use of a product, as the catalog claims it."""

    host: str
    product: str
    name: str
    evidence: str


def claims(vendors: Iterable[Vendor]) -> list[Claim]:
    """Every host of use of every product, by host."""
    return sorted(
        Claim(host.host, product.id, product.name, host.evidence)
        for vendor in vendors
        for product in vendor.products
        for host in product.hosts
        if host.role in USES and not host.shared
    )


def draw(found: Sequence[Claim], count: int, seed: int) -> list[Claim]:
    """So many of them, each as likely as any other; all where there are fewer."""
    chosen = random.Random(seed).sample(list(found), min(count, len(found)))  # noqa: S311 - a draw others can repeat
    return sorted(chosen)
