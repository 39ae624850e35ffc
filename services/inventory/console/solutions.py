"""The solutions page: what named people built or run with AI, with their owners; and one of them."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BeforeValidator
from starlette.responses import Response

from schemas.alert import Standing
from services.inventory.api import solutions as reads
from services.inventory.api.answers import answer
from services.inventory.api.asked import Cursor, Running
from services.inventory.api.estate import Asked
from services.inventory.api.overview import ORDER
from services.inventory.api.views import SolutionItem
from services.inventory.console.csv_file import csv_file
from services.inventory.console.render import Section, frame, render
from services.kit.access import Caller, require

router = APIRouter(include_in_schema=False)
SECTION = Section(3, "Solutions", "/solutions", "solutions:read")
Reader = Annotated[Caller, Depends(require("solutions:read"))]
Unset = BeforeValidator(lambda text: text or None)
Chosen = Annotated[Standing | None, Unset, Query(description="only those of this standing")]
Owner = Annotated[Literal["left", "none"] | None, Unset, Query(description="only those whose owner left, or without")]
COLUMNS = (
    "solution", "name", "type", "standing", "owner", "owner_left", "unit", "environment", "tools", "people", "events",
    "data_classes", "first_seen", "last_seen", "makers", "connectors", "touches", "sharing", "created_at", "first_run",
    "last_run",
)  # fmt: skip


@router.get("/solutions.json")
async def twin(
    estate: Asked, _: Reader, standing: Chosen = None, owner: Owner = None, cursor: Cursor = None
) -> Response:
    """The same as JSON."""
    return answer(await reads.page(estate, standing, owner, cursor))


@router.get("/solutions.csv")
async def as_csv(estate: Asked, _: Reader, standing: Chosen = None, owner: Owner = None) -> Response:
    """All of them as CSV."""
    return csv_file("solutions", COLUMNS, _rows(await reads.every(estate, standing, owner)))


@router.get("/solutions")
async def page(
    request: Request, *, runtime: Running, estate: Asked, caller: Reader, standing: Chosen = None,
    owner: Owner = None, cursor: Cursor = None,
) -> Response:  # fmt: skip
    """Solutions, by id."""
    shown = await reads.page(estate, standing, owner, cursor)
    return render("solutions.html", frame(runtime, request, caller, "/solutions"), shown, standings=ORDER)


@router.get("/solutions/{solution:path}.json")
async def one_twin(solution: str, runtime: Running, estate: Asked, caller: Reader) -> Response:
    """The same as JSON."""
    return answer(await reads.detail(runtime, estate, caller, solution))


@router.get("/solutions/{solution:path}")
async def one(solution: str, request: Request, runtime: Running, estate: Asked, caller: Reader) -> Response:
    """One solution."""
    shown = await reads.detail(runtime, estate, caller, solution)
    return render("solution.html", frame(runtime, request, caller, "/solutions"), shown, tools=estate.desk.tools())


def _rows(items: list[SolutionItem]) -> Iterator[list[Any]]:
    return ([getattr(item, name) for name in COLUMNS] for item in items)
