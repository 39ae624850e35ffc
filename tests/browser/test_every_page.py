"""Every page there is, in both widths and schemes: it fits, asks no other host, and axe finds nothing against it."""

from typing import Any, Literal
from urllib.parse import urlsplit

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
VIEWS: tuple[tuple[int, Literal["light", "dark"]], ...] = (
    (1440, "light"), (1440, "dark"), (390, "dark"), (390, "light"),
)  # fmt: skip
AXED = {(1440, "light"), (390, "dark")}
"""Where axe-core looks too: each width and each scheme once, for it takes most of a page's time."""
BARE = FRAMED | {"navigation": 0, "sample": False}


def test_no_page_of_the_console_is_left_out(console):
    routes = console.page_routes()
    assert len(routes) > 25
    assert {route for route in routes if "{" in route} <= console.places.keys(), "tests/browser/stock.py has none of it"
    assert console.places.keys() <= set(routes), "tests/browser/stock.py has what no page is about"


async def seen(page: Page, path: str, wanted: dict[str, Any]) -> list[tuple[str, object]]:
    """What is wrong with a page as it stands, in one width and scheme after the other: it is laid out anew, not loaded.

    What does not depend on them (another host, a status, a complaint) is seen while it loads.
    """
    faults: list[tuple[str, object]] = []
    for width, scheme in VIEWS:
        await page.emulate_media(color_scheme=scheme)
        await page.set_viewport_size({"width": width, "height": 900})
        shown: dict[str, Any] = await page.evaluate(LOOK)
        if (wide := shown.pop("width")) > width:
            faults.append((path, f"{wide} px wide in {width}, {scheme}"))
        if shown != wanted:
            faults.append((path, shown))
        if (width, scheme) in AXED:
            faults += [(path, f"{each} in {width}, {scheme}") for each in await violations(page)]
        await photograph(page, path, width, scheme)
    return faults


async def test_every_page_fits_complains_of_nothing_and_is_accessible(browser, console):
    context = await signed_in(browser, await console.link(), script=True, base_url=console.home)
    page = await context.new_page()
    asked: set[str] = set()
    faults: list[tuple[str, object]] = []
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.on("pageerror", lambda error: faults.append((page.url, str(error))))
    page.on("console", lambda message: faults.append((page.url, message.text)) if "404" not in message.text else None)

    async def walk(path: str, wanted: dict[str, Any], status: int = 200) -> None:
        answer = await page.goto(path)
        assert answer is not None
        if answer.status != status:
            faults.append((path, answer.status))
        faults.extend(await seen(page, path, wanted))

    for path in console.paths():
        await walk(path, FRAMED)
    await walk("/no/such/page", BARE, 404)
    await context.clear_cookies()
    for path in ("/login", "/signed-out"):
        await walk(path, BARE)
    assert faults == []
    assert asked == {urlsplit(console.home).netloc}
    await context.close()
