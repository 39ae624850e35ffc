"""`/api/v1/alerts`: what somebody must act on, filtered and counted, its evidence, and the decision about one."""

from datetime import UTC
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from schemas.usage import Verdict
from services.inventory.api import cursor as cursors
from services.inventory.api.answers import answer
from services.inventory.api.asked_alerts import Filters, Plain
from services.inventory.api.desk import After, AlertFile, AlreadyHappened, Queue
from services.inventory.api.estate import Asked, Decision, Estate
from services.inventory.domain.corrections import Correcting
from services.kit.access import Caller, require
from services.kit.access.problems import problem
from services.kit.errors import NotAllowed

router = APIRouter(tags=["alerts"])
Reader = Annotated[Caller, Depends(require("alerts:read"))]
Decider = Annotated[Caller, Depends(require("alerts:decide"))]
AlertId = Annotated[Plain, Path(max_length=200)]
Text = Annotated[Plain, Field(min_length=1, max_length=1000)]


class Said(BaseModel):
    """What is said of match keys: `tool` is a catalog id, left out for AI of no known product and for what is none."""

    model_config = ConfigDict(extra="forbid")
    keys: list[Annotated[Plain, Field(min_length=1, max_length=512)]] = Field(min_length=1, max_length=50)
    verdict: Verdict
    tool: Annotated[Plain, Field(min_length=1, max_length=200)] | None = None

    def correcting(self) -> Correcting:
        """The same for the desk."""
        return Correcting(keys=tuple(self.keys), verdict=self.verdict, tool=self.tool)


class Deciding(BaseModel):
    """What every decision has; `until` with its zone, where the decision has an end."""

    model_config = ConfigDict(extra="forbid")
    decision: str = Field(min_length=1, max_length=40)
    reason: Text
    until: AwareDatetime | None = None
    assignee: Annotated[Plain, Field(min_length=1, max_length=200)] | None = None

    def by(self, author: str) -> Decision:
        """The decision as somebody makes it."""
        until = self.until.astimezone(UTC) if self.until else None
        return Decision(self.decision, self.reason, author, until, self.assignee)


class Decided(Deciding):
    """A decision about one alert; `correction` comes with a false positive whose labels are wrong."""

    revision: Annotated[int, Field(ge=1, description="the one it was decided on; 409 where it has changed")] | None = (
        None
    )
    correction: Said | None = None


@router.get("/alerts")
async def listed(caller: Reader, estate: Asked, filters: Annotated[Filters, Query()]) -> Response:
    """Alerts, newest first where no other order is asked for; `counts` says what each filter would let through."""
    return answer(await page(estate, caller, filters))


@router.get("/alerts/{alert}")
async def one(alert: AlertId, caller: Reader, estate: Asked) -> Response:
    """One alert with its evidence, related alerts and decisions."""
    return answer(await detail(estate, caller, alert))


@router.post("/alerts/{alert}/decision")
async def decide(alert: AlertId, body: Decided, caller: Decider, estate: Asked) -> Response:
    """Decides an alert and answers with what became of it; 409 says who decided what and when before."""
    said = may_correct(caller, body.correction.correcting()) if body.correction else None
    decision = body.by(caller.name)._replace(revision=body.revision, correction=said)
    try:
        await estate.decide(alert, decision)
    except AlreadyHappened as conflict:
        return conflicting(conflict)
    return answer(await detail(estate, caller, alert))


def may_correct(caller: Caller, said: Correcting) -> Correcting:
    """A correction that comes with a decision, from somebody who may correct; raises NotAllowed."""
    if not caller.may("labels:correct"):
        raise NotAllowed("correcting a label takes the permission labels:correct; decide without it, or ask an analyst")
    return said


async def page(estate: Estate, caller: Caller, filters: Filters) -> Queue:
    """A page of the queue."""
    after = cursors.decode(filters.cursor, After)
    found, following = await estate.desk.queue(filters.wanted(caller), filters.sort, filters.limit, after)
    return msgspec.structs.replace(found, next=cursors.encode(following) if following else None)


async def detail(estate: Estate, caller: Caller, alert: str) -> AlertFile:
    """An alert with all that the caller may know of it."""
    return await estate.desk.file(alert, people=caller.may("people:read"))


def conflicting(conflict: AlreadyHappened) -> Response:
    """409 with what happened, where somebody decided."""
    happened = msgspec.to_builtins(conflict.happened) if conflict.happened is not None else None
    return problem(409, str(conflict), happened=happened)
