"""`/api/v1/alerts/decisions`: one decision over many alerts, what became of each, and undo for five minutes."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.inventory.api.alerts import AlertId, Decider, Deciding, conflicting, detail
from services.inventory.api.answers import answer
from services.inventory.api.asked_alerts import Plain
from services.inventory.api.desk import MOST_AT_ONCE, AlreadyHappened
from services.inventory.api.estate import Asked
from services.kit.access import Caller, require

router = APIRouter(tags=["alerts"])
Reader = Annotated[Caller, Depends(require("alerts:read"))]
Name = Annotated[Plain, Field(min_length=1, max_length=200)]


class Chosen(BaseModel):
    """An alert to be decided, with the revision it was decided on where that matters."""

    model_config = ConfigDict(extra="forbid")
    id: Name
    revision: Annotated[int, Field(ge=1)] | None = None


class Many(Deciding):
    """One decision over many alerts, each by its id or with the revision it was seen at."""

    alerts: Annotated[list[Name | Chosen], Field(min_length=1, max_length=MOST_AT_ONCE)]

    def chosen(self) -> dict[str, int | None]:
        """Ids with revisions, in the order asked for; one named twice is decided once, on the last revision named."""
        pairs = (each if isinstance(each, Chosen) else Chosen(id=each) for each in self.alerts)
        return {each.id: each.revision for each in pairs}


class Undo(BaseModel):
    """Which decision is thought to be the last; 409 where it isn't. Left out: whatever is."""

    model_config = ConfigDict(extra="forbid")
    decision: Annotated[int, Field(ge=1, lt=1 << 62)] | None = None


@router.post("/alerts/decisions")
async def decide(body: Many, caller: Decider, estate: Asked) -> Response:
    """Decides many in one transaction; `outcomes` says of each: decided, conflict, refused or not_found."""
    return answer(await estate.desk.decide_all(body.chosen(), body.by(caller.name)))


@router.get("/alerts/decisions/{bulk}")
async def one(bulk: AlertId, _: Reader, estate: Asked) -> Response:
    """What became of a decision over many."""
    return answer(await estate.desk.bulk(bulk))


@router.post("/alerts/decisions/{bulk}/undo")
async def undo_many(bulk: AlertId, caller: Decider, estate: Asked) -> Response:
    """Undoes it where that still can be; `outcomes` says of each: undone, or conflict with what happened."""
    return answer({"outcomes": await estate.desk.undo_all(bulk, caller.name)})


@router.post("/alerts/{alert}/undo")
async def undo(alert: AlertId, caller: Decider, estate: Asked, body: Undo | None = None) -> Response:
    """Undoes the last decision about an alert within five minutes; registry and alert are then as they were."""
    try:
        await estate.desk.undo(alert, body.decision if body else None, caller.name)
    except AlreadyHappened as conflict:
        return conflicting(conflict)
    return answer(await detail(estate, caller, alert))
