"""Which sources weaken a figure: those that see nothing now, and those that tell a part of what happens. Pure.

What they would have told is missing from what is in use, so coverage may look better than it is.
"""

from collections.abc import Collection, Sequence

from services.inventory.api.views import SourceItem

SEEING = frozenset({"healthy"})
SOLUTION_KINDS = frozenset({"build", "audit", "grant", "endpoint"})
"""Kinds of observation that solutions are known by; tools and people are known by any."""


def weakening(known: Sequence[SourceItem], kinds: Collection[str] = ()) -> tuple[str, ...]:
    """The names of the sources that weaken a figure made of these kinds of observation (none given: of all)."""
    return tuple(
        source.instance for source in known
        if (source.state not in SEEING or source.weaknesses)
        and (not kinds or not source.kinds or not set(kinds).isdisjoint(source.kinds))
    )  # fmt: skip
