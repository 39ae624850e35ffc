"""What lapses next: entries by the last day they hold, in 30, 60 or 90 days, those that lapsed counted beside."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from services.inventory.api import estate as estates
from services.inventory.api.answers import answer
from services.inventory.api.asked import Cursor, Running
from services.inventory.api.estate import Estate
from services.inventory.api.registry import LONGEST_WAIT, reader
from services.inventory.api.registry_pages import PERIODS, expiring_page
from services.inventory.console.csv_file import csv_file
from services.inventory.console.render import frame, render
from services.inventory.registry_search import Asked
from services.kit.access import Caller, require
from services.kit.runtime import Runtime

router = APIRouter(include_in_schema=False)
Reader = Annotated[Caller, Depends(require("registry:read"))]
Days = Annotated[int, Query(ge=0, le=LONGEST_WAIT, description="how far ahead")]
COLUMNS = ("id", "name", "lapses_on", "standing", "owner", "owner_left", "people", "expires_at", "certified_at")
AT_A_TIME = 500


@router.get("/registry/expiring.json")
async def twin(
    runtime: Running, estate: estates.Asked, _: Reader, days: Days = 90, cursor: Cursor = None
) -> Response:  # fmt: skip
    """The same as JSON."""
    return answer(await expiring_page(runtime, estate, days, cursor))


@router.get("/registry/expiring.csv")
async def as_csv(runtime: Running, estate: estates.Asked, _: Reader, days: Days = 90) -> Response:
    """All of them as CSV."""
    return csv_file("expiring", COLUMNS, _rows(runtime, estate, days))


@router.get("/registry/expiring")
async def page(
    request: Request, *, runtime: Running, estate: estates.Asked, caller: Reader, days: Days = 90, cursor: Cursor = None
) -> Response:
    """Entries that lapse, the nearest first."""
    shown = await expiring_page(runtime, estate, days, cursor)
    around = frame(runtime, request, caller, "/registry")
    return render("registry_expiring.html", around, shown, periods=PERIODS)


async def _rows(runtime: Runtime, estate: Estate, days: int) -> AsyncIterator[list[Any]]:
    async with reader(runtime, estate) as reading:
        after = None
        while some := await reading.by_end(Asked(within=days), AT_A_TIME, after):
            for entry in some:
                yield [getattr(entry, name) for name in COLUMNS]
            last = some[-1]
            after = (last.lapses_on, last.id) if last.lapses_on else None
