"""The operator's first hour: a source by form, what it lacks, pause and resume, and a record that could not be read."""

import asyncio

import pytest

from connectors.base import discover
from services.ingest import requests
from services.ingest.dial import dialler
from tests.browser.house import violations


@pytest.fixture
async def ingest(console):
    """Ingest's part: it answers what pages ask of sources."""
    stop = asyncio.Event()
    asked = asyncio.create_task(requests.loop(console.runtime, discover(), dialler(console.runtime))(stop))
    yield
    stop.set()
    await asked


async def test_a_source_is_added_says_what_it_lacks_and_is_paused(watched, ingest):
    page = watched
    await page.goto("/sources")
    await page.get_by_role("link", name="Add a source").click()
    await page.get_by_role("link", name="Okta System Log").click()
    assert await page.get_by_text("okta.logs.read").first.is_visible()
    await page.get_by_label("Name needed").fill("Okta EU")
    await page.get_by_label("org").fill("example.okta.com")
    await page.get_by_label("token").fill("violet-heron-canary")
    await page.get_by_role("button", name="Add and test").click()
    assert "Nothing was added" in await page.get_by_role("alert").inner_text()
    assert "violet-heron-canary" not in await page.content()
    assert await violations(page) == []
    await page.get_by_label("token").fill("env:NO_SUCH_TOKEN")
    await page.get_by_role("button", name="Add and test").click()
    await page.wait_for_url("**/sources/okta-eu#trial")
    while "NO_SUCH_TOKEN" not in await page.locator("#trial").inner_text():
        await page.goto("/sources/okta-eu")
    assert await page.locator("#trial").get_by_text("Failing").is_visible()
    assert await violations(page) == []
    await page.get_by_role("button", name="Pause").click()
    assert await page.locator(".head").get_by_text("Paused").is_visible()
    await page.get_by_role("button", name="Resume").click()
    assert await page.get_by_role("button", name="Pause").is_visible()


async def test_a_dead_letter_is_looked_at_and_dropped(watched):
    page = watched
    await page.goto("/sources")
    await page.get_by_role("link", name="Dead letters (2)").click()
    await page.get_by_role("link", name="page 4#1", exact=True).click()
    assert await page.get_by_role("heading", name="published: not a time").is_visible()
    assert "violet-heron-canary" not in await page.content()
    await page.get_by_role("button", name="Drop").click()
    assert await page.locator(".head").get_by_text("Dropped").is_visible()
    await page.goto("/sources")
    assert await page.get_by_role("link", name="Dead letters (1)").is_visible()
