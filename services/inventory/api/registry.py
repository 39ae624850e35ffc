"""`/api/v1/registry`: what the organisation declared; adding an entry, importing a file."""

from datetime import date
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from connectors.registry_csv import read_registry
from schemas.registry import Approval, EntryKind, RegistryEntry
from services.inventory.api import cursor as cursors
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit
from services.inventory.api.estate import Asked
from services.inventory.api.views import Page
from services.kit.access import Caller, require
from services.kit.access.problems import problem

router = APIRouter(tags=["registry"])
Reader = Annotated[Caller, Depends(require("registry:read"))]
Writer = Annotated[Caller, Depends(require("registry:write"))]
LARGEST_FILE = 20 * 1024 * 1024
Short = Annotated[str, Field(min_length=1, max_length=200)]
Many = Annotated[list[Short], Field(max_length=500)]


class NewEntry(BaseModel):
    """An entry as it is sent; the fields are those of the registry file."""

    model_config = ConfigDict(extra="forbid")
    id: Short
    name: Short
    kind: EntryKind = EntryKind.TOOL
    tools: Many = []
    solution_ids: Many = []
    owner: Short | None = None
    accountable: Short | None = None
    units: Many = []
    purpose: Annotated[str, Field(max_length=2000)] | None = None
    data_classes: Many = []
    tier: Annotated[int, Field(ge=1, le=4)] | None = None
    stage: Short | None = None
    approval: Approval = Approval.APPROVED
    registered_at: date | None = None
    certified_at: date | None = None
    expires_at: date | None = None
    notes: Annotated[str, Field(max_length=5000)] | None = None


class Fault(msgspec.Struct, frozen=True):
    """Why a row can't be read: its line in the file (from 1), the column (empty: the row), and what to do."""

    line: int
    column: str
    message: str


class Report(msgspec.Struct, frozen=True):
    """What an import did: entries that went in, and each row that could not be read."""

    imported: int
    rejected: int
    faults: tuple[Fault, ...]


@router.get("/registry")
async def listed(_: Reader, estate: Asked, limit: Limit = USUAL, cursor: Cursor = None) -> Response:
    """Entries by id."""
    found = await estate.entries(limit + 1, cursors.decode(cursor, str))
    following = cursors.encode(found[limit - 1].id) if len(found) > limit else None
    return answer(Page(items=tuple(found[:limit]), next=following))


@router.post("/registry", status_code=201)
async def put(body: NewEntry, caller: Writer, estate: Asked) -> Response:
    """Adds an entry, or replaces the one of that id."""
    entry = msgspec.convert(body.model_dump(), RegistryEntry)
    await estate.put_entries([entry], caller.name)
    return answer(entry, 201)


@router.post("/registry/import")
async def import_file(
    request: Request, caller: Writer, estate: Asked,
    strict: Annotated[bool, Query(description="all rows or none")] = False,  # noqa: FBT002 - a query parameter
) -> Response:  # fmt: skip
    """Imports a CSV file sent as the body. Rows that can't be read are reported; with `strict` nothing goes in then."""
    entries, faults = read_registry(_text(await _body(request)))
    told = tuple(Fault(*fault) for fault in faults)
    if faults and strict:
        detail = f"{len(faults)} rows can't be read; with strict nothing went in"
        return problem(422, detail, **msgspec.to_builtins(Report(0, len(faults), told)))
    imported = await estate.put_entries(entries, caller.name) if entries else 0
    return answer(Report(imported, len(faults), told))


async def _body(request: Request) -> bytes:
    """The body, read no further than the largest file."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > LARGEST_FILE:
            raise HTTPException(413, f"the file is larger than {LARGEST_FILE} bytes")
    return bytes(content)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise HTTPException(422, f"line {line}: not UTF-8; save the file as UTF-8") from None
