"""The AI Business Office's first hour: an entry from an alert, a file with a broken row, coverage, a CSV to take."""

from tests.browser.house import violations

FILE = b"""id,name,tools,owner,approval
R50,Dapple for Legal,example.dapple,owner@example.com,approved
R51,Cinder Notes,example.cinder-notes,owner@example.com,perhaps
"""


async def test_an_alert_fills_in_an_entry_that_then_covers_it(watched, console):
    page = watched
    await page.goto(console.alert)
    await page.locator('a[href^="/registry/new?alert="]').click()
    assert await page.get_by_label("Tools", exact=False).first.input_value() == "example.bellow"
    assert await page.get_by_label("Units").input_value() == "Sales"
    await page.get_by_label("Owner").fill("noor@example.com")
    await page.get_by_role("radio", name="Approved").check()
    await page.get_by_role("button", name="Save").click()
    assert await page.get_by_role("heading", name="In use").is_visible()
    assert await page.get_by_text("noor@example.com").first.is_visible()
    await page.goto("/registry?q=bellow")
    assert await page.get_by_role("heading", name="1 entry", exact=True).is_visible()


async def test_a_file_with_a_broken_row_is_told_before_it_is_taken(watched):
    page = watched
    await page.goto("/registry")
    await page.get_by_role("link", name="Import", exact=True).click()
    await page.get_by_label("File").set_input_files({"name": "tools.csv", "mimeType": "text/csv", "buffer": FILE})
    await page.get_by_role("button", name="Read it").click()
    row = page.get_by_role("table").get_by_role("row").nth(1)
    assert (await row.get_by_role("cell").all_inner_texts())[:2] == ["3", "approval"]
    assert await violations(page) == []
    await page.get_by_role("button", name="Import the 1 that can be read").click()
    assert "1 entry imported" in await page.get_by_role("status").inner_text()
    await page.goto("/registry/R50")
    assert await page.get_by_role("heading", name="Dapple for Legal").is_visible()


async def test_coverage_names_the_blind_source_and_a_table_is_downloaded(watched):
    page = watched
    await page.goto("/coverage")
    assert "okta" in await page.get_by_role("region", name="What sources see").inner_text()
    assert "blind since" in await page.get_by_role("region", name="What sources see").inner_text()
    await page.goto("/registry")
    async with page.expect_download() as asked:
        await page.get_by_role("link", name="Download CSV").click()
    lines = (await (await asked.value).path()).read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("id,")
    assert len(lines) == 6
