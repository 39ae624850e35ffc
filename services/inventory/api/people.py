"""`/api/v1/people/{pseudonym}`: what one pseudonymous person used. Who it is, this never says."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.estate import Asked
from services.kit.access import Caller, audit, require
from services.kit.access.audit import Act

router = APIRouter(tags=["people"])
Reader = Annotated[Caller, Depends(require("people:read"))]


@router.get("/people/{pseudonym}")
async def one(pseudonym: str, caller: Reader, estate: Asked, runtime: Running) -> Response:
    """One person. Looking at a single person leaves a trace, even under a pseudonym."""
    found = await estate.person(pseudonym)
    async with runtime.engine.begin() as connection:
        await audit.record(connection, Act(runtime.clock.now(), caller.name, "person.view", f"person:{found.person}"))
    return answer(found)
