"""What is asked of sources over the API: add, test, pause, resume, run, back-fill, remove; each leaves a trace."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from services.inventory import operating
from services.inventory.api.answers import answer
from services.inventory.api.asked import Running
from services.inventory.api.sources import detail, trial
from services.inventory.operating import Change, Draft, Unfit
from services.kit.access import Caller, require
from services.kit.access.problems import problem
from services.kit.control import requests, sources
from services.kit.control.requests import Request
from services.kit.control.rows import SourceRow
from services.kit.runtime import Runtime

router = APIRouter(tags=["sources"])
Operator = Annotated[Caller, Depends(require("sources:write"))]
LONGEST_WAIT = 30
LOOK_SECONDS = 0.25


class NewSource(BaseModel):
    """A source to add; `config` are the connector's settings, secrets as `env:NAME` or `file:/path`."""

    model_config = ConfigDict(extra="forbid")
    connector: str = Field(max_length=63)
    name: str = Field(max_length=200)
    config: dict[str, Any] = Field(default_factory=dict)
    every: str = Field(default="", max_length=20)
    folder: str = Field(default="", max_length=1000)
    pattern: str = Field(default="*", max_length=200)
    paused: bool = False


class SourceChange(BaseModel):
    """What is to change; what is left out stays. A setting given as null goes back to its usual value, and so does an
    empty `every`.
    """

    model_config = ConfigDict(extra="forbid")
    config: dict[str, Any] = Field(default_factory=dict)
    every: str | None = Field(default=None, max_length=20)
    folder: str | None = Field(default=None, max_length=1000)
    pattern: str | None = Field(default=None, max_length=200)


class Days(BaseModel):
    """Days to read anew, both included."""

    model_config = ConfigDict(extra="forbid")
    first: str = Field(max_length=20)
    last: str = Field(max_length=20)


@router.post("/sources", status_code=201)
async def add(body: NewSource, caller: Operator, runtime: Running) -> Response:
    """Adds a source; each fault is named with its field."""
    try:
        made = await operating.add(runtime, Draft(**body.model_dump()), caller.name)
    except Unfit as unfit:
        return refused(unfit)
    return answer(await detail(runtime, made), 201)


@router.patch("/sources/{name}")
async def edit(name: str, body: SourceChange, caller: Operator, runtime: Running) -> Response:
    """Changes settings or schedule; each fault is named with its field. It runs anew at once, and keeps its place."""
    try:
        await operating.edit(runtime, name, Change(**body.model_dump()), caller.name)
    except Unfit as unfit:
        return refused(unfit)
    return answer(await detail(runtime, name))


@router.post("/sources/{name}/pause")
async def pause(name: str, caller: Operator, runtime: Running) -> Response:
    """Stops further runs."""
    await operating.pause(runtime, name, caller.name)
    return answer(await detail(runtime, name))


@router.post("/sources/{name}/resume")
async def resume(name: str, caller: Operator, runtime: Running) -> Response:
    """Reads on from where it stood."""
    await operating.resume(runtime, name, caller.name)
    return answer(await detail(runtime, name))


@router.post("/sources/{name}/run", status_code=202)
async def run(name: str, caller: Operator, runtime: Running) -> Response:
    """Makes it due at once; an ingest service takes it."""
    await operating.run(runtime, name, caller.name)
    return answer(await detail(runtime, name), 202)


@router.post("/sources/{name}/backfill", status_code=202)
async def backfill(name: str, body: Days, caller: Operator, runtime: Running) -> Response:
    """Has days read anew; they get a new generation, which replaces what was known of them."""
    try:
        made = await operating.backfill(runtime, name, body.first, body.last, caller.name)
    except Unfit as unfit:
        return refused(unfit)
    return JSONResponse({"generation": made}, 202)


@router.post("/sources/{name}/test")
async def try_out(
    name: str, caller: Operator, runtime: Running,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT, description="seconds to wait for the answer")] = 10,
) -> Response:  # fmt: skip
    """Has an ingest service read a first page and publish nothing; 202 with where to look where it takes longer."""
    number = await operating.try_out(runtime, name, caller.name)
    row, request = await answered(runtime, name, number, wait)
    response = answer(trial(request, row), 200 if request.done_at is not None else 202)
    response.headers["Location"] = f"/api/v1/sources/{row.id}/tests/{number}"
    return response


@router.delete("/sources/{name}", status_code=204)
async def remove(name: str, caller: Operator, runtime: Running) -> Response:
    """Forgets a source, its cursor and its history; what it saw stays in the inventory."""
    await operating.remove(runtime, name, caller.name)
    return Response(status_code=204)


def refused(unfit: Unfit) -> Response:
    """Every fault at its field, as for any other body that can't be taken."""
    errors = [{"place": place or "config", "message": message} for place, message in unfit.fields]
    return problem(422, "the source can't be set up as it is", errors=errors)


async def answered(runtime: Runtime, name: str, number: int, wait: float) -> tuple[SourceRow, Request]:
    """The request once it is done, or as it stands after `wait` seconds."""
    looks = int(wait / LOOK_SECONDS)
    for look in range(looks + 1):
        async with runtime.engine.connect() as connection:
            row = await sources.get(connection, name, runtime.clock.now())
            request = await requests.get(connection, number, requests.TEST, row.id)
        if request.done_at is not None or look == looks:
            break
        await asyncio.sleep(LOOK_SECONDS)
    return row, request
