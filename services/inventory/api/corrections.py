"""`/api/v1/corrections`: what analysts said of match keys; it outranks the catalog until it is taken back."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.responses import Response

from services.inventory.api import cursor as cursors
from services.inventory.api.alerts import Said
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit
from services.inventory.api.asked_alerts import Plain
from services.inventory.api.desk import Below, CorrectionsPage
from services.inventory.api.estate import Asked, Estate
from services.kit.access import Caller, require

router = APIRouter(tags=["corrections"])
Reader = Annotated[Caller, Depends(require("alerts:read"))]
Corrector = Annotated[Caller, Depends(require("labels:correct"))]
State = Annotated[Literal["active", "undone", "all"], Query(description="only those that hold, or were taken back")]
Key = Annotated[Plain | None, Query(max_length=512, description="only those of this match key")]


class NewCorrection(Said):
    """A correction with its reason: `verdict` is ai, embedded, related (no use) or none (not AI)."""

    reason: Annotated[Plain, Field(min_length=1, max_length=1000)]


@router.get("/corrections")
async def listed(
    _: Reader, estate: Asked, limit: Limit = USUAL, cursor: Cursor = None, state: State = "all", key: Key = None
) -> Response:
    """Corrections, newest first."""
    return answer(await page(estate, limit, cursor, state, key))


@router.post("/corrections", status_code=201)
async def correct(body: NewCorrection, caller: Corrector, estate: Asked) -> Response:
    """Corrects the keys: stored cells show it at once, new events as soon as the classifiers have heard it."""
    made = await estate.desk.correct(body.correcting(), caller.name, body.reason)
    return answer({"items": made}, 201)


@router.post("/corrections/{number}/undo")
async def take_back(number: Annotated[int, Path(ge=1, lt=1 << 62)], caller: Corrector, estate: Asked) -> Response:
    """Takes a correction back: what was said before it holds again, or the catalog."""
    return answer(await estate.desk.take_back(number, caller.name))


async def page(estate: Estate, limit: int, cursor: str | None, state: str, key: str | None) -> CorrectionsPage:
    """A page of corrections."""
    before = cursors.decode(cursor, Below)
    found = await estate.desk.corrections(limit + 1, before.number if before else None, state, key)
    following = cursors.encode(Below(found[limit - 1].number)) if len(found) > limit else None
    label = await estate.desk.label(key) if key is not None else None
    return CorrectionsPage(items=tuple(found[:limit]), next=following, state=state, label=label)
