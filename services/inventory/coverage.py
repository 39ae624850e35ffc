"""Coverage: how much of what is in use an active entry of the registry covers (reference standards §5.2).

U is what was used within WINDOW; D, of that, what has a registration duty: more than its one user is touched, or it
is not known how many are. Covered is what rests on an active, unexpired entry that reaches its unit and data, whatever
else is wrong with the entry. Where D is empty the share is not assessed: neither zero nor all.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alert import Standing
from services.inventory.api.views import SolutionItem
from services.inventory.domain.reconcile import Held, Seen
from services.inventory.domain.tiers import OUTSIDE
from services.inventory.headcount import WINDOW, Headcount
from services.inventory.summaries import Summary

SOON = timedelta(days=30)
ACTIVE = """coalesce(entry ->> 'approval', 'approved') = 'approved' and coalesce(lapses_on >= :today, true)"""
ENTRIES = text(f"""
    select count(*) as total, count(*) filter (where {ACTIVE}) as active,
        count(*) filter (where lapses_on < :today) as lapsed,
        count(*) filter (where lapses_on between :today and :soon) as due,
        count(*) filter (where entry ->> 'approval' = 'under_review') as waiting,
        count(*) filter (where not entry ? 'owner') as ownerless,
        (select count(*) from inventory.registry_entry where removed_at is null and {ACTIVE} and (
            entry -> 'tools' ?| array(
                select tool from inventory.tool_figures where unit is null and last_seen > :since)
            or entry -> 'solution_ids' ?| array(
                select id from inventory.solution where deleted_at is null and last_seen > :since))) as seen
    from inventory.registry_entry where removed_at is null""")
COVERED = frozenset({Standing.REGISTERED, Standing.DORMANT, Standing.OWNERLESS, Standing.DRIFTED})
"""Standings that rest on an active entry. Tolerated and under review count as not registered (DESIGN §2)."""


class Holding(Protocol):
    """What holds usage against the registry (services/inventory/registry.py)."""

    def held(self, seen: Seen, sources: Collection[str]) -> Held: ...


class Used(NamedTuple):
    """A tool or solution, or a tool in one unit, as coverage sees it."""

    covered: bool
    people: int
    sensitive: bool
    last_seen: datetime | None


class Entries(NamedTuple):
    """Entries: in all, active (R), lapsed, lapsing within 30 days, waiting for a decision, naming no owner.

    `unseen` of R: neither tool nor solution was seen within WINDOW.
    """

    total: int
    active: int
    lapsed: int
    due: int
    waiting: int
    ownerless: int
    unseen: int


class CoverageFound(NamedTuple):
    """What coverage is measured over: tools as wholes, tools by unit, solutions, people, entries."""

    tools: Sequence[Used]
    units: Mapping[str, Sequence[Used]]
    solutions: Sequence[Used]
    heads: Headcount
    entries: Entries


class Share(NamedTuple):
    """`covered` of `duty`, and the same by their users added up; shares are None where there is nothing to share.

    `without_duty` are those in use by one person alone. A person counts once for each thing they use.
    """

    in_use: int
    duty: int
    covered: int
    share: float | None
    users: int
    users_covered: int
    users_share: float | None
    without_duty: int


def covered_pairs(found: Mapping[str, Mapping[str | None, Summary]], register: Holding) -> set[tuple[str, str]]:
    """Each tool with each unit in which an entry covers it."""
    return {
        (summary.tool, unit)
        for by_unit in found.values() for unit, summary in by_unit.items()
        if unit is not None and standing_in(unit, summary, register) in COVERED
    }  # fmt: skip


def standing_in(unit: str, summary: Summary, register: Holding) -> Standing:
    """The standing of a tool in one unit."""
    seen = Seen(
        tool=summary.tool, units=frozenset({unit}), classes=frozenset(summary.classes), people=summary.people,
        last_seen=summary.last_seen,
    )  # fmt: skip
    return register.held(seen, summary.events).standing


def share(used: Iterable[Used], now: datetime) -> Share:
    """The share of these that is covered."""
    recent = [each for each in used if each.last_seen is not None and each.last_seen > now - WINDOW]
    duty = [each for each in recent if each.people != 1]
    covered = [each for each in duty if each.covered]
    users, by_covered = sum(each.people for each in duty), sum(each.people for each in covered)
    return Share(
        in_use=len(recent), duty=len(duty), covered=len(covered), share=part(len(covered), len(duty)), users=users,
        users_covered=by_covered, users_share=part(by_covered, users), without_duty=len(recent) - len(duty),
    )  # fmt: skip


def found(
    tools: Mapping[str, Mapping[str | None, Summary]], register: Holding, solutions: Iterable[SolutionItem],
    heads: Headcount, declared: Entries,
) -> CoverageFound:  # fmt: skip
    """What is in use, each with whether it is covered. A tool is covered as a whole where every unit is. Pure."""
    pairs = covered_pairs(tools, register)
    units: dict[str, list[Used]] = defaultdict(list)
    wholes = []
    for name, by_unit in tools.items():
        for unit, summary in by_unit.items():
            if unit is not None:
                units[unit].append(_used(summary, covered=(name, unit) in pairs))
        if None in by_unit:
            every = all((name, unit) in pairs for unit in by_unit if unit is not None)
            wholes.append(_used(by_unit[None], covered=every))
    built = [
        Used(each.standing in COVERED, each.people, is_sensitive(each.data_classes), each.last_seen)
        for each in solutions
    ]
    return CoverageFound(wholes, units, built, heads, declared)


def _used(summary: Summary, *, covered: bool) -> Used:
    return Used(covered, summary.people, is_sensitive(summary.classes), summary.last_seen)


async def entries(connection: AsyncConnection, now: datetime) -> Entries:
    """Counts the registry's entries."""
    given = {"today": now.date(), "soon": now.date() + SOON, "since": now - WINDOW}
    row = (await connection.execute(ENTRIES, given)).one()
    return Entries(row.total, row.active, row.lapsed, row.due, row.waiting, row.ownerless, row.active - row.seen)


def sensitive(used: Iterable[Used]) -> Iterator[Used]:
    """Those that were seen with data that must not leave unasked."""
    return (each for each in used if each.sensitive)


def is_sensitive(classes: Iterable[str]) -> bool:
    """Whether data classes are among those."""
    return not OUTSIDE.isdisjoint(classes)


def part(some: int, whole: int) -> float | None:
    """A share, 0…1, to four digits; None of nothing."""
    return round(some / whole, 4) if whole else None
