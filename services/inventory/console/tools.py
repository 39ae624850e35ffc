"""The tools page, and one tool with its units, its evidence, its entries and alerts."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.inventory.api import tools as reads
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.estate import Asked
from services.inventory.api.overview import ORDER
from services.inventory.api.tools import Chosen
from services.inventory.console.csv_file import csv_file
from services.inventory.console.render import Section, frame, render
from services.kit.access import Caller, require

router = APIRouter(include_in_schema=False)
SECTION = Section(2, "Tools", "/tools", "tools:read")
Reader = Annotated[Caller, Depends(require("tools:read"))]
COLUMNS = (
    "tool", "name", "vendor", "verdict", "standing", "people", "units", "small_units", "events", "bytes_out",
    "data_classes", "first_seen", "last_seen", "basis",
)  # fmt: skip


@router.get("/tools.json")
async def twin(estate: Asked, caller: Reader, standing: Chosen = None) -> Response:
    """The same as JSON."""
    return answer(await reads.ranked(estate, caller, standing))


@router.get("/tools")
async def page(request: Request, runtime: Running, estate: Asked, caller: Reader, standing: Chosen = None) -> Response:
    """Every tool in use, those that need somebody first."""
    shown = await reads.ranked(estate, caller, standing)
    return render("tools.html", frame(runtime, request, caller, "/tools"), shown, standings=ORDER)


@router.get("/tools.csv")
async def as_csv(estate: Asked, caller: Reader, standing: Chosen = None) -> Response:
    """All of them as CSV."""
    items = (await reads.ranked(estate, caller, standing, reads.MOST)).items
    told = (msgspec.structs.asdict(item) for item in items)
    # What JSON leaves out is an empty cell.
    rows = ([None if row[name] is msgspec.UNSET else row[name] for name in COLUMNS] for row in told)
    return csv_file("tools", COLUMNS, rows)


@router.get("/tools/{tool}.json")
async def one_twin(tool: str, runtime: Running, estate: Asked, caller: Reader) -> Response:
    """The same as JSON."""
    return answer(await reads.detail(runtime, estate, caller, tool))


@router.get("/tools/{tool}")
async def one(tool: str, request: Request, runtime: Running, estate: Asked, caller: Reader) -> Response:
    """One tool."""
    shown = await reads.detail(runtime, estate, caller, tool)
    return render("tool.html", frame(runtime, request, caller, "/tools"), shown)
