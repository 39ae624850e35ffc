"""Several vendors on one loopback port, behind their planned faults."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from services.simulator.server import listening
from services.simulator.vendors.mischief import Mischief


@asynccontextmanager
async def served(routers: Iterable[APIRouter], mischief: Mischief) -> AsyncIterator[str]:
    """Serves until the block ends; gives the address all share."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for router in routers:
        app.include_router(router)
    app.middleware("http")(mischief)
    async with listening(app) as base_url:
        yield base_url
