"""`/api/v1/alerts`: what somebody must act on, its evidence, and the decisions about it."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from schemas.alert import AlertState
from services.inventory.api import cursor as cursors
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit
from services.inventory.api.estate import Asked, Decision, Estate
from services.inventory.api.views import AlertDetail, AlertsPage, Page
from services.kit.access import Caller, require

router = APIRouter(tags=["alerts"])
Reader = Annotated[Caller, Depends(require("alerts:read"))]
Decider = Annotated[Caller, Depends(require("alerts:decide"))]
Chosen = Annotated[Literal["open", "snoozed", "closed", "all"], Query(description="only those of this state")]


class Decided(BaseModel):
    """A decision as it is sent; `until` with its zone, where the decision has an end."""

    model_config = ConfigDict(extra="forbid")
    decision: str = Field(min_length=1, max_length=40)
    reason: str = Field(min_length=1, max_length=1000)
    until: AwareDatetime | None = None
    assignee: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    revision: Annotated[int, Field(ge=1, description="the one it was decided on; 409 where it has changed")] | None = (
        None
    )


@router.get("/alerts")
async def listed(
    _: Reader, estate: Asked, limit: Limit = USUAL, cursor: Cursor = None, state: Chosen = "all"
) -> Response:
    """Alerts, newest first."""
    return answer(await page(estate, limit, cursor, state))


@router.get("/alerts/{alert}")
async def one(alert: str, _: Reader, estate: Asked) -> Response:
    """One alert with its evidence and decisions."""
    return answer(await detail(estate, alert))


@router.post("/alerts/{alert}/decision")
async def decide(alert: str, body: Decided, caller: Decider, estate: Asked) -> Response:
    """Decides an alert and answers with what became of it."""
    until = body.until.astimezone(UTC) if body.until else None
    await estate.decide(alert, Decision(body.decision, body.reason, caller.name, until, body.assignee, body.revision))
    return answer(await detail(estate, alert))


async def page(estate: Estate, limit: int, cursor: str | None, state: str) -> Page:
    """A page of alerts of a state, or of all."""
    after = cursors.decode(cursor, tuple[datetime, str])
    found = await estate.alerts(limit + 1, after, None if state == "all" else AlertState(state))
    following = cursors.encode((found[limit - 1].opened_at, found[limit - 1].id)) if len(found) > limit else None
    return AlertsPage(items=tuple(found[:limit]), next=following, state=state)


async def detail(estate: Estate, alert: str) -> AlertDetail:
    """An alert with its decisions and the choices there are."""
    found = await estate.alert(alert)
    return AlertDetail(alert=found, decisions=tuple(await estate.decisions(alert)), choices=estate.choices(found))
