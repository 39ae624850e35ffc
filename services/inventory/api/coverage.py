"""`/api/v1/coverage`: how much of what is in use is registered, by tools, people and units, and what nobody sees.

Beside every figure stands the health of the sources: one that is silent or failing makes coverage look better than it
is, since what it would have told is missing from what is in use.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.inventory import coverage as measure
from services.inventory.api import small_groups, sources
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.estate import Asked, Estate
from services.inventory.api.overview import NOT_ESTIMABLE
from services.inventory.api.views import SourceItem, View
from services.inventory.api.weakening import SEEING, SOLUTION_KINDS, weakening
from services.inventory.coverage import CoverageFound, Share
from services.inventory.headcount import WINDOW, Heads
from services.kit.access import Caller, require
from services.kit.control.truth import Share as Completed
from services.kit.runtime import Runtime

router = APIRouter(tags=["coverage"])
Reader = Annotated[Caller, Depends(require("coverage:read"))]
NEVER_SEEN = frozenset({"never_run", "empty"})


class ShareItem(View, frozen=True, kw_only=True):
    """`covered` of `duty`, those in use that must be registered; by their users too. None: not assessed.

    `weakened_by` names the sources that would have told more of these and see nothing now, or not all.
    """

    in_use: int
    duty: int
    covered: int
    share: float | None
    users: int
    users_covered: int
    users_share: float | None
    without_duty: int
    weakened_by: tuple[str, ...] = ()


class PeopleShare(View, frozen=True, kw_only=True):
    """Distinct people who used AI within the window, and those all of whose tools are covered."""

    people: int
    covered: int
    share: float | None
    weakened_by: tuple[str, ...] = ()


class UnitCoverage(View, frozen=True, kw_only=True):
    """One unit: its tools and its people."""

    unit: str
    tools: ShareItem
    people: PeopleShare


class Sight(View, frozen=True, kw_only=True):
    """What a source sees now. `blind_since`: from then on nothing it would have told is known; None: it sees.

    `never` is set for a source that has told nothing yet: what happens there was never seen. `weaknesses` of one that
    sees are why it does not see all; `week` is the share of the last week's events that is here.
    """

    instance: str
    connector: str
    state: str
    sees: bool
    never: bool
    blind_since: datetime | None
    message: str | None
    weaknesses: tuple[str, ...]
    week: Completed


class EntryCounts(View, frozen=True, kw_only=True):
    """Entries of the registry. `unseen_share` (ghost rate) is None while a source is blind: not assessed."""

    total: int
    active: int
    lapsed: int
    due_in_30_days: int
    under_review: int
    ownerless: int
    unseen: int
    unseen_share: float | None


class CoverageReport(View, frozen=True, kw_only=True):
    """Coverage at one moment over a closed window. `true_coverage` needs the estimate of the unseen.

    `small_units` are those left out of `units`, for they have too few people (small_groups.py). `people_at` is when
    people were counted: on a large estate they are counted every half minute or so.
    """

    at: datetime
    window_days: int
    blind_since: datetime | None
    blind: int
    tools: ShareItem
    sensitive_tools: ShareItem
    solutions: ShareItem
    people: PeopleShare
    people_at: datetime
    units: tuple[UnitCoverage, ...]
    small_units: int
    entries: EntryCounts
    sources: tuple[Sight, ...]
    true_coverage: float | None = None
    not_estimable: str | None = NOT_ESTIMABLE


@router.get("/coverage")
async def shown(caller: Reader, runtime: Running, estate: Asked) -> Response:
    """How much of what is in use is registered."""
    return answer(await coverage(runtime, estate, caller))


async def coverage(runtime: Runtime, estate: Estate, caller: Caller) -> CoverageReport:
    """The report as of now."""
    found = await estate.coverage()
    smallest = small_groups.smallest_for(caller, estate.policy)
    return report(found, await sources.items(runtime), runtime.clock.now(), smallest)


def report(found: CoverageFound, known: Sequence[SourceItem], now: datetime, smallest: int = 1) -> CoverageReport:
    """The report of what was found and of the sources; units with fewer than `smallest` people are left out. Pure."""
    weak = weakening(known)
    units = _units(found, now, weak)
    shown = tuple(each for each in units if each.people.people >= smallest)
    sights = tuple(sight(source) for source in known)
    blind = [each for each in sights if not each.sees]
    dated = [each.blind_since for each in blind if each.blind_since is not None]
    return CoverageReport(
        at=now, window_days=WINDOW.days, blind=len(blind), blind_since=min(dated, default=None),
        tools=_item(measure.share(found.tools, now), weak),
        sensitive_tools=_item(measure.share(measure.sensitive(found.tools), now), weak),
        solutions=_item(measure.share(found.solutions, now), weakening(known, SOLUTION_KINDS)),
        people=_people(found.heads.whole, weak), people_at=found.heads.at,
        units=shown, small_units=len(units) - len(shown),
        entries=_entries(found, assessed=bool(sights) and not blind), sources=sights,
    )  # fmt: skip


def sight(source: SourceItem) -> Sight:
    """What a source sees. A silent one is blind since its newest event, others since they were last read. Pure."""
    sees = source.state in SEEING
    read = source.last_event_at if source.state == "silent" else source.last_success_at or source.last_event_at
    never = not sees and (source.state in NEVER_SEEN or read is None)
    return Sight(
        instance=source.instance, connector=source.connector, state=source.state, sees=sees, never=never,
        blind_since=None if sees or never else read, message=source.message, weaknesses=source.weaknesses,
        week=source.completeness.week,
    )  # fmt: skip


def _units(found: CoverageFound, now: datetime, weak: tuple[str, ...]) -> tuple[UnitCoverage, ...]:
    return tuple(
        UnitCoverage(
            unit=unit, tools=_item(measure.share(used, now), weak),
            people=_people(found.heads.by_unit.get(unit, Heads(0, 0, 0)), weak),
        )
        for unit, used in sorted(found.units.items())
    )  # fmt: skip


def _item(share: Share, weak: tuple[str, ...]) -> ShareItem:
    return ShareItem(**share._asdict(), weakened_by=weak)


def _people(heads: Heads, weak: tuple[str, ...]) -> PeopleShare:
    return PeopleShare(
        people=heads.recent, covered=heads.covered, share=measure.part(heads.covered, heads.recent), weakened_by=weak,
    )  # fmt: skip


def _entries(found: CoverageFound, *, assessed: bool) -> EntryCounts:
    of = found.entries
    return EntryCounts(
        total=of.total, active=of.active, lapsed=of.lapsed, due_in_30_days=of.due, under_review=of.waiting,
        ownerless=of.ownerless, unseen=of.unseen,
        unseen_share=measure.part(of.unseen, of.active) if assessed else None,
    )  # fmt: skip
