"""The sources page with a healthy, a late, a silent, an unlicensed and a misconfigured source, and who names them."""

from datetime import timedelta

import pytest

from schemas.registry import RegistryEntry
from services.ingest.noted import Word
from services.inventory.judging import Judge
from services.kit.control import runs, sources, truth, words
from services.kit.control.rows import Counts
from services.kit.control.truth import Share, Truth
from services.kit.runtime import Runtime
from tests.browser.house import Console, signed_in
from tests.browser.test_every_page import FRAMED, seen
from tests.inventory.filled import TOOLS

SHORT = Share(why="not read long enough: the interval rests on what came late in the past days")
STORY = {
    "Okta EU": ("okta", "healthy", None, (Share(share=0.982, least=0.961, most=0.994),
        Share(share=0.9993, least=0.9988, most=0.9996), Share(share=0.9999, least=0.9998, most=1.0))),
    "Google Workspace": ("google_workspace", "healthy", None, (Share(share=0.11, least=0.04, most=0.21),
        Share(share=0.58, least=0.47, most=0.69), Share(share=0.912, least=0.894, most=0.931))),
    "Squid HQ": ("squid", "healthy", None, (Share(why="fewer than 20 events in it"),
        Share(why="fewer than 20 events in it"), Share(share=1.0, least=1.0, most=1.0))),
    "Microsoft 365": ("m365_management", "not_licensed",
        "the tenant's plan has no audit of Copilot: AF20024", (SHORT, SHORT, SHORT)),
    "Slack": ("slack_audit", "failing",
        "token: the reference env:SLACK_TOKEN names nothing; set it for the ingest service", (SHORT, SHORT, SHORT)),
}  # fmt: skip
LATENESS = {"Okta EU": (300.0, 600.0, 900.0), "Google Workspace": (9_000.0, 97_000.0, 214_000.0)}


@pytest.fixture
async def told(console: Console) -> Console:
    """The five, as ingest would have left them; two of them stopped an hour or a day ago."""
    for name in STORY:
        await _told(console.runtime, name)
    return console


async def _told(runtime: Runtime, name: str) -> None:
    connector, outcome, message, (hour, day, week) = STORY[name]
    now, good = runtime.clock.now(), outcome == "healthy"
    last = now - (timedelta(hours=31) if name == "Squid HQ" else timedelta(minutes=4))
    async with runtime.engine.begin() as connection:
        made = await sources.add(
            connection, connector=connector, name=name, config={}, every=timedelta(minutes=5),
            silent_after=timedelta(hours=12), next_run_at=now + timedelta(minutes=3),
        )  # fmt: skip
        run = await runs.start(connection, made, 0, now - timedelta(minutes=2))
        counts = Counts(pages=3, records=48_211, observed=30_100, ignored={"no AI in it": 18_106}, rejected=5)
        await runs.end(
            connection, run, made, at=now, outcome=outcome, message=message, began=now if good else None,
            counts=counts if good else Counts(), last_event_at=last if good else None,
            next_run_at=now + timedelta(minutes=3),
        )  # fmt: skip
        await truth.first_seen(connection, made, (), 1)
        await truth.say(connection, made, Truth(
            as_of=now - timedelta(minutes=5), hour=hour, day=day, week=week, lateness=LATENESS.get(name),
        ))  # fmt: skip
        if good:
            for days, said in ((40, "old"), (3, "gemini.canvas.created"), (2, "gemini.canvas.shared")):
                await words.count(connection, made, {said: Word(observed=12)}, now - timedelta(days=days))


async def test_a_new_capability_shows_its_names_and_leads_to_its_source(browser, told: Console):
    gemini = RegistryEntry(id="G1", name="Gemini", tools=("google.gemini",), owner="ines.example")
    await told.estate.put_entries([gemini], "ines")
    judge = Judge(told.runtime, TOOLS)
    await judge.tick(told.runtime.clock.now(), new_day=False)
    while await judge.once():
        pass
    alerts = {alert.grain: alert for alert in await told.estate.alerts(100)}
    alert = alerts["capability:google-workspace/gemini"]
    context = await signed_in(browser, await told.link(), script=True, base_url=told.home)
    page = await context.new_page()
    await page.goto(f"/alerts/{alert.id}")
    assert await seen(page, "/alerts/capability", FRAMED) == []
    shown = await page.inner_text("main")
    assert "may have a new AI capability" in shown
    assert "gemini.canvas.created: first seen 2026-11-13, observed" in shown
    await page.get_by_role("link", name="google-workspace").first.click()
    assert "gemini.canvas.shared" in await page.inner_text("#vocabulary")
    await context.close()


async def test_sources_in_every_state_are_told_apart_and_named_beside_coverage(browser, told: Console):
    context = await signed_in(browser, await told.link(), script=True, base_url=told.home)
    page = await context.new_page()
    faults: list[tuple[str, object]] = []
    for path in ("/sources", "/sources/google-workspace", "/sources/microsoft-365", "/coverage"):
        await page.goto(path)
        faults += await seen(page, path, FRAMED)
    assert faults == []
    await page.goto("/sources")
    shown = await page.inner_text("main")
    for said in ("Incomplete", "Silent", "Not licensed", "env:SLACK_TOKEN", "95 % 27 h", "89-93", "not estimable"):
        assert said in shown.replace("\u2013", "-").replace("\xa0", " "), said
    await page.goto("/coverage")
    assert "Weakened by Google Workspace, Microsoft 365, Slack" in await page.inner_text("main")
    await context.close()
