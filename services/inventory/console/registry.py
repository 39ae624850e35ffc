"""The registry page: what was declared, looked through and filtered; the same as JSON and as a registry file."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from connectors.registry_csv import COLUMNS, TOLD
from services.inventory.api import estate as estates
from services.inventory.api.answers import answer
from services.inventory.api.asked import Cursor, Running
from services.inventory.api.estate import Estate
from services.inventory.api.registry import Filter, reader
from services.inventory.api.registry_pages import registry_page
from services.inventory.console.csv_file import csv_file
from services.inventory.console.render import Section, frame, render
from services.inventory.registry_search import Asked, Entry
from services.kit.access import Caller, require
from services.kit.runtime import Runtime

router = APIRouter(include_in_schema=False)
SECTION = Section(4, "Registry", "/registry", "registry:read")
Reader = Annotated[Caller, Depends(require("registry:read"))]
STANDS = ("standing", "owner_left", "lapses_on", "people", "last_seen", "changed_by", "changed_at")
"""What an export tells of how an entry stands; an import leaves these columns out."""


@router.get("/registry.json")
async def twin(
    runtime: Running, estate: estates.Asked, _: Reader, asked: Filter, cursor: Cursor = None
) -> Response:  # fmt: skip
    """The same as JSON."""
    return answer(await registry_page(runtime, estate, asked, cursor))


@router.get("/registry.csv")
async def as_csv(runtime: Running, estate: estates.Asked, _: Reader, asked: Filter) -> Response:
    """All entries of the filter as a registry file that can be imported again, with how each stands."""
    async with reader(runtime, estate) as reading:
        further = await reading.further()
    columns = (*COLUMNS, *further, *(TOLD + name for name in STANDS))
    return csv_file("registry", columns, _rows(runtime, estate, asked, further))


@router.get("/registry")
async def page(
    request: Request, *, runtime: Running, estate: estates.Asked, caller: Reader, asked: Filter, cursor: Cursor = None
) -> Response:
    """Entries, by id."""
    shown = await registry_page(runtime, estate, asked, cursor)
    query = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != "cursor"])
    return render("registry.html", frame(runtime, request, caller, "/registry"), shown, query=query)


def row(entry: Entry, further: list[str]) -> list[Any]:
    """An entry's cells: those of the registry file, columns nobody knows, how it stands."""
    told = [getattr(entry, name) for name in COLUMNS]
    return [*told, *(entry.extra.get(name) for name in further), *(getattr(entry, name) for name in STANDS)]


async def _rows(runtime: Runtime, estate: Estate, asked: Asked, further: list[str]) -> AsyncIterator[list[Any]]:
    async with reader(runtime, estate) as reading:
        async for entry in reading.every(asked):
            yield row(entry, further)
