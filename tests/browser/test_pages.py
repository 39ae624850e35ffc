"""The pages in Chromium by keyboard alone, without script, without a session, and against a page of another site."""

from datetime import timedelta

from tests.browser.house import signed_in


async def test_an_alert_is_decided_by_keyboard_alone_without_script(page, console):
    until = console.runtime.clock.now() + timedelta(days=14)
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
    await page.keyboard.type(f"{until:%m%d%Y}")
    await page.get_by_label("Reason").focus()
    await page.keyboard.type("the vendor answers on Friday")
    await page.keyboard.press("Tab")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert await page.get_by_text("the vendor answers on Friday").is_visible()
    assert await page.get_by_text("Snoozed").is_visible()


async def test_signing_out_leads_to_the_sign_in_page_and_stays_there(page):
    await page.goto("/")
    await page.get_by_role("button", name="Sign out").click()
    assert await page.get_by_role("heading", name="Sign in").is_visible()
    await page.goto("/tools")
    assert await page.get_by_role("heading", name="Sign in").is_visible()


async def test_a_page_elsewhere_can_t_decide_an_alert(browser, console):
    context = await signed_in(browser, await console.link())
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
