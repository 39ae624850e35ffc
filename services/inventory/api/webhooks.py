"""`/api/v1/webhooks` and `/api/v1/deliveries`: where alerts are sent, and what became of each message."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.inventory.api import cursor as cursors
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit, Running
from services.inventory.api.views import Page
from services.inventory.delivery.endpoints import Endpoint, Endpoints
from services.inventory.delivery.queue import Queue
from services.inventory.delivery.trial import trial
from services.kit.access import Caller, require

router = APIRouter(tags=["webhooks"])
Reader = Annotated[Caller, Depends(require("webhooks:read"))]
Writer = Annotated[Caller, Depends(require("webhooks:write"))]
Follower = Annotated[Caller, Depends(require("deliveries:read"))]
DeliveryState = Literal["waiting", "delivered", "dead"]


class NewEndpoint(BaseModel):
    """An endpoint to add; no types: all."""

    model_config = ConfigDict(extra="forbid")
    url: str = Field(max_length=2000)
    description: str = Field(default="", max_length=200)
    types: list[str] = Field(default_factory=list, max_length=10)


class Rotation(BaseModel):
    """How long both secrets sign."""

    model_config = ConfigDict(extra="forbid")
    hours: float = Field(default=24, ge=0, le=720)


class Added(msgspec.Struct, frozen=True):
    """A new endpoint with its secret, shown this once."""

    endpoint: Endpoint
    secret: str


@router.get("/webhooks")
async def listed(_: Reader, runtime: Running, limit: Limit = USUAL, cursor: Cursor = None) -> Response:
    """Endpoints, oldest first."""
    after = cursors.decode(cursor, tuple[datetime, str])
    found = [one for one in await Endpoints(runtime).all() if after is None or (one.created_at, one.id) > after]
    following = cursors.encode((found[limit - 1].created_at, found[limit - 1].id)) if len(found) > limit else None
    return answer(Page(items=tuple(found[:limit]), next=following))


@router.post("/webhooks", status_code=201)
async def add(body: NewEndpoint, caller: Writer, runtime: Running) -> Response:
    """Adds an endpoint."""
    endpoint, secret = await Endpoints(runtime).add(body.url, caller.name, body.description, body.types)
    return answer(Added(endpoint, secret), 201)


@router.get("/webhooks/{endpoint}")
async def one(endpoint: str, _: Reader, runtime: Running) -> Response:
    """One endpoint."""
    return answer(await Endpoints(runtime).one(endpoint))


@router.delete("/webhooks/{endpoint}", status_code=204)
async def remove(endpoint: str, caller: Writer, runtime: Running) -> Response:
    """Removes an endpoint; what waits for it becomes dead letters."""
    await Endpoints(runtime).remove(endpoint, caller.name)
    return Response(status_code=204)


@router.post("/webhooks/{endpoint}/test")
async def test(endpoint: str, _: Writer, runtime: Running) -> Response:
    """Sends a test message at once and says what came of it, without the receiver's words."""
    return answer(await trial(runtime, endpoint))


@router.post("/webhooks/{endpoint}/rotate")
async def rotate(endpoint: str, caller: Writer, runtime: Running, body: Rotation | None = None) -> Response:
    """A new secret, shown this once."""
    period = timedelta(hours=(body or Rotation()).hours)
    return answer({"secret": await Endpoints(runtime).rotate(endpoint, caller.name, period)})


@router.post("/webhooks/{endpoint}/enable")
async def enable(endpoint: str, caller: Writer, runtime: Running) -> Response:
    """Switches an endpoint on again."""
    endpoints = Endpoints(runtime)
    await endpoints.enable(endpoint, caller.name)
    return answer(await endpoints.one(endpoint))


@router.get("/deliveries")
async def deliveries(
    _: Follower, runtime: Running, limit: Limit = USUAL, cursor: Cursor = None,
    state: Annotated[DeliveryState | None, Query()] = None, webhook: Annotated[str | None, Query()] = None,
) -> Response:  # fmt: skip
    """Messages to endpoints, newest first; `status` is the last attempt's."""
    before = cursors.decode(cursor, int)
    queue = Queue(runtime.engine, runtime.clock)
    found = await queue.page(limit + 1, before, state, webhook)
    following = cursors.encode(found[limit - 1].number) if len(found) > limit else None
    return answer(Page(items=tuple(found[:limit]), next=following))


@router.post("/deliveries/{number}/replay", status_code=204)
async def replay(number: int, caller: Writer, runtime: Running) -> Response:
    """Lines a dead letter up again."""
    await Queue(runtime.engine, runtime.clock).replay(number, caller.name)
    return Response(status_code=204)
