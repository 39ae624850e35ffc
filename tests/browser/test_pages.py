"""The pages in Chromium: both widths and schemes, keyboard alone, without script, and nothing asked of another host."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, BrowserContext, Page

from services.inventory.http import routers
from services.kit import access
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from tests.inventory.estate import SampleEstate

pytestmark = pytest.mark.browser
PATHS = ["/", "/alerts", "/alerts/al_1", "/tools"]
SHOTS = os.environ.get("PENUMBRA_SCREENSHOTS")


@pytest.fixture
async def address(engine, keys, clock) -> AsyncIterator[tuple[str, str]]:
    """The address of a running console, and that of a sign-in link."""
    app = FastAPI(docs_url=None, redoc_url=None)
    settings = Settings(_env_file=None, sample_company=True)
    access.install(app, Runtime(settings, engine, None, keys, clock))
    for router in routers(SampleEstate()):
        app.include_router(router)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    home = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield home, f"{home}/login?token={await app.state.access.sessions.link('ines.example')}"
    server.should_exit = True
    await serving


async def signed_in(browser: Browser, link: str, **options: object) -> BrowserContext:
    """A context without script that opened the link."""
    context = await browser.new_context(java_script_enabled=False, **options)
    page = await context.new_page()
    answer = await page.goto(link)
    assert answer is not None
    assert answer.status == 200
    await page.close()
    return context


@pytest.fixture
async def page(browser, address) -> AsyncIterator[Page]:
    context = await signed_in(browser, address[1], base_url=address[0])
    made = await context.new_page()
    yield made
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
async def test_every_page_fits_its_width_and_asks_this_host_only(browser, address, width, scheme):
    home, link = address
    view = {"width": width, "height": 900}
    # Script is on here to measure; the pages themselves bring none, and the policy would not let it run.
    context = await browser.new_context(viewport=view, color_scheme=scheme, base_url=home)
    page = await context.new_page()
    asked: set[str] = set()
    complaints: list[str] = []
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(link)
    for path in PATHS:
        await page.goto(path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
        if SHOTS:
            name = path.strip("/").replace("/", "-") or "overview"
            await page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{scheme}.png", full_page=True)
    assert asked == {urlsplit(home).netloc}
    assert complaints == []
    await context.close()


async def test_an_alert_is_decided_by_keyboard_alone_without_script(page):
    await page.goto("/")
    await page.keyboard.press("Tab")
    assert await page.locator(":focus").inner_text() == "Skip to content"
    await page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    await page.goto("/alerts")
    await page.get_by_role("link", name="Bellow is used in Sales").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/alerts/al_1")
    await page.get_by_role("radio", name="Snooze").focus()
    await page.keyboard.press("Space")
    await page.get_by_label("Reason").focus()
    await page.keyboard.type("the vendor answers on Friday")
    await page.keyboard.press("Tab")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert await page.get_by_text("the vendor answers on Friday").is_visible()
    assert await page.get_by_text("Snoozed").is_visible()


async def test_every_page_has_landmarks_a_heading_and_named_tables(page):
    for path in PATHS:
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


async def test_a_page_elsewhere_can_t_decide_an_alert(browser, address):
    home, link = address
    context = await signed_in(browser, link)
    page = await context.new_page()
    fields = '<input name="decision" value="prohibit"><input name="reason" value="x"><button>Win</button>'
    form = f'<form method="post" action="{home}/alerts/al_1/decision">{fields}</form>'
    await page.route("https://elsewhere.example/", lambda route: route.fulfill(body=form, content_type="text/html"))
    await page.goto("https://elsewhere.example/")
    async with page.expect_response("**/decision") as asked:
        await page.get_by_role("button").click()
    assert (await asked.value).status == 403
    await page.goto(f"{home}/alerts/al_1")
    assert await page.get_by_text("None yet.").is_visible()
    await context.close()
