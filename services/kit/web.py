"""The one HTTP server of a process: its services' routes behind the gate, health, readiness and metrics."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Sequence

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from schemas.generate import asyncapi
from services.kit import access
from services.kit.db import check
from services.kit.errors import Misconfigured
from services.kit.patience import Patient
from services.kit.runtime import Runtime, Service
from services.kit.settings import Settings

PORTS = {"ingest": 8481, "classifier": 8482}
PORT = 8480
DRAIN_SECONDS = 3
BACKLOG = 256


def application(runtime: Runtime, services: Sequence[Service]) -> FastAPI:
    """The app of the chosen services; `app.state.faults` names the loops that stopped for good."""
    app = FastAPI(title="Penumbra", version="1", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    app.state.faults = {}
    access.install(app, runtime)
    for service in services:
        for router in service.routers:
            app.include_router(router)

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        faults = {**app.state.faults, **await _unfit(runtime, services)}
        status = 503 if faults else 200
        return JSONResponse({"status": "not ready" if faults else "ready", "faults": faults}, status_code=status)

    @app.get("/asyncapi.json", include_in_schema=False)
    async def topics() -> JSONResponse:
        return JSONResponse(asyncapi())

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


async def _unfit(runtime: Runtime, services: Sequence[Service]) -> dict[str, str]:
    asked: dict[str, Awaitable[str | None]] = {"database": check(runtime.engine), "log": runtime.log.ready()}
    asked.update({f"{s.name}: {name}": test() for s in services for name, test in s.checks.items()})
    answers = await asyncio.gather(*asked.values(), return_exceptions=True)
    return {
        name: f"the check failed ({type(why).__name__})" if isinstance(why, BaseException) else why
        for name, why in zip(asked, answers, strict=True)
        if why is not None
    }


def listen(settings: Settings, names: Sequence[str]) -> tuple[socket.socket, str]:
    """A bound socket and the address to print; raises Misconfigured for a taken port or an open interface.

    With no identity provider configured the service is for this machine only; with one it may listen for others.
    """
    default = PORTS.get(names[0], PORT) if len(names) == 1 else PORT
    host, _, port = (settings.listen or f"127.0.0.1:{default}").rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    local = host in {"127.0.0.1", "::1", "localhost"} or settings.published_on_loopback
    if not local and settings.oidc_issuer is None:
        fault = f"PENUMBRA_LISTEN: {host} is open to others and no identity provider is set; listen on 127.0.0.1"
        ways = "set PENUMBRA_OIDC_ISSUER, or PENUMBRA_PUBLISHED_ON_LOOPBACK=1 behind a port published on loopback"
        raise Misconfigured(f"{fault}, {ways}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, int(port)))
        bound.listen(BACKLOG)  # from here on a caller waits instead of being refused, while the server starts
    except (OSError, ValueError, OverflowError) as error:
        bound.close()
        fault = f"PENUMBRA_LISTEN: {host}:{port}: {error}; choose another port, or 0 for a free one"
        raise Misconfigured(fault) from None
    shown = f"[{host}]" if ":" in host else host
    return bound, f"http://{shown}:{bound.getsockname()[1]}"


async def serve(app: FastAPI, bound: socket.socket, stop: asyncio.Event) -> None:
    """Serves until `stop`, letting requests in hand finish; cancelled, it ends without."""
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=DRAIN_SECONDS,
        lifespan="off", http=Patient,
    )  # fmt: skip
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment] # signals are the root's
    running = asyncio.create_task(server.serve(sockets=[bound]))
    ending = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, ending}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        stop.set()
        await running
    except asyncio.CancelledError:
        running.cancel()
        for each in getattr(server, "servers", ()):
            each.close()  # else the loop goes on watching the number of a closed socket, which is soon another's
        raise
    finally:
        ending.cancel()
