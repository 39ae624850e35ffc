"""The standing a grain should have, told from the registry and the plan alone (DESIGN §2, standards §5).

This is the simulator's own reading of the rules, on purpose no call of the inventory's: each checks the other.
"""

from collections.abc import Collection
from datetime import date, timedelta

from schemas.alert import Standing
from schemas.registry import Approval, RegistryEntry
from services.simulator.people import addresses
from services.simulator.world import World

ALERTING = frozenset(
    {Standing.UNREGISTERED, Standing.PROHIBITED, Standing.EXPIRED, Standing.OUT_OF_SCOPE, Standing.OWNERLESS,
     Standing.DRIFTED}
)  # fmt: skip

_SENSITIVE = frozenset({"confidential", "regulated", "pii", "pci"})
"""Of the data classes the company handles, those that are more than internal."""


def standing(
    world: World, entry: RegistryEntry | None, units: Collection[str], classes: Collection[str], people: int
) -> Standing:
    """The standing of what `people` were seen with in `units` and `classes`, held against the entry that covers it."""
    if entry is None:
        return Standing.UNREGISTERED
    decided = {Approval.TOLERATED: Standing.TOLERATED, Approval.UNDER_REVIEW: Standing.UNDER_REVIEW}
    if entry.approval in decided and not _expired(entry, world.now.date()):
        return decided[entry.approval]
    for holds, result in (
        (entry.approval is Approval.PROHIBITED, Standing.PROHIBITED),
        (_expired(entry, world.now.date()), Standing.EXPIRED),
        (_outside(entry.units, units) or _outside(entry.data_classes, classes), Standing.OUT_OF_SCOPE),
        (not _owned(world, entry), Standing.OWNERLESS),
        (entry.tier is not None and entry.tier < _observed_tier(people, classes), Standing.DRIFTED),
    ):
        if holds:
            return result
    return Standing.REGISTERED


def _expired(entry: RegistryEntry, today: date) -> bool:
    """Past its end, or more than a year past its certification (29 Feb counts as 28)."""
    lapsed = entry.certified_at is not None and _a_year_after(entry.certified_at) < today
    return lapsed or (entry.expires_at is not None and entry.expires_at < today)


def _observed_tier(people: int, classes: Collection[str]) -> int:
    """Standards §5.1 as far as traffic shows it: sensitive data is tier 3, several people tier 2, one person tier 1."""
    return 3 if _SENSITIVE.intersection(classes) else 2 if people > 1 else 1


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return (day - timedelta(days=1)).replace(year=day.year + 1)


def _outside(declared: Collection[str], seen: Collection[str]) -> bool:
    return bool(declared) and any(name not in declared for name in seen)


def _owned(world: World, entry: RegistryEntry) -> bool:
    return entry.owner in addresses(world)
