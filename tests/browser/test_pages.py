"""The pages in Chromium: both widths and schemes, keyboard alone, without script, and nothing asked of another host."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, BrowserContext, Page

from services.inventory.http import routers
from services.kit import access
from services.kit.runtime import Runtime
from tests.inventory.filled import fill

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("PENUMBRA_SCREENSHOTS")


class Console(NamedTuple):
    """Where a running console is, a one-time link into it, and the path of an open alert."""

    home: str
    link: str
    alert: str

    @property
    def paths(self) -> tuple[str, ...]:
        return "/", "/alerts", "/alerts?state=all", self.alert, "/tools", "/tools?standing=unregistered"


@pytest.fixture
async def console(runtime: Runtime) -> AsyncIterator[Console]:
    house = replace(runtime, settings=runtime.settings.model_copy(update={"sample_company": True}))
    app = FastAPI(docs_url=None, redoc_url=None)
    access.install(app, house)
    estate = await fill(house)
    for router in routers(estate):
        app.include_router(router)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    home = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    alert = next(a for a in await estate.alerts(100) if a.grain == "tool:example.bellow|Sales")
    link = f"{home}/login?token={await app.state.access.sessions.link('ines.example')}"
    yield Console(home, link, f"/alerts/{alert.id}")
    server.should_exit = True
    await serving


async def signed_in(browser: Browser, link: str, **options: object) -> BrowserContext:
    """A context without script that opened the link."""
    context = await browser.new_context(java_script_enabled=False, locale="en-US", **options)
    page = await context.new_page()
    answer = await page.goto(link)
    assert answer is not None
    assert answer.status == 200
    await page.close()
    return context


@pytest.fixture
async def page(browser, console) -> AsyncIterator[Page]:
    context = await signed_in(browser, console.link, base_url=console.home)
    made = await context.new_page()
    yield made
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
async def test_every_page_fits_its_width_and_asks_this_host_only(browser, console, width, scheme):
    view = {"width": width, "height": 900}
    # Script is on here to measure; the pages themselves bring none, and the policy would not let it run.
    context = await browser.new_context(viewport=view, color_scheme=scheme, base_url=console.home)
    page = await context.new_page()
    asked: set[str] = set()
    complaints: list[str] = []
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(console.link)
    for path in console.paths:
        await page.goto(path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
        if SHOTS:
            name = re.sub(r"[^a-z]+", "-", "alert" if path == console.alert else path).strip("-") or "overview"
            await page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{scheme}.png", full_page=True)
    assert asked == {urlsplit(console.home).netloc}
    assert complaints == []
    await context.close()


async def test_an_alert_is_decided_by_keyboard_alone_without_script(page, console):
    await page.goto("/")
    await page.keyboard.press("Tab")
    assert await page.locator(":focus").inner_text() == "Skip to content"
    await page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    await page.goto("/alerts")
    await page.get_by_role("link", name="Bellow is used in Sales").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**{console.alert}")
    await page.get_by_role("radio", name="Snooze").focus()
    await page.keyboard.press("Space")
    await page.locator("input[name=until]").focus()
    await page.keyboard.type("11302026")
    await page.get_by_label("Reason").focus()
    await page.keyboard.type("the vendor answers on Friday")
    await page.keyboard.press("Tab")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert await page.get_by_text("the vendor answers on Friday").is_visible()
    assert await page.get_by_text("Snoozed").is_visible()


async def test_every_page_has_landmarks_a_heading_and_named_tables(page, console):
    for path in console.paths:
        await page.goto(path)
        assert await page.get_by_role("main").count() == 1
        assert await page.get_by_role("heading", level=1).count() == 1
        assert await page.get_by_role("navigation", name="Main").count() == 1
        assert await page.get_by_text("Sample company — invented people and data").is_visible()
        assert await page.locator("table:not(:has(th[scope=col]))").count() == 0


async def test_signing_out_leads_to_the_sign_in_page_and_stays_there(page):
    await page.goto("/")
    await page.get_by_role("button", name="Sign out").click()
    assert await page.get_by_role("heading", name="Sign in").is_visible()
    await page.goto("/tools")
    assert await page.get_by_role("heading", name="Sign in").is_visible()


async def test_a_page_elsewhere_can_t_decide_an_alert(browser, console):
    context = await signed_in(browser, console.link)
    page = await context.new_page()
    fields = '<input name="decision" value="prohibit"><input name="reason" value="x"><button>Win</button>'
    form = f'<form method="post" action="{console.home}{console.alert}/decision">{fields}</form>'
    await page.route("https://elsewhere.example/", lambda route: route.fulfill(body=form, content_type="text/html"))
    await page.goto("https://elsewhere.example/")
    async with page.expect_response("**/decision") as asked:
        await page.get_by_role("button").click()
    assert (await asked.value).status == 403
    await page.goto(console.home + console.alert)
    assert await page.get_by_text("None yet.").is_visible()
    await context.close()
