"""`/api/v1/registry`: what the organisation declared: looked through, added, changed, removed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from starlette.responses import Response

from schemas.registry import Approval, EntryKind, RegistryEntry
from services.inventory import registry_changes
from services.inventory.api import cursor as cursors
from services.inventory.api import estate as estates
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit, Running
from services.inventory.api.estate import Estate
from services.inventory.api.views import Page
from services.inventory.registry_changes import Record
from services.inventory.registry_ids import taken
from services.inventory.registry_search import Asked, Reader, following
from services.inventory.registry_store import Author
from services.kit.access import Caller, require
from services.kit.runtime import Runtime

router = APIRouter(tags=["registry"])
Reading = Annotated[Caller, Depends(require("registry:read"))]
Writing = Annotated[Caller, Depends(require("registry:write"))]
LONGEST_WAIT = 3650


def _plain(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL character")
    return text.strip()


def _free(name: str) -> str:
    if (why := taken(name)) is not None:
        raise ValueError(why)
    return name


Short = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain), Field(min_length=1)]
Many = Annotated[list[Short], Field(max_length=500)]
Seen = Annotated[int, Field(ge=0, le=2**31 - 1, description="the revision it was changed from, 0: a new entry")]


class NewEntry(BaseModel):
    """An entry as it is sent; the fields are those of the registry file. With `revision`, 409 where it has changed."""

    model_config = ConfigDict(extra="forbid")
    id: Annotated[Short, AfterValidator(_free)]
    name: Short
    kind: EntryKind = EntryKind.TOOL
    tools: Many = []
    solution_ids: Many = []
    owner: Short | None = None
    accountable: Short | None = None
    units: Many = []
    purpose: Annotated[str, Field(max_length=2000), AfterValidator(_plain)] | None = None
    data_classes: Many = []
    tier: Annotated[int, Field(ge=1, le=4)] | None = None
    stage: Short | None = None
    approval: Approval = Approval.APPROVED
    registered_at: date | None = None
    certified_at: date | None = None
    expires_at: date | None = None
    notes: Annotated[str, Field(max_length=5000), AfterValidator(_plain)] | None = None
    extra: Annotated[dict[Short, Short], Field(max_length=100)] = {}
    revision: Seen | None = None

    def entry(self) -> RegistryEntry:
        """What is stored: lists without repetition, and nothing where a text is empty."""
        given = {name: value for name, value in self.model_dump(exclude={"revision"}).items() if value not in ("", [])}
        lists = {name: list(dict.fromkeys(value)) for name, value in given.items() if isinstance(value, list)}
        return msgspec.convert({**given, **lists}, RegistryEntry)


# A form sends the fields nobody filled in as empty texts.
Unset = BeforeValidator(lambda text: text or None)


async def _asked(
    q: Annotated[str | None, Query(max_length=200, description="words in id, name, owner or tools")] = None,
    approval: Annotated[Approval | None, Unset, Query()] = None,
    kind: Annotated[EntryKind | None, Unset, Query()] = None,
    within: Annotated[int | None, Unset, Query(ge=0, le=LONGEST_WAIT, description="days until it lapses")] = None,
    state: Annotated[Literal["lapsed", "ownerless"] | None, Unset, Query()] = None,
) -> Asked:
    words = (q or "").replace("\0", "").strip() or None
    return Asked(
        words=words, approval=approval, kind=kind, within=within, lapsed=state == "lapsed",
        ownerless=state == "ownerless",
    )  # fmt: skip


Filter = Annotated[Asked, Depends(_asked)]


@router.get("/registry")
async def listed(
    _: Reading, runtime: Running, estate: estates.Asked, asked: Filter, limit: Limit = USUAL, cursor: Cursor = None
) -> Response:
    """Entries by id."""
    return answer(await page(runtime, estate, asked, limit, cursor))


@router.post("/registry", status_code=201)
async def put(body: NewEntry, caller: Writing, runtime: Running) -> Response:
    """Adds an entry, or replaces the one of that id; with `revision` only where nobody else did."""
    return answer(await save(runtime, body.entry(), caller, body.revision), 201)


@router.get("/registry/{entry:path}")
async def one(entry: str, _: Reading, runtime: Running) -> Response:
    """One entry with its history."""
    return answer(await record(runtime, entry))


@router.delete("/registry/{entry:path}", status_code=204)
async def delete(
    entry: str, caller: Writing, runtime: Running, revision: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> Response:
    """Removes an entry; its history stays."""
    await remove(runtime, entry, caller, revision)
    return Response(status_code=204)


async def page(runtime: Runtime, estate: Estate, asked: Asked, limit: int, cursor: str | None) -> Page:
    """A page of entries."""
    async with reader(runtime, estate) as reading:
        found = await reading.page(asked, limit + 1, cursors.decode(cursor, str))
    last = following(found, limit)
    return Page(items=tuple(found[:limit]), next=cursors.encode(last.id) if last else None)


async def record(runtime: Runtime, name: str) -> Record:
    """One entry with its history; raises NotFound."""
    async with runtime.engine.connect() as connection:
        return await registry_changes.record(connection, name)


async def save(runtime: Runtime, entry: RegistryEntry, caller: Caller, revision: int | None) -> Record:
    """Saves an entry and returns it as it then stands; raises ChangedMeanwhile."""
    async with runtime.engine.begin() as connection:
        await registry_changes.change(connection, entry, Author(caller.name, runtime.clock.now()), revision)
        return await registry_changes.record(connection, entry.id)


async def remove(runtime: Runtime, name: str, caller: Caller, revision: int | None) -> None:
    """Removes an entry; raises NotFound or ChangedMeanwhile."""
    async with runtime.engine.begin() as connection:
        await registry_changes.remove(connection, name, Author(caller.name, runtime.clock.now()), revision)


@asynccontextmanager
async def reader(runtime: Runtime, estate: Estate) -> AsyncIterator[Reader]:
    """A reader of the registry as it stands now, by the deployment's policy."""
    async with runtime.engine.connect() as connection:
        yield Reader(connection, runtime.keys, runtime.clock.now(), estate.policy)
