"""`/api/v1/webhooks` and `/api/v1/deliveries`: where alerts are sent, and what became of each message."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.inventory.api import cursor as cursors
from services.inventory.api.answers import answer
from services.inventory.api.asked import USUAL, Cursor, Limit, Running
from services.inventory.api.views import Page, View
from services.inventory.delivery import replay as replays
from services.inventory.delivery.endpoints import Endpoint, Endpoints
from services.inventory.delivery.queue import Attempt, Delivery, Queue
from services.inventory.delivery.trial import trial
from services.inventory.delivery.wanted import Wanted
from services.inventory.formats import OWN, formats
from services.kit.access import Caller, require
from services.kit.runtime import Runtime

router = APIRouter(tags=["webhooks"])
Reader = Annotated[Caller, Depends(require("webhooks:read"))]
Writer = Annotated[Caller, Depends(require("webhooks:write"))]
Follower = Annotated[Caller, Depends(require("deliveries:read"))]
Number = Annotated[int, Path(ge=0, le=2**63 - 1)]
DeliveryState = Literal["waiting", "delivered", "dead"]


class Settings(BaseModel):
    """What an endpoint is and wants; an empty filter lets all through."""

    model_config = ConfigDict(extra="forbid")
    description: str = Field(default="", max_length=200)
    format: str = Field(default=OWN, max_length=40)
    types: list[str] = Field(default_factory=list, max_length=10)
    severities: list[str] = Field(default_factory=list, max_length=10)
    standings: list[str] = Field(default_factory=list, max_length=20)
    units: list[str] = Field(default_factory=list, max_length=100)
    tools: list[str] = Field(default_factory=list, max_length=100)

    def wanted(self) -> Wanted:
        """The format and filters as a value; it checks itself."""
        return Wanted(
            format=self.format, types=tuple(self.types), severities=tuple(self.severities),
            standings=tuple(self.standings), units=tuple(self.units), tools=tuple(self.tools),
        )  # fmt: skip


class NewEndpoint(Settings):
    """An endpoint to add."""

    url: str = Field(max_length=2000)


class Again(BaseModel):
    """From when on to send again: all that is wanted now, or only what was given up."""

    model_config = ConfigDict(extra="forbid")
    since: AwareDatetime
    dead_only: bool = False


class Rotation(BaseModel):
    """How long both secrets sign."""

    model_config = ConfigDict(extra="forbid")
    hours: float = Field(default=24, ge=0, le=720)


class Added(msgspec.Struct, frozen=True):
    """A new endpoint with its secret, shown this once."""

    endpoint: Endpoint
    secret: str


class Shown(View, frozen=True, kw_only=True):
    """An endpoint, how many deliveries it has in each state, and a page of them, newest first."""

    endpoint: Endpoint
    counts: dict[str, int]
    items: tuple[Delivery, ...]
    next: str | None


class DeliveryShown(View, frozen=True, kw_only=True):
    """A delivery and its attempts, the first first."""

    delivery: Delivery
    attempts: tuple[Attempt, ...]


class FormatItem(View, frozen=True, kw_only=True):
    """A format an endpoint may be given."""

    name: str
    title: str
    content_type: str
    source: str


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
    endpoint, secret = await Endpoints(runtime).add(body.url, caller.name, body.description, body.wanted())
    return answer(Added(endpoint, secret), 201)


@router.get("/webhooks/formats")
async def known(_: Reader) -> Response:
    """The formats there are."""
    items = [
        FormatItem(name=each.name, title=each.title, content_type=each.content_type, source=each.source)
        for each in formats().values()
    ]
    return answer(Page(items=tuple(items), next=None))


@router.get("/webhooks/{endpoint}")
async def one(endpoint: str, _: Reader, runtime: Running) -> Response:
    """One endpoint."""
    return answer(await Endpoints(runtime).one(endpoint))


@router.put("/webhooks/{endpoint}")
async def change(endpoint: str, body: Settings, caller: Writer, runtime: Running) -> Response:
    """Gives it another description, format and filters; the address stays, another one is another endpoint."""
    endpoints = Endpoints(runtime)
    await endpoints.change(endpoint, caller.name, body.description, body.wanted())
    return answer(await endpoints.one(endpoint))


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


@router.post("/webhooks/{endpoint}/disable")
async def disable(endpoint: str, caller: Writer, runtime: Running) -> Response:
    """Switches an endpoint off; what waits and what comes becomes dead letters."""
    endpoints = Endpoints(runtime)
    await endpoints.disable(endpoint, caller.name)
    return answer(await endpoints.one(endpoint))


@router.post("/webhooks/{endpoint}/replay")
async def replay_since(endpoint: str, body: Again, caller: Writer, runtime: Running) -> Response:
    """Lines up again what happened since a time."""
    since = body.since.astimezone(UTC)
    count = await replays.since(runtime, endpoint, since, caller.name, dead_only=body.dead_only)
    return answer({"deliveries": count})


@router.get("/deliveries")
async def deliveries(
    _: Follower, runtime: Running, limit: Limit = USUAL, cursor: Cursor = None,
    state: Annotated[DeliveryState | None, Query()] = None, webhook: Annotated[str | None, Query()] = None,
) -> Response:  # fmt: skip
    """Messages to endpoints, newest first; `status` is the last attempt's."""
    return answer(await page(runtime, limit, cursor, state, webhook))


@router.get("/deliveries/{number}")
async def delivery(number: Number, _: Follower, runtime: Running) -> Response:
    """One delivery with its attempts."""
    return answer(await attempts(runtime, number))


@router.post("/deliveries/{number}/replay", status_code=204)
async def replay(number: Number, caller: Writer, runtime: Running) -> Response:
    """Lines up again what was delivered or given up, under its old id; 409 where it still waits."""
    await Queue(runtime.engine, runtime.clock).replay(number, caller.name)
    return Response(status_code=204)


async def page(
    runtime: Runtime, limit: int, cursor: str | None, state: str | None = None, webhook: str | None = None
) -> Page:
    """A page of deliveries."""
    found = await Queue(runtime.engine, runtime.clock).page(limit + 1, cursors.decode(cursor, int), state, webhook)
    following = cursors.encode(found[limit - 1].number) if len(found) > limit else None
    return Page(items=tuple(found[:limit]), next=following)


async def shown(
    runtime: Runtime, endpoint: str, limit: int, cursor: str | None = None, state: str | None = None
) -> Shown:
    """An endpoint with its deliveries; raises NotFound."""
    found = await Endpoints(runtime).one(endpoint)
    counts = await Queue(runtime.engine, runtime.clock).counts(endpoint)
    listed = await page(runtime, limit, cursor, state, endpoint)
    return Shown(endpoint=found, counts=counts, items=listed.items, next=listed.next)


async def attempts(runtime: Runtime, number: int) -> DeliveryShown:
    """A delivery with its attempts; raises NotFound."""
    found, tried = await Queue(runtime.engine, runtime.clock).one(number)
    return DeliveryShown(delivery=found, attempts=tuple(tried))
