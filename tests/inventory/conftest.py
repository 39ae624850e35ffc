"""The inventory's whole HTTP surface over a sample estate, asked in process."""

from collections.abc import AsyncIterator
from typing import cast

import httpx
import pytest
from fastapi import FastAPI

from services.inventory.http import routers
from services.kit import access
from services.kit.eventlog import EventLog
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from tests.inventory.estate import SampleEstate

ADDRESS = "http://127.0.0.1:8480"


@pytest.fixture
def estate() -> SampleEstate:
    return SampleEstate()


@pytest.fixture
def surface(engine, keys, clock) -> Runtime:
    """A runtime whose log nothing here uses, with loopback allowed as a private network."""
    settings = Settings(_env_file=None, sample_company=True, allow_private=("127.0.0.0/8",))
    return Runtime(settings, engine, cast("EventLog", None), keys, clock)


@pytest.fixture
def app(surface, estate) -> FastAPI:
    made = FastAPI(docs_url=None, redoc_url=None)
    access.install(made, surface)
    for router in routers(estate):
        made.include_router(router)
    return made


@pytest.fixture
async def client(app) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS) as made:
        yield made


@pytest.fixture
async def operator(app, client) -> httpx.AsyncClient:
    """A browser that is signed in as an administrator."""
    link = await app.state.access.sessions.link("ines.example", "admin")
    assert (await client.get("/login", params={"token": link})).status_code == 303
    return client


@pytest.fixture
async def viewer(app) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may look at aggregates only."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS) as made:
        link = await app.state.access.sessions.link("vic.example", "viewer")
        await made.get("/login", params={"token": link})
        yield made
