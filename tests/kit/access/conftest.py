"""A small app behind the gate, asked in process."""

from collections.abc import AsyncIterator
from typing import Annotated, cast

import httpx
import pytest
from fastapi import Depends, FastAPI
from pydantic import BaseModel

from services.kit import access
from services.kit.errors import Conflict, Misconfigured, NotFound, Transient
from services.kit.eventlog import EventLog
from services.kit.runtime import Runtime
from services.kit.settings import Settings

ADDRESS = "http://127.0.0.1:8480"


class Body(BaseModel):
    count: int


@pytest.fixture
def app(engine, keys, clock) -> FastAPI:
    made = FastAPI(docs_url=None, redoc_url=None)
    # access asks nothing of the log, so this test brings none up
    access.install(made, Runtime(Settings(_env_file=None), engine, cast("EventLog", None), keys, clock))

    @made.get("/alerts")
    async def alerts(caller: Annotated[access.Caller, Depends(access.require("alerts:read"))]) -> dict[str, str]:
        return {"for": caller.name}

    @made.post("/alerts", dependencies=[Depends(access.require("alerts:decide"))])
    async def decide(body: Body) -> dict[str, int]:
        return {"count": body.count}

    @made.get("/fails/{how}", dependencies=[Depends(access.require("alerts:read"))])
    async def fails(how: str) -> None:
        faults = {
            "missing": NotFound("no such thing"),
            "conflict": Conflict("somebody else did"),
            "later": Transient("not now", retry_after=7.2),
            "wrong": Misconfigured("one", "two"),
        }
        raise faults.get(how) or RuntimeError("the secret is swordfish")

    return made


@pytest.fixture
async def client(app) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS) as made:
        yield made


@pytest.fixture
async def signed_in(app, client) -> httpx.AsyncClient:
    link = await app.state.access.sessions.link("ines.example", "analyst")
    answer = await client.get("/login", params={"token": link})
    assert answer.status_code == 303
    return client
