"""The inventory's routes: the API under `/api/v1`, the pages, and the files they need."""

from fastapi import APIRouter, Depends, Request

from services.inventory.api import alerts, audit, overview, people, registry, solutions, sources, tools, webhooks
from services.inventory.api.estate import Estate
from services.inventory.console import alerts as alerts_page
from services.inventory.console import files
from services.inventory.console import overview as overview_page
from services.inventory.console import tools as tools_page

API = (overview, tools, solutions, alerts, registry, sources, people, webhooks, audit)
PAGES = (overview_page, alerts_page, tools_page)


def routers(estate: Estate) -> tuple[APIRouter, ...]:
    """The routers of a service; `estate` answers what they ask of the inventory."""

    async def provide(request: Request) -> None:
        request.state.estate = estate

    api = APIRouter(prefix="/api/v1", dependencies=[Depends(provide)])
    for resource in API:
        api.include_router(resource.router)
    console = APIRouter(dependencies=[Depends(provide)])
    for page in PAGES:
        console.include_router(page.router)
    return api, console, files.router
