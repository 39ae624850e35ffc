"""Importing a registry file: upload, see what it would do and which rows can't be read, take it or not."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from connectors.registry_csv import COLUMNS
from services.inventory.api import imports
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.imports import LARGEST_FILE, Report
from services.inventory.api.views import View
from services.inventory.console.csv_file import csv_file
from services.inventory.console.render import frame, render
from services.kit.access import Caller, require

router = APIRouter(include_in_schema=False)
Writer = Annotated[Caller, Depends(require("registry:write"))]
Number = Annotated[int | None, Query(ge=0, le=2**53)]
SHOWN = 200
AROUND = 4096
"""Bytes a form puts around the file it sends."""


class ImportPage(View, frozen=True, kw_only=True):
    """The form, or a report of what was read; after taking one, how many went in and how many could not."""

    report: Report | None = None
    shown: int = SHOWN
    taken: int | None = None
    rejected: int | None = None
    columns: tuple[str, ...] = COLUMNS


@router.get("/registry/import.json")
async def twin(_: Writer, taken: Number = None, rejected: Number = None) -> Response:
    """The same as JSON."""
    return answer(ImportPage(taken=taken, rejected=rejected))


@router.get("/registry/import")
async def page(
    request: Request, runtime: Running, caller: Writer, taken: Number = None, rejected: Number = None
) -> Response:
    """The form."""
    shown = ImportPage(taken=taken, rejected=rejected)
    return render("registry_import.html", frame(runtime, request, caller, "/registry"), shown)


@router.post("/registry/import")
async def upload(request: Request, runtime: Running, caller: Writer) -> Response:
    """Reads the file into a draft and shows it; 413 where it is too large, 422 where it can't be read at all."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise HTTPException(411, "say how long the file is")
    if int(length) > LARGEST_FILE + AROUND:
        raise HTTPException(413, f"the file is larger than {LARGEST_FILE} bytes; import it in parts")
    async with request.form(max_files=1, max_fields=5) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise HTTPException(422, "choose a file to import")
        draft = await imports.read(runtime, file.file, file.filename, caller)
    return RedirectResponse(f"/registry/import/{draft}", 303)


@router.get("/registry/import/{draft}.json")
async def report_twin(draft: str, runtime: Running, _: Writer) -> Response:
    """The same as JSON, with every fault."""
    return answer(ImportPage(report=await imports.look(runtime, draft)))


@router.get("/registry/import/{draft}.csv")
async def faults_csv(draft: str, runtime: Running, _: Writer) -> Response:
    """The rows that can't be read, as CSV."""
    report = await imports.look(runtime, draft)
    return csv_file("faults", ("line", "column", "message"), _rows(report))


@router.get("/registry/import/{draft}")
async def report(draft: str, request: Request, runtime: Running, caller: Writer) -> Response:
    """What the file would do."""
    shown = ImportPage(report=await imports.look(runtime, draft, SHOWN))
    return render("registry_import.html", frame(runtime, request, caller, "/registry"), shown)


@router.post("/registry/import/{draft}")
async def decide(
    draft: str, runtime: Running, caller: Writer, act: Annotated[Literal["take", "drop"], Form()]
) -> Response:
    """Takes it, or drops it."""
    if act == "drop":
        await imports.drop(runtime, draft)
        return RedirectResponse("/registry/import", 303)
    report = await imports.look(runtime, draft, 0)
    await imports.take(runtime, draft, caller)
    return RedirectResponse(f"/registry/import?taken={report.imported}&rejected={report.rejected}", 303)


def _rows(report: Report) -> Iterator[tuple[Any, ...]]:
    return (msgspec.structs.astuple(fault) for fault in report.faults)
