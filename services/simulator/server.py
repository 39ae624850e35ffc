"""The vendors' APIs of the company on one free loopback port, for connectors that know nothing of it."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from services.kit.clock import Clock, SystemClock
from services.simulator import arrivals, company
from services.simulator.blobs import blobs
from services.simulator.driven import DrivenClock
from services.simulator.events import Event
from services.simulator.faults import Faults, Throttle
from services.simulator.m365_api import ManagementApi, Refused
from services.simulator.okta_api import Limit, SystemLog
from services.simulator.plan import plan
from services.simulator.tokens import Tokens
from services.simulator.world import World, ms, zulu

LOOPBACK = "127.0.0.1"
_ENDS = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What the APIs ask for."""

    client_secret: str
    okta_token: str


@dataclass(frozen=True, kw_only=True)
class ServedCompany:
    """A company being served. All APIs share `base_url`: their paths differ."""

    base_url: str
    credentials: Credentials
    clock: Clock


def credentials() -> Credentials:
    """Fresh ones."""
    return Credentials(client_secret=secrets.token_urlsafe(32), okta_token=secrets.token_urlsafe(32))


def application(
    world: World, clock: Clock, known: Credentials, faults: Faults | None = None, wall: Clock | None = None
) -> FastAPI:
    """The APIs as one application. `clock` says what has arrived; `wall` times tokens and limits."""
    faults, wall = faults or Faults(), wall or SystemClock()
    told: dict[str, list[Event]] = {company.M365: [], company.OKTA: []}
    for event in plan(world):
        if event.source in told:
            told[event.source].append(event)
    app = FastAPI(title=company.NAME, docs_url=None, redoc_url=None, openapi_url=None)
    tokens = Tokens(known.client_secret, faults, wall)
    made = blobs(world, arrivals.of_m365(world, told[company.M365]))
    feed = ManagementApi(
        world, clock, made, tokens=tokens, throttle=Throttle(faults.throttle_every, wall), faults=faults
    )
    kept = arrivals.of_okta(world, told[company.OKTA])
    throttle, limit = Throttle(faults.throttle_every, wall), Limit(faults.per_minute, wall)
    log = SystemLog(world, clock, kept, token=known.okta_token, throttle=throttle, limit=limit)
    app.include_router(feed.router)
    app.include_router(log.router)
    app.include_router(tokens.router)
    app.add_exception_handler(Refused, refuse)
    _add_clock(app, clock)
    return app


async def refuse(_request: Request, refused: Exception) -> JSONResponse:
    """The answer to a refused request."""
    assert isinstance(refused, Refused)
    return refused.answer


def _add_clock(app: FastAPI, clock: Clock) -> None:
    """`GET /simulator/clock`, and `POST …?advance=SECONDS` where the clock can be driven."""

    @app.get("/simulator/clock")
    async def tell() -> dict[str, str]:
        return {"now": zulu(ms(clock.now()))}

    if isinstance(clock, DrivenClock):

        @app.post("/simulator/clock")
        async def push(advance: float) -> dict[str, str]:
            clock.advance(timedelta(seconds=advance))
            return {"now": zulu(ms(clock.now()))}


class _Server(uvicorn.Server):
    """A server that leaves signals to the process it runs in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


@asynccontextmanager
async def serve(
    world: World, clock: Clock, *, faults: Faults | None = None, known: Credentials | None = None, port: int = 0
) -> AsyncIterator[ServedCompany]:
    """Serves the company on loopback until the block ends; port 0 takes a free one."""
    known = known or credentials()
    app = await asyncio.to_thread(application, world, clock, known, faults)
    async with listening(app, port) as base_url:
        yield ServedCompany(base_url=base_url, credentials=known, clock=clock)


@asynccontextmanager
async def listening(app: FastAPI, port: int = 0) -> AsyncIterator[str]:
    """Serves an application on loopback until the block ends; gives its address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((LOOPBACK, port))
        server = _Server(_config(app))
        running = asyncio.create_task(server.serve(sockets=[bound]), name="simulated company")
        try:
            while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn sets a flag, not an event
                await asyncio.sleep(0.01)
            if running.done():
                await running
            yield f"http://{LOOPBACK}:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", ws="none", server_header=False,
        timeout_graceful_shutdown=int(_ENDS.total_seconds()),
    )  # fmt: skip
