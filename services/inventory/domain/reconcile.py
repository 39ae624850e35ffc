"""Reconcile: usage held against the registry gives each grain one standing, in DESIGN §2's order."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

import msgspec

from schemas.alert import Standing
from schemas.registry import Approval, EntryKind, RegistryEntry
from services.inventory.domain.clocks import a_year_after, business_days
from services.inventory.domain.policy import DEFAULT, Policy
from services.inventory.domain.tiers import observed_tier


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

    Of several entries for one thing any prohibiting one prohibits; else the first (by id) that covers its units; else
    none covers it and it is out of scope.
    """
    covering = sorted((e for e in entries if _about(e, seen)), key=lambda entry: entry.id)
    if not covering:
        banned = seen.tool in policy.prohibited_tools
        return _bare(Standing.PROHIBITED, "policy prohibits it") if banned else _bare(Standing.UNREGISTERED, "no entry")
    for entry in covering:
        if entry.approval is Approval.PROHIBITED:
            return Held(standing=Standing.PROHIBITED, entry=entry.id, why=f"{entry.id} prohibits it")
    chosen = next((e for e in covering if not _outside(e.units, seen.units)), covering[0])
    standing, why = _with_entry(chosen, seen, today, owners_left, policy, healthy=healthy)
    return Held(standing=standing, entry=chosen.id, why=f"{chosen.id}: {why}")


def _bare(standing: Standing, why: str) -> Held:
    return Held(standing=standing, entry=None, why=why)


def _about(entry: RegistryEntry, seen: Seen) -> bool:
    if seen.solution is not None:
        return seen.solution in entry.solution_ids
    return entry.kind is EntryKind.TOOL and seen.tool in entry.tools


def _with_entry(
    entry: RegistryEntry, seen: Seen, today: date, owners_left: Collection[str], policy: Policy, *, healthy: bool
) -> tuple[Standing, str]:
    lapsed = expired(entry, today)
    if entry.approval is Approval.TOLERATED and not lapsed:
        return Standing.TOLERATED, "tolerated"
    if entry.approval is Approval.UNDER_REVIEW and not lapsed:
        if _review_ran_out(entry, today, policy):
            return Standing.UNREGISTERED, "its review clock ran out"
        return Standing.UNDER_REVIEW, "under review"
    answers = (
        (lapsed is not None, Standing.EXPIRED, lapsed or ""),
        (_outside(entry.units, seen.units), Standing.OUT_OF_SCOPE, "a unit outside its scope"),
        (_outside(entry.data_classes, seen.classes), Standing.OUT_OF_SCOPE, "a data class outside its scope"),
        (not entry.owner or entry.owner in owners_left, Standing.OWNERLESS, "no owner, or the owner left"),
        (_drifted(entry, seen), Standing.DRIFTED, "observed tier above the declared one"),
        (healthy and _unseen(seen, today, policy), Standing.DORMANT, f"unseen for {policy.dormant_days} days"),
    )
    return next(((s, why) for holds, s, why in answers if holds), (Standing.REGISTERED, "registered"))


def expired(entry: RegistryEntry, today: date) -> str | None:
    """Says which end has passed, else None: its own, or a year after its certification."""
    if entry.expires_at is not None and entry.expires_at < today:
        return f"expired on {entry.expires_at}"
    if entry.certified_at is not None and a_year_after(entry.certified_at) < today:
        return f"last certified on {entry.certified_at}"
    return None


def _review_ran_out(entry: RegistryEntry, today: date, policy: Policy) -> bool:
    if entry.registered_at is None:
        return False
    return business_days(entry.registered_at, today, policy.holidays) >= policy.review_business_days


def _outside(declared: Collection[str], seen: Collection[str]) -> bool:
    return bool(declared) and not set(seen) <= set(declared)


def _drifted(entry: RegistryEntry, seen: Seen) -> bool:
    return entry.tier is not None and entry.tier < observed_tier(seen.people, seen.classes)


def _unseen(seen: Seen, today: date, policy: Policy) -> bool:
    return seen.last_seen is not None and today - seen.last_seen.date() >= timedelta(days=policy.dormant_days)
