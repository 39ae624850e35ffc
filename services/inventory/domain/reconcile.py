"""Reconcile: usage held against the registry gives each grain one standing, in DESIGN §2's order."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from schemas.alert import Standing
from schemas.registry import Approval, EntryKind, RegistryEntry
from services.inventory.domain.clocks import a_year_after, business_days
from services.inventory.domain.grain import UNKNOWN
from services.inventory.domain.policy import DEFAULT, Policy
from services.inventory.domain.tiers import observed_tier

WORST_FIRST = (
    Standing.PROHIBITED, Standing.EXPIRED, Standing.UNREGISTERED, Standing.OUT_OF_SCOPE, Standing.OWNERLESS,
    Standing.DRIFTED, Standing.UNDER_REVIEW, Standing.TOLERATED, Standing.DORMANT, Standing.REGISTERED,
)  # fmt: skip
"""Which unit's standing speaks for a thing as a whole, and, from the other end, which of several entries holds."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a grain: one of `tool` and `solution` is set; `people` counts distinct ones."""

    tool: str | None = None
    solution: str | None = None
    units: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    people: int = 0
    last_seen: datetime | None = None


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: the standing, the entry it rests on, and why in words."""

    standing: Standing
    entry: str | None
    why: str


def reconcile(
    seen: Seen, entries: Iterable[RegistryEntry], *, today: date, owners_left: Collection[str] = (),
    policy: Policy = DEFAULT, healthy: bool = True,
) -> Held:  # fmt: skip
    """The standing of what was seen; `owners_left` are entries' owners who left, `healthy` whether its sources are.

    Each unit is held for itself, and the worst speaks for all. In a unit a prohibition outweighs every other entry,
    unless it names other units only; of the others one that covers the unit comes first, then the one that leaves
    the better standing, so that a renewal beside an expired entry counts.
    """
    about = sorted((entry for entry in entries if _about(entry, seen)), key=lambda entry: entry.id)
    if not about:
        banned = seen.tool in policy.prohibited_tools
        return _bare(Standing.PROHIBITED, "policy prohibits it") if banned else _bare(Standing.UNREGISTERED, "no entry")
    answers = [
        _in_unit(unit, about, seen, today, owners_left, policy, healthy=healthy)
        for unit in _unlike(sorted(seen.units) or [UNKNOWN], about)
    ]
    return min(answers, key=lambda held: WORST_FIRST.index(held.standing))


def _unlike(units: Iterable[str], about: Sequence[RegistryEntry]) -> Iterable[str]:
    """The first of all units that every entry treats alike: a large organisation has far fewer sorts than units."""
    scoped = [entry.units for entry in about if entry.units]
    found: dict[tuple[bool, ...], str] = {}
    for unit in units:
        found.setdefault((unit == UNKNOWN, *(unit in named for named in scoped)), unit)
    return found.values()


def _bare(standing: Standing, why: str) -> Held:
    return Held(standing=standing, entry=None, why=why)


def _about(entry: RegistryEntry, seen: Seen) -> bool:
    if seen.solution is not None:
        return seen.solution in entry.solution_ids
    return entry.kind is EntryKind.TOOL and seen.tool in entry.tools


def _in_unit(
    unit: str, about: Sequence[RegistryEntry], seen: Seen, today: date, owners_left: Collection[str], policy: Policy,
    *, healthy: bool,
) -> Held:  # fmt: skip
    """Of a person whose unit nobody knows the worse is taken: every prohibition is theirs, no entry's units are."""
    prohibiting = [entry for entry in about if entry.approval is Approval.PROHIBITED]
    others = [entry for entry in about if entry.approval is not Approval.PROHIBITED]
    for entry in prohibiting:
        if _covers(entry, unit) or unit == UNKNOWN or not others:
            return Held(standing=Standing.PROHIBITED, entry=entry.id, why=f"{entry.id} prohibits it")
    found = []
    for entry in others:
        standing, why = _with_entry(entry, unit, seen, today, owners_left, policy, healthy=healthy)
        held = Held(standing=standing, entry=entry.id, why=f"{entry.id}: {why}")
        found.append((_covers(entry, unit), WORST_FIRST.index(standing), held))
    return max(found, key=lambda each: each[:2])[2]


def _with_entry(
    entry: RegistryEntry, unit: str, seen: Seen, today: date, owners_left: Collection[str], policy: Policy,
    *, healthy: bool,
) -> tuple[Standing, str]:  # fmt: skip
    lapsed = expired(entry, today)
    beyond = sorted(seen.classes - set(entry.data_classes)) if entry.data_classes else []
    reviewed = entry.approval is Approval.UNDER_REVIEW
    answers = (
        (lapsed is not None, Standing.EXPIRED, lapsed or ""),
        (not _covers(entry, unit), Standing.OUT_OF_SCOPE, f"{unit} is not among its units"),
        (bool(beyond), Standing.OUT_OF_SCOPE, f"{', '.join(beyond)} not among its data classes"),
        (entry.approval is Approval.TOLERATED, Standing.TOLERATED, "tolerated"),
        (reviewed and review_ran_out(entry, today, policy), Standing.UNREGISTERED, "its review clock ran out"),
        (reviewed, Standing.UNDER_REVIEW, "under review"),
        (not entry.owner or entry.owner in owners_left, Standing.OWNERLESS, "no owner, or the owner left"),
        (_drifted(entry, seen), Standing.DRIFTED, "observed tier above the declared one"),
        (healthy and _unseen(seen, today, policy), Standing.DORMANT, f"unseen for {policy.dormant_days} days"),
    )
    return next(((s, why) for holds, s, why in answers if holds), (Standing.REGISTERED, "registered"))


def _covers(entry: RegistryEntry, unit: str) -> bool:
    return not entry.units or unit in entry.units


def expired(entry: RegistryEntry, today: date) -> str | None:
    """Says which end has passed, else None: its own, or a year after its certification."""
    if entry.expires_at is not None and entry.expires_at < today:
        return f"expired on {entry.expires_at}"
    if entry.certified_at is not None and a_year_after(entry.certified_at) < today:
        return f"last certified on {entry.certified_at}"
    return None


def review_ran_out(entry: RegistryEntry, today: date, policy: Policy) -> bool:
    """Whether a submission has waited for its decision as many business days as the review clock has."""
    if entry.registered_at is None:
        return False
    return business_days(entry.registered_at, today, policy.holidays) >= policy.review_business_days


def _drifted(entry: RegistryEntry, seen: Seen) -> bool:
    return entry.tier is not None and entry.tier < observed_tier(seen.people, seen.classes)


def _unseen(seen: Seen, today: date, policy: Policy) -> bool:
    return seen.last_seen is not None and today - seen.last_seen.date() >= timedelta(days=policy.dormant_days)
