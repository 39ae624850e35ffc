"""The coverage page: how much of what is in use is registered, with what no source sees beside it."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.inventory.api import coverage as reads
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.coverage import CoverageReport
from services.inventory.api.estate import Asked
from services.inventory.console.csv_file import csv_file
from services.inventory.console.render import Section, frame, render
from services.kit.access import Caller, require

router = APIRouter(include_in_schema=False)
SECTION = Section(5, "Coverage", "/coverage", "coverage:read")
Reader = Annotated[Caller, Depends(require("coverage:read"))]
COLUMNS = (
    "unit", "tools_in_use", "tools_with_duty", "tools_covered", "tools_share", "people", "people_covered",
    "people_share", "as_of", "blind_since", "weakened_by",
)  # fmt: skip


@router.get("/coverage.json")
async def twin(runtime: Running, estate: Asked, caller: Reader) -> Response:
    """The same as JSON."""
    return answer(await reads.coverage(runtime, estate, caller))


@router.get("/coverage.csv")
async def as_csv(runtime: Running, estate: Asked, caller: Reader) -> Response:
    """The units as CSV; the first row, without a unit, is the whole."""
    return csv_file("coverage", COLUMNS, _rows(await reads.coverage(runtime, estate, caller)))


@router.get("/coverage")
async def page(request: Request, runtime: Running, estate: Asked, caller: Reader) -> Response:
    """Coverage by tools, people and units."""
    shown = await reads.coverage(runtime, estate, caller)
    return render("coverage.html", frame(runtime, request, caller, "/coverage"), shown)


def _rows(report: CoverageReport) -> Iterator[tuple[Any, ...]]:
    every = (("", report.tools, report.people), *((one.unit, one.tools, one.people) for one in report.units))
    for unit, tools, people in every:
        yield (
            unit, tools.in_use, tools.duty, tools.covered, tools.share, people.people, people.covered, people.share,
            report.at, report.blind_since, tools.weakened_by,
        )  # fmt: skip
