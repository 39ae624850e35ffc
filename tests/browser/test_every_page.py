"""Every page there is, in both widths and schemes: it fits, asks no other host, and axe finds nothing against it."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page

from tests.browser.house import photograph, signed_in, violations

LOOK = """() => ({
    width: document.documentElement.scrollWidth,
    mains: document.querySelectorAll("main").length,
    headings: document.querySelectorAll("h1").length,
    navigation: document.querySelectorAll("nav[aria-label=Main]").length,
    sample: document.body.innerText.includes("Sample company — invented people and data"),
    unnamed: [...document.querySelectorAll("table")].filter((table) =>
        !table.closest("section[aria-labelledby], section[aria-label]") || !table.querySelector("th[scope=col]")
    ).length,
})"""
FRAMED = {"mains": 1, "headings": 1, "navigation": 1, "sample": True, "unnamed": 0}
AXED = {(1440, "light"), (390, "dark")}
"""Where axe-core looks too: each width and each scheme once, for it takes most of a page's time."""
BARE = FRAMED | {"navigation": 0, "sample": False}


def test_no_page_of_the_console_is_left_out(console):
    routes = console.page_routes()
    assert len(routes) > 25
    assert {route for route in routes if "{" in route} <= console.places.keys(), "tests/browser/stock.py has none of it"
    assert console.places.keys() <= set(routes), "tests/browser/stock.py has what no page is about"


async def look(
    page: Page, scheme: str, path: str, wanted: dict[str, Any], status: int = 200
) -> list[tuple[str, object]]:
    """What is wrong with a page."""
    answer = await page.goto(path)
    assert answer is not None
    assert page.viewport_size is not None
    shown: dict[str, Any] = await page.evaluate(LOOK)
    faults: list[tuple[str, object]] = []
    if (page.viewport_size["width"], scheme) in AXED:
        faults += [(path, each) for each in await violations(page)]
    if answer.status != status:
        faults.append((path, answer.status))
    if (wide := shown.pop("width")) > page.viewport_size["width"]:
        faults.append((path, f"{wide} px wide"))
    if shown != wanted:
        faults.append((path, shown))
    return faults


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
async def test_every_page_fits_complains_of_nothing_and_is_accessible(browser, console, width, scheme):
    view = {"width": width, "height": 900}
    context = await signed_in(
        browser, await console.link(), script=True, base_url=console.home, color_scheme=scheme, viewport=view
    )
    page = await context.new_page()
    asked: set[str] = set()
    faults: list[tuple[str, object]] = []
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.on("pageerror", lambda error: faults.append((page.url, str(error))))
    page.on("console", lambda message: faults.append((page.url, message.text)) if "404" not in message.text else None)
    for path in console.paths():
        faults += await look(page, scheme, path, FRAMED)
        await photograph(page, path, width, scheme)
    faults += await look(page, scheme, "/no/such/page", BARE, 404)
    await context.clear_cookies()
    for path in ("/login", "/signed-out"):
        faults += await look(page, scheme, path, BARE)
        await photograph(page, path, width, scheme)
    assert faults == []
    assert asked == {urlsplit(console.home).netloc}
    await context.close()
