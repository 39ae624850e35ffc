"""The inventory's routes: the API under `/api/v1`, the pages, and the files they need.

Every module of `api` and `console` with a `router` is included, so that a new resource or page is a new file.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from fastapi import APIRouter, Depends, Request

from services.inventory import api, console
from services.inventory.api.estate import Estate
from services.inventory.console import files


def routers(estate: Estate) -> tuple[APIRouter, ...]:
    """The routers of a service; `estate` answers what they ask of the inventory."""

    async def provide(request: Request) -> None:
        request.state.estate = estate

    resources = APIRouter(prefix="/api/v1", dependencies=[Depends(provide)])
    for router in _routers(api):
        resources.include_router(router)
    pages = APIRouter(dependencies=[Depends(provide)])
    for router in _routers(console):
        pages.include_router(router)
    return resources, pages, files.router


def _routers(package: ModuleType) -> Iterator[APIRouter]:
    for each in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{each.name}")
        router = getattr(module, "router", None)
        if router is not None and module is not files:
            yield router
