"""The analyst's first hour beside keyboard triage: one alert with its evidence, a label corrected, and taken back."""

from tests.browser.house import violations

KEY = "host:bellow.example.com"


async def test_an_alert_is_assigned_undone_and_its_label_corrected(watched, console):
    page = watched
    await page.goto("/alerts?text=Bellow")
    await page.get_by_role("link", name="Bellow is used in Sales").click()
    assert "14" in await page.get_by_role("region", name="Evidence").inner_text()
    await page.get_by_role("radio", name="Assign").check()
    await page.get_by_label("To whom").fill("noor.example")
    await page.get_by_label("Reason").fill("Sales is hers")
    await page.get_by_role("button", name="Decide").click()
    assert await page.get_by_text("It can be undone for five minutes").is_visible()
    assert await violations(page) == []
    await page.get_by_role("button", name="Undo").click()
    assert await page.get_by_text("Undone by ines.example").is_visible()
    await page.get_by_text("Correct a label").click()
    form = page.locator('form[action="/corrections"]')
    await form.get_by_label("What was seen").select_option(KEY)
    await form.get_by_role("radio", name="Not AI").check()
    await form.get_by_label("Why it is").fill("a museum's guide")
    await form.get_by_role("button", name="Correct").click()
    await page.wait_for_url(f"**{console.alert}")
    await page.goto("/corrections")
    row = page.get_by_role("row").filter(has_text=KEY)
    assert "Not AI" in await row.inner_text()
    await row.get_by_role("button", name="Take back").click()
    assert "taken back by ines.example" in await row.inner_text()
    assert await violations(page) == []
