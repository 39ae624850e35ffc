"""`/api/v1/deadletters`: records that could not be read, where and why; they are replayed or dropped here."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from services.inventory import letters
from services.inventory.api import cursor as cursors
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit, Running
from services.inventory.api.views import Page, View
from services.kit import deadletters
from services.kit.access import Caller, require
from services.kit.control import requests
from services.kit.control.requests import Request
from services.kit.deadletters import Row
from services.kit.runtime import Runtime

router = APIRouter(tags=["dead letters"])
Reader = Annotated[Caller, Depends(require("deadletters:read"))]
Operator = Annotated[Caller, Depends(require("deadletters:write"))]
State = Annotated[Literal["waiting", "replayed", "dropped", "all"], Query(description="which letters")]
Origin = Annotated[str | None, Query(max_length=200, description="of this source or topic only")]


class LetterItem(View, frozen=True, kw_only=True):
    """One dead letter: never its record. `position` is its place in `origin` (a file and line, a page, an offset)."""

    id: str
    origin: str
    position: str
    reason: str
    attempts: int
    first_failed_at: datetime
    state: str


class LetterDetail(View, frozen=True, kw_only=True):
    """A letter, and what came of the last replay: `replay` is null, waiting, taken or done."""

    letter: LetterItem
    replay: str | None
    replay_message: str | None


class GroupItem(View, frozen=True, kw_only=True):
    """How many letters of an origin wait for one reason, and since when."""

    origin: str
    reason: str
    letters: int
    oldest: datetime
    newest: datetime


class LettersPage(Page, frozen=True, kw_only=True):
    """A page of letters of one state and origin, with those that wait by origin and reason."""

    state: str
    origin: str | None
    groups: tuple[GroupItem, ...]


class Chosen(BaseModel):
    """Which letters: ids, or all of an origin that failed for a reason."""

    model_config = ConfigDict(extra="forbid")
    ids: list[Annotated[str, Field(max_length=300)]] = Field(default_factory=list, max_length=letters.AT_ONCE)
    origin: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=1000)


@router.get("/deadletters")
async def listed(
    _: Reader, runtime: Running, state: State = "waiting", origin: Origin = None, limit: Limit = USUAL,
    cursor: Cursor = None,
) -> Response:  # fmt: skip
    """Dead letters, oldest first."""
    return answer(await page(runtime, state, origin, limit, cursor))


@router.get("/deadletters/{letter}")
async def one(letter: str, _: Reader, runtime: Running) -> Response:
    """One dead letter."""
    return answer(await detail(runtime, letter))


@router.post("/deadletters/replay", status_code=202)
async def replay(body: Chosen, caller: Operator, runtime: Running) -> Response:
    """Has an ingest service read them again; they are listed as waiting until it has."""
    return JSONResponse({"asked": await letters.replay(runtime, await chosen(runtime, body), caller.name)}, 202)


@router.post("/deadletters/drop")
async def drop(body: Chosen, caller: Operator, runtime: Running) -> Response:
    """Gives them up."""
    return JSONResponse({"dropped": await letters.drop(runtime, await chosen(runtime, body), caller.name)})


async def page(runtime: Runtime, state: str, origin: str | None, limit: int, cursor: str | None) -> LettersPage:
    """A page of letters."""
    after = cursors.decode(cursor, tuple[datetime, str])
    found = await deadletters.page(
        runtime.engine, state=None if state == "all" else state, origin=origin, after=after, limit=limit + 1
    )
    shown = tuple(map(_item, found[:limit]))
    following = cursors.encode((shown[-1].first_failed_at, shown[-1].id)) if len(found) > limit else None
    groups = tuple(GroupItem(**each._asdict()) for each in await deadletters.groups(runtime.engine))
    return LettersPage(items=shown, next=following, state=state, origin=origin, groups=groups)


async def detail(runtime: Runtime, name: str) -> LetterDetail:
    """One letter; raises NotFound."""
    row = await deadletters.one(runtime.engine, name)
    async with runtime.engine.connect() as connection:
        last: Request | None = await requests.latest(connection, requests.REPLAY, name)
    return LetterDetail(
        letter=_item(row), replay=last.state if last else None, replay_message=last.message if last else None
    )


async def chosen(runtime: Runtime, body: Chosen) -> list[str]:
    """The ids that are meant; raises NotFound where there are none."""
    if body.ids:
        return list(dict.fromkeys(body.ids))
    return await letters.group(runtime, body.origin, body.reason)


def _item(row: Row) -> LetterItem:
    return LetterItem(**row._asdict())
