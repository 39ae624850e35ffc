"""A sample of the catalog's hosts to be checked afresh, and what such an audit says of all of them. Pure.

The draw depends on the catalog and the seed alone: who repeats it checks the same hosts. The interval is Wilson's
score interval (E. B. Wilson, JASA 22, 1927, https://doi.org/10.1080/01621459.1927.10502953).
"""

import math
import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from schemas.catalog_rules import USES
from schemas.vendor import Vendor

Z = 1.959964
"""The normal quantile of a two-sided interval of 95 %."""


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


def interval(wrong: int, checked: int) -> tuple[float, float]:
    """The 95 % interval of a share, 0…1; the whole range where nothing was checked."""
    if not checked:
        return 0.0, 1.0
    share, weight = wrong / checked, Z * Z / checked
    middle = (share + weight / 2) / (1 + weight)
    half = Z / (1 + weight) * math.sqrt(share * (1 - share) / checked + weight / (4 * checked))
    return max(0.0, middle - half), min(1.0, middle + half)
