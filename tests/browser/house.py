"""A console that serves on loopback over a stocked database, and what a test sees of a page of it."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from axe_playwright_python.base import AXE_SCRIPT
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from playwright.async_api import Browser, BrowserContext, Page

from services.inventory.estate import PostgresEstate
from services.inventory.http import routers
from services.kit import access
from services.kit.runtime import Runtime
from tests.inventory.filled import TOOLS

SHOTS = os.environ.get("PENUMBRA_SCREENSHOTS")
PATIENCE_MS = 120_000
"""A busy machine is slow; nothing here waits for as long where it is not."""
AXE = """async () => (await axe.run({resultTypes: ["violations"]})).violations.map(
    (found) => found.id + ": " + found.nodes.slice(0, 4).map((node) => node.html.slice(0, 200)).join(" | ")
)"""
NO_PAGES = (".json", ".csv", "/static/{name}")


@dataclass(frozen=True)
class Console:
    """A running console: where it is, one-time links into it, its house, and the paths of what is in it."""

    home: str
    app: FastAPI
    runtime: Runtime
    estate: PostgresEstate
    places: Mapping[str, list[str]]

    @property
    def alert(self) -> str:
        """The path of an open alert: Bellow is used in Sales."""
        return self.places["/alerts/{alert}"][0]

    def page_routes(self) -> list[str]:
        """The path of every route that answers with a page, those for people without a session left out."""
        routes = {route.path or "" for route in iter_route_contexts(self.app.routes) if "GET" in (route.methods or ())}
        signing_in = {route.path for route in access.login.router.routes}
        return sorted(
            path for path in routes - signing_in if not path.startswith("/api/") and not path.endswith(NO_PAGES)
        )

    def paths(self) -> list[str]:
        """Every page, each route at least once: as it is where its path is fixed, else at what is in the house."""
        return [
            path
            for route in self.page_routes()
            for path in [*([] if "{" in route else [route]), *self.places.get(route, [])]
        ]

    async def link(self, role: str = "admin") -> str:
        """A one-time link for somebody of a role."""
        return f"{self.home}/login?token={await self.app.state.access.sessions.link('ines.example', role)}"


@asynccontextmanager
async def serving(runtime: Runtime, places: Mapping[str, list[str]]) -> AsyncIterator[Console]:
    """Serves the inventory's pages and API on a free port."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    access.install(app, runtime)
    estate = PostgresEstate(runtime, TOOLS)
    for router in routers(estate):
        app.include_router(router)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    home = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield Console(home, app, runtime, estate, places)
    server.should_exit = True
    await task


async def signed_in(browser: Browser, link: str, *, script: bool = False, **options: object) -> BrowserContext:
    """A context that opened the link; without script unless asked for, and then axe-core is at hand on every page."""
    context = await browser.new_context(java_script_enabled=script, locale="en-US", **options)
    context.set_default_timeout(PATIENCE_MS)
    if script:
        await context.add_init_script(AXE_SCRIPT)
    page = await context.new_page()
    answer = await page.goto(link)
    assert answer is not None
    assert answer.status == 200
    await page.close()
    return context


async def violations(page: Page) -> list[str]:
    """What axe-core finds on a page with script: each rule that is broken, with the elements that break it."""
    found: list[str] = await page.evaluate(AXE)
    return found


async def photograph(page: Page, path: str, width: int, scheme: str) -> None:
    """Keeps a picture of the whole page in the folder PENUMBRA_SCREENSHOTS names, if it names one."""
    if SHOTS:
        name = re.sub(r"(?<=_)[0-9a-f]{8,}", "", path).strip("/")
        name = re.sub(r"[^a-zA-Z]+", "-", name).strip("-") or "overview"
        await page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{scheme}.png", full_page=True)
