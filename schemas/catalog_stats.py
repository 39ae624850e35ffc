"""What a catalog holds, counted. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.vendor import Product, Vendor

SIGNALS = (
    "hosts", "paths", "oauth", "apps", "user_agents", "processes", "bundles", "extensions", "packages", "ports",
    "events", "senders", "descriptors",
)  # fmt: skip


def stats(vendors: Iterable[Vendor]) -> Mapping[str, Any]:
    """Counts of vendors, products by kind and country, signals by kind, hosts by evidence and role; and the facts."""
    known = tuple(vendors)
    products = [product for vendor in known for product in vendor.products]
    hosts = [host for vendor in known for host in vendor.hosts] + [host for p in products for host in p.hosts]
    return {
        "vendors": len(known),
        "products": len(products),
        "kinds": dict(sorted(Counter(product.kind for product in products).items())),
        "countries": _most(Counter(vendor.country or "unknown" for vendor in known for _ in vendor.products)),
        "signals": {name: sum(len(getattr(product, name)) for product in products) for name in SIGNALS},
        "hosts": len(hosts),
        "hosts_by_evidence": dict(sorted(Counter(host.evidence for host in hosts).items())),
        "hosts_by_role": dict(sorted(Counter(host.role for host in hosts).items())),
        "examples": sum(len(product.examples) for product in products),
        "facts": [fact for product in products for fact in _facts(product)],
    }


def _most(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def _facts(product: Product) -> list[dict[str, str]]:
    return [
        {"tool": product.id, "name": f.name, "value": f.value, "source": f.source, "as_of": f.as_of.isoformat()}
        for f in product.facts
    ]
