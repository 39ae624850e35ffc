"""What in a catalog deserves a look without being wrong: old facts, and names that two vendors bear. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date

from schemas.catalog_check import Fault, Filed

OLDEST_FACT_DAYS = 400
"""A governance fact is looked up again within a year; this leaves a month to do it in."""


def warnings(filed: Iterable[Filed], today: date) -> Iterator[Fault]:
    """Facts older than OLDEST_FACT_DAYS, and names and domains of vendors and names of products met again."""
    met: dict[tuple[str, str], str] = {}
    for file, vendor in filed:
        for product in vendor.products:
            for fact in product.facts:
                age = (today - fact.as_of).days
                if age > OLDEST_FACT_DAYS:
                    yield Fault(
                        file, f"{product.id}: fact {fact.name}", f"as of {fact.as_of}, {age} days ago: look again"
                    )
        names = [("vendor name", vendor.name), *(("domain", domain) for domain in vendor.domains)]
        names += [("product name", product.name) for product in vendor.products]
        for sort, name in names:
            first = met.setdefault((sort, name.casefold()), vendor.id)
            if first != vendor.id:
                yield Fault(file, f"{sort} {name}", f"vendor {first} has it too: one of another, or one too many?")
