"""`/api/v1/tools`: tools in use, held against the registry."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from schemas.alert import Standing
from services.inventory.api import cursor as cursors
from services.inventory.api import small_groups
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit
from services.inventory.api.cursor import LARGEST_LIMIT
from services.inventory.api.estate import Asked, Estate
from services.inventory.api.overview import ORDER
from services.inventory.api.related import SHOWN, Related, related
from services.inventory.api.views import Page, SolutionItem, ToolItem, ToolsPage, View
from services.kit.access import Caller, require
from services.kit.runtime import Runtime

router = APIRouter(tags=["tools"])
Reader = Annotated[Caller, Depends(require("tools:read"))]
MOST = 1_000_000
Chosen = Annotated[Standing | None, Query(description="only those of this standing")]


class ToolDetail(View, frozen=True, kw_only=True):
    """One tool with the entries that name it, its open alerts, and the solutions that use it."""

    tool: ToolItem
    related: Related
    solutions: tuple[SolutionItem, ...]


@router.get("/tools")
async def listed(
    caller: Reader, estate: Asked, limit: Limit = USUAL, cursor: Cursor = None, standing: Chosen = None
) -> Response:
    """Tools by id."""
    found = await estate.tools(limit + 1, cursors.decode(cursor, str), standing)
    following = cursors.encode(found[limit - 1].tool) if len(found) > limit else None
    items = small_groups.tools(found[:limit], small_groups.smallest_for(caller, estate.policy))
    return answer(Page(items=tuple(items), next=following))


@router.get("/tools/{tool}")
async def one(tool: str, caller: Reader, estate: Asked) -> Response:
    """One tool."""
    smallest = small_groups.smallest_for(caller, estate.policy)
    return answer(small_groups.tool(await estate.tool(tool), smallest))


async def ranked(estate: Estate, caller: Caller, standing: Standing | None, most: int = LARGEST_LIMIT) -> ToolsPage:
    """Tools as the page shows them: what needs somebody first, of one standing those with most people."""
    every = await estate.tools(MOST)
    found = sorted((item for item in every if standing in {None, item.standing}), key=rank)
    counts = dict(Counter(item.standing for item in every))
    items = small_groups.tools(found[:most], small_groups.smallest_for(caller, estate.policy))
    return ToolsPage(items=tuple(items), standing=standing, more=len(found) > most, counts=counts)


async def detail(runtime: Runtime, estate: Estate, caller: Caller, tool: str) -> ToolDetail:
    """One tool with all that is known of it; raises NotFound."""
    found = small_groups.tool(await estate.tool(tool), small_groups.smallest_for(caller, estate.policy))
    built = await estate.solutions(LARGEST_LIMIT) if caller.may("solutions:read") else ()
    return ToolDetail(
        tool=found, related=await related(runtime, estate, caller, found.tool, f"tool:{found.tool}"),
        solutions=tuple(item for item in built if found.tool in item.tools)[:SHOWN],
    )  # fmt: skip


def rank(item: ToolItem) -> tuple[int, int, str]:
    """What needs somebody first, then what most people use."""
    place = ORDER.index(Standing(item.standing))
    return place, -item.people, item.tool
