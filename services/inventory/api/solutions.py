"""`/api/v1/solutions`: what named people built or run with AI."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from schemas.alert import Standing
from services.inventory.api import cursor as cursors
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit
from services.inventory.api.estate import Asked, Estate
from services.inventory.api.related import Related, related
from services.inventory.api.views import Page, SolutionItem, View
from services.kit.access import Caller, require
from services.kit.runtime import Runtime

router = APIRouter(tags=["solutions"])
ROWS, MOST = 100, 1_000_000
Reader = Annotated[Caller, Depends(require("solutions:read"))]
Chosen = Annotated[Standing | None, Query(description="only those of this standing")]


class SolutionsPage(Page, frozen=True, kw_only=True):
    """A page of solutions and what they were asked by; `total` is how many there are.

    `counts` are all solutions by standing.
    """

    standing: str | None
    owner: str | None
    total: int
    counts: dict[str, int]


class SolutionDetail(View, frozen=True, kw_only=True):
    """One solution with the entries that name it and its open alerts."""

    solution: SolutionItem
    related: Related


@router.get("/solutions")
async def listed(
    _: Reader, estate: Asked, limit: Limit = USUAL, cursor: Cursor = None, standing: Chosen = None
) -> Response:
    """Solutions by id."""
    found = await estate.solutions(limit + 1, cursors.decode(cursor, str), standing)
    following = cursors.encode(found[limit - 1].solution) if len(found) > limit else None
    return answer(Page(items=tuple(found[:limit]), next=following))


@router.get("/solutions/{solution:path}")
async def one(solution: str, _: Reader, estate: Asked) -> Response:
    """One solution; vendors' ids may hold slashes."""
    return answer(await estate.solution(solution))


async def page(estate: Estate, standing: Standing | None, owner: str | None, cursor: str | None) -> SolutionsPage:
    """A page of solutions, by id."""
    known = await estate.solutions(MOST)
    found = [item for item in known if standing in {None, item.standing} and _owned(item, owner)]
    after = cursors.decode(cursor, str) or ""
    items = [item for item in found if item.solution > after][: ROWS + 1]
    following = cursors.encode(items[ROWS - 1].solution) if len(items) > ROWS else None
    return SolutionsPage(
        items=tuple(items[:ROWS]), next=following, standing=standing, owner=owner, total=len(found),
        counts=dict(Counter(item.standing for item in known)),
    )  # fmt: skip


async def every(estate: Estate, standing: Standing | None, owner: str | None) -> list[SolutionItem]:
    """All solutions of a standing and of owners: who `left`, or `none`."""
    return [item for item in await estate.solutions(MOST, None, standing) if _owned(item, owner)]


def _owned(item: SolutionItem, owner: str | None) -> bool:
    return owner is None or (item.owner_left if owner == "left" else item.owner is None)


async def detail(runtime: Runtime, estate: Estate, caller: Caller, solution: str) -> SolutionDetail:
    """One solution with what names it; raises NotFound."""
    found = await estate.solution(solution)
    return SolutionDetail(
        solution=found, related=await related(runtime, estate, caller, found.solution, f"solution:{found.solution}")
    )
