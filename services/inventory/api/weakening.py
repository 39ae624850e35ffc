"""Which sources weaken a figure: those that see nothing now, and those that tell a part of what happens. Pure.

What they would have told is missing from what is in use, so coverage may look better than it is.
"""

from collections.abc import Collection, Sequence

from connectors.next_step import NextStep
from services.inventory.api.views import SourceItem
from services.kit.control.completeness import INCOMPLETE, OVERDUE, REJECTING

SEEING = frozenset({"healthy"})
SOLUTION_KINDS = frozenset({"build", "audit", "grant", "endpoint"})
"""Kinds of observation that solutions are known by; tools and people are known by any."""


MEANING = "It is read, and a part of what happens there is not seen."
STEPS = {
    OVERDUE: "It is due and not read: see that an ingest service runs, and in its runs how long each takes.",
    INCOMPLETE: (
        "Its vendor tells a part of its events only after days: figures of the last days will still grow. Where that "
        "is new, see the vendor's status page; days that stay short can be back-filled."
    ),
    REJECTING: "See its dead letters: its format may have changed. What they hold can be read again afterwards.",
}  # fmt: skip


def step(source: NextStep, weaknesses: Sequence[str]) -> NextStep:
    """What a source's state means and asks for; of one that sees, what degrades it."""
    if not weaknesses or source.steps:
        return source
    return NextStep(MEANING, tuple(STEPS[name] for name in weaknesses))


def weakening(known: Sequence[SourceItem], kinds: Collection[str] = ()) -> tuple[str, ...]:
    """The names of the sources that weaken a figure made of these kinds of observation (none given: of all)."""
    return tuple(
        source.instance for source in known
        if (source.state not in SEEING or source.weaknesses)
        and (not kinds or not source.kinds or not set(kinds).isdisjoint(source.kinds))
    )  # fmt: skip
