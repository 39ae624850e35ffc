"""People who left and what is still in their name."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.inventory.api import owners as reads
from services.inventory.api.answers import answer
from services.inventory.api.asked import Cursor, Running
from services.inventory.console.csv_file import csv_file
from services.inventory.console.render import frame, render
from services.inventory.leavers import Leaver
from services.kit.access import Caller, require

router = APIRouter(include_in_schema=False)
Reader = Annotated[Caller, Depends(require("registry:read"))]
COLUMNS = ("person", "named", "unit", "left_on", "days", "overdue", "kind", "id", "name")


@router.get("/registry/owners.json")
async def twin(runtime: Running, _: Reader, cursor: Cursor = None) -> Response:
    """The same as JSON."""
    return answer(await reads.page(runtime, reads.ROWS, cursor))


@router.get("/registry/owners.csv")
async def as_csv(runtime: Running, _: Reader) -> Response:
    """A row for each thing, as CSV."""
    return csv_file("owners-who-left", COLUMNS, _rows(await reads.every(runtime)))


@router.get("/registry/owners")
async def page(request: Request, runtime: Running, caller: Reader, cursor: Cursor = None) -> Response:
    """Leavers, the longest gone first."""
    shown = await reads.page(runtime, reads.ROWS, cursor)
    return render("registry_owners.html", frame(runtime, request, caller, "/registry"), shown)


def _rows(found: Sequence[Leaver]) -> Iterator[tuple[Any, ...]]:
    return ((*leaver[:-1], *thing) for leaver in found for thing in leaver.owned)
