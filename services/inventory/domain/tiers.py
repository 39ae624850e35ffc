"""The observed tier: the decision table of standards §5.1 over what evidence alone can say."""

from collections.abc import Collection

OUTSIDE = frozenset({"confidential", "regulated", "pii", "phi", "pci", "customer", "financial", "credentials"})
"""Data classes that make row 2 of the table hold, whoever uses it: Tier 3."""


def observed_tier(people: int, classes: Collection[str]) -> int:
    """1 for one person's own use of harmless data, 2 for more than one person, 3 for confidential or customer data.

    Tier 4 needs facts about effects that no log tells, so it is never observed, only declared.
    """
    if OUTSIDE & set(classes):
        return 3
    return 2 if people > 1 else 1
