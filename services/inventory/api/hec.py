"""`/api/v1/hec`: which source gets what comes by Splunk's HTTP Event Collector."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.views import Page
from services.kit.access import Caller, audit, require
from services.kit.access.audit import Act
from services.kit.control import hec

router = APIRouter(tags=["sources"])
Reader = Annotated[Caller, Depends(require("sources:read"))]
Writer = Annotated[Caller, Depends(require("sources:write"))]
Part = Annotated[str | None, Field(min_length=1, max_length=hec.LONGEST)]


class NewRoute(BaseModel):
    """A route: at least one of sourcetype, source and token (its id), and the source instance."""

    model_config = ConfigDict(extra="forbid")
    instance: str = Field(max_length=200)
    sourcetype: Part = None
    source: Part = None
    token: Part = None


@router.get("/hec")
async def listed(_: Reader, runtime: Running) -> Response:
    """All routes, oldest first."""
    async with runtime.engine.connect() as connection:
        return answer(Page(items=tuple(await hec.list_all(connection)), next=None))


@router.post("/hec", status_code=201)
async def add(body: NewRoute, caller: Writer, runtime: Running) -> Response:
    """Adds a route; 409 where there is one for just that."""
    async with runtime.engine.begin() as connection:
        made = await hec.add(
            connection, body.instance, token=body.token, sourcetype=body.sourcetype, source=body.source
        )
        detail = body.model_dump(exclude_none=True)
        await audit.record(connection, Act(runtime.clock.now(), caller.name, "hec.add", f"hec:{made.id}", detail))
    return answer(made, 201)


@router.delete("/hec/{number}", status_code=204)
async def remove(number: Annotated[int, Path(ge=1, le=2**31 - 1)], caller: Writer, runtime: Running) -> Response:
    """Forgets a route."""
    async with runtime.engine.begin() as connection:
        await hec.remove(connection, number)
        await audit.record(connection, Act(runtime.clock.now(), caller.name, "hec.remove", f"hec:{number}"))
    return Response(status_code=204)
