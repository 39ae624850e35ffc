"""An app behind the gate that signs people in through the small provider, and a browser that does it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, cast

import httpx
from fastapi import Depends, FastAPI

from services.kit import access
from services.kit.clock import Clock
from services.kit.eventlog import EventLog
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from tests.kit.access.identity_provider import CLIENT, IdentityProvider

ADDRESS = "http://127.0.0.1:8480"


@asynccontextmanager
async def served(clock: Clock) -> AsyncIterator[IdentityProvider]:
    """The small provider, answering over HTTP."""
    made, stop = IdentityProvider(clock), asyncio.Event()
    running = asyncio.create_task(made.serve(stop))
    yield made
    stop.set()
    await running


def settings_of(provider: IdentityProvider, **more: object) -> Settings:
    given = {
        "oidc_issuer": provider.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": "env:PENUMBRA_TEST_SECRET",
        "public_url": ADDRESS, "role_map": "sec-ops=analyst; CN=AI Office,OU=Groups = office; privacy=privacy officer",
        "allow_private": ("127.0.0.0/8",), "oidc_name": "Example ID", **more,
    }  # fmt: skip
    return Settings(_env_file=None, **given)


def app_of(settings: Settings, engine, keys, clock) -> FastAPI:
    made = FastAPI(docs_url=None, redoc_url=None)
    access.install(made, Runtime(settings, engine, cast("EventLog", None), keys, clock))

    @made.get("/alerts")
    async def alerts(caller: Annotated[access.Caller, Depends(access.require("alerts:read"))]) -> dict[str, str]:
        return {"for": caller.name}

    @made.post("/registry", dependencies=[Depends(access.require("registry:write"))])
    async def declare() -> dict[str, str]:
        return {}

    return made


@dataclass
class Browser:
    """Goes where it is sent, between the app (in process) and the provider (over HTTP)."""

    app: FastAPI

    def __post_init__(self) -> None:
        self.here = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url=ADDRESS, headers={"accept": "text/html"}
        )

    async def to_provider(self, way: str = "/") -> str:
        """Begins to sign in; the address the provider sends back to."""
        answer = await self.here.get("/login/start", params={"next": way})
        assert answer.status_code == 303, answer.text
        async with httpx.AsyncClient() as there:
            return (await there.get(answer.headers["location"])).headers["location"]

    async def sign_in(self, way: str = "/") -> httpx.Response:
        """Signs in; what the callback answers."""
        return await self.here.get(await self.to_provider(way))
