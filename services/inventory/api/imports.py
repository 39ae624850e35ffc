"""`/api/v1/registry/import`: a registry file read, told and taken; rows that can't be read by line and column.

Its routes stand before those of one entry, whose ids may be any text: the modules are included by name.
"""

import codecs
import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import IO, Annotated

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from connectors.records.bytestream import Cut, raw_chunks, unpacked
from services.inventory import importing
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.importing import Draft
from services.inventory.registry_store import Author
from services.kit.access import Caller, require
from services.kit.access.problems import problem
from services.kit.runtime import Runtime

router = APIRouter(tags=["registry"])
Reading = Annotated[Caller, Depends(require("registry:read"))]
Writing = Annotated[Caller, Depends(require("registry:write"))]
Strict = Annotated[bool, Query(description="all rows or none")]
LARGEST_FILE = 100 * 1024 * 1024
LONGEST_TEXT = 1024 * 1024 * 1024
IN_MEMORY = 1024 * 1024


class Fault(msgspec.Struct, frozen=True):
    """Why a row can't be read: its line in the file (from 1), the column (empty: the row), and what to do."""

    line: int
    column: str
    message: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did or, with `draft`, would do: entries in all and of these new, changed and the same.

    `faults` are the rows that can't be read; of more than 10,000 only the first, `rejected` counts all.
    """

    imported: int
    added: int
    changed: int
    same: int
    rejected: int
    faults: tuple[Fault, ...]
    name: str = ""
    draft: str | None = None


@router.post("/registry/import")
async def import_file(
    request: Request, caller: Writing, runtime: Running,
    strict: Strict = False,  # noqa: FBT002 - a query parameter
    preview: Annotated[bool, Query(description="read and tell only; POST …/import/{draft} takes it")] = False,  # noqa: FBT002 - the same
) -> Response:  # fmt: skip
    """Imports a CSV file sent as the body. Rows that can't be read are reported; with `strict` nothing goes in then."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        await receive(request.stream(), file)
        draft = await read(runtime, file, "the file", caller)
    told = await look(runtime, draft)
    if preview:
        return answer(told)
    return await _taken(runtime, told, caller, strict=strict)


@router.get("/registry/import/{draft}")
async def one(draft: str, _: Reading, runtime: Running) -> Response:
    """What taking an import would do."""
    return answer(await look(runtime, draft))


@router.post("/registry/import/{draft}")
async def take_one(
    draft: str, caller: Writing, runtime: Running,
    strict: Strict = False,  # noqa: FBT002 - a query parameter
) -> Response:  # fmt: skip
    """Takes an import that was told before."""
    return await _taken(runtime, await look(runtime, draft), caller, strict=strict)


@router.delete("/registry/import/{draft}", status_code=204)
async def drop_one(draft: str, _: Writing, runtime: Running) -> Response:
    """Drops an import: nothing of it goes in."""
    await drop(runtime, draft)
    return Response(status_code=204)


async def _taken(runtime: Runtime, told: Report, caller: Caller, *, strict: bool) -> Response:
    if told.rejected and strict:
        await drop(runtime, told.draft or "")
        detail = f"{told.rejected} rows can't be read; with strict nothing went in"
        nothing = msgspec.structs.replace(told, imported=0, added=0, changed=0, same=0, draft=None)
        return problem(422, detail, **msgspec.to_builtins(nothing))
    await take(runtime, told.draft or "", caller)
    return answer(msgspec.structs.replace(told, draft=None))


async def receive(chunks: AsyncIterator[bytes], file: IO[bytes]) -> None:
    """Writes a body into a file, no further than the largest there may be; raises HTTPException 413."""
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > LARGEST_FILE:
            raise HTTPException(413, f"the file is larger than {LARGEST_FILE} bytes; import it in parts")
        file.write(chunk)


async def read(runtime: Runtime, file: IO[bytes], name: str, caller: Caller) -> str:
    """Reads a file into a draft, and its id; raises HTTPException 422 where it is not UTF-8 or damaged."""
    fault = await run_in_threadpool(unreadable, file)
    if fault is not None:
        raise HTTPException(422, fault)
    async with runtime.engine.begin() as connection:
        return await importing.read(connection, file, name, Author(caller.name, runtime.clock.now()))


async def look(runtime: Runtime, draft: str, limit: int = importing.LISTED) -> Report:
    """What is in a draft, at most `limit` faults; raises NotFound."""
    async with runtime.engine.begin() as connection:
        return report(await importing.told(connection, draft, limit))


async def take(runtime: Runtime, draft: str, caller: Caller) -> int:
    """Takes a draft; how many entries are new or changed. Raises NotFound."""
    async with runtime.engine.begin() as connection:
        return await importing.take(connection, draft, Author(caller.name, runtime.clock.now()))


async def drop(runtime: Runtime, draft: str) -> None:
    """Drops a draft; raises NotFound."""
    async with runtime.engine.begin() as connection:
        await importing.drop(connection, draft)


def report(draft: Draft) -> Report:
    """A draft as it is answered. Pure."""
    return Report(
        imported=draft.readable, added=draft.added, changed=draft.changed, same=draft.same, rejected=draft.rejected,
        faults=tuple(Fault(*fault) for fault in draft.faults), name=draft.name, draft=draft.id,
    )  # fmt: skip


def unreadable(file: IO[bytes]) -> str | None:
    """Why a file can't be read at all, with the line; None where it can. Leaves it at its beginning."""
    file.seek(0)
    decoder, lines, size = codecs.getincrementaldecoder("utf-8")(), 1, 0
    try:
        for chunk in _ended(unpacked(raw_chunks(file))):
            size += len(chunk)
            if size > LONGEST_TEXT:
                return f"the file holds more than {LONGEST_TEXT} bytes of text; import it in parts"
            lines += decoder.decode(chunk, final=not chunk).count("\n")
    except UnicodeDecodeError as error:
        return f"line {lines + error.object[: error.start].count(10)}: not UTF-8; save the file as UTF-8"
    except Cut as cut:
        return f"the file is damaged: {cut}"
    file.seek(0)
    return None


def _ended(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield from (chunk for chunk in chunks if chunk)
    yield b""
