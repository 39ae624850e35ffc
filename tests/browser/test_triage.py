"""Keyboard triage in Chromium: the script moves and fills in, the forms decide; without script the same forms do."""

from tests.browser.house import signed_in


async def test_an_alert_is_found_selected_and_decided_by_single_keys(browser, console):
    context = await signed_in(browser, await console.link(), script=True, base_url=console.home)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto("/alerts?tool=example.bellow&sort=people")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    assert await page.get_by_role("checkbox", checked=True).count() == 1
    assert await page.locator("[data-selected]").inner_text() == "(1)"
    await page.keyboard.press("k")
    await page.keyboard.press("x")
    await page.keyboard.press("a")
    assert await page.locator("select[name=decision]").input_value() == "approve"
    await page.keyboard.type("jax approved of it")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert await page.get_by_role("heading", name="2 of 2 decided").is_visible()
    async with page.expect_navigation():
        await page.get_by_role("button", name="Undo").click()
    await page.keyboard.press("?")
    assert await page.get_by_text("next, previous alert").is_visible()
    await page.get_by_label("Single keys are shortcuts").uncheck()
    await page.locator("body").press("j")
    assert await page.locator("tr:focus-within").count() == 0
    await page.get_by_label("Single keys are shortcuts").check()
    await page.locator("h1").click()
    await page.keyboard.press("j")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await page.keyboard.press("s")
    assert await page.get_by_role("radio", name="Snooze").is_checked()
    assert await page.evaluate("document.activeElement.name") == "until"
    assert complaints == []
    await context.close()


async def test_without_script_the_queue_is_filtered_and_many_are_decided(browser, console):
    context = await signed_in(browser, await console.link(), base_url=console.home)
    page = await context.new_page()
    await page.goto("/alerts")
    await page.get_by_text("More filters").click()
    await page.locator("select[name=tool]").select_option("example.bellow")
    async with page.expect_navigation():
        await page.get_by_role("button", name="Show").click()
    assert await page.get_by_role("checkbox").count() == 4
    await page.get_by_role("checkbox", name="Select: Bellow is used in Legal").check()
    await page.locator("select[name=decision]").select_option("false_positive")
    await page.get_by_label("Reason").fill("a museum")
    async with page.expect_navigation():
        await page.get_by_role("button", name="Decide").click()
    assert await page.get_by_role("heading", name="1 of 1 decided").is_visible()
    assert "tool=example.bellow" in page.url
    await context.close()
