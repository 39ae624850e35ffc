import re

import pytest

PAGES = {"/": "/overview.json", "/alerts": "/alerts.json", "/alerts/al_1": "/alerts/al_1.json", "/tools": "/tools.json"}


@pytest.mark.parametrize(("path", "twin"), PAGES.items())
async def test_every_page_has_a_json_twin_and_announces_it(operator, path, twin):
    page = await operator.get(path, headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert f'rel="alternate" type="application/json" href="{twin}"' in page.text
    assert (await operator.get(twin)).headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_says_that_the_company_is_a_sample(operator, path):
    assert "Sample company — invented people and data" in (await operator.get(path)).text


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_asks_no_other_host_and_runs_no_script_but_its_own_files(operator, path):
    text = (await operator.get(path)).text
    assert not re.search(r'(src|href|action)="(https?:)?//', text)
    assert not re.search(r'<script(?! src="/static/[a-z]+\.js\?v=[0-9a-f]+" defer></script>)', text)
    assert not re.search(r'\sstyle="', text)


async def test_what_comes_from_outside_is_escaped(operator):
    text = (await operator.get("/alerts")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


async def test_the_overview_says_what_its_twin_says(operator):
    text = (await operator.get("/")).text
    data = (await operator.get("/overview.json")).json()
    figures = re.findall(r'class="figure">(?:<a[^>]*>)?([\d,]+)<', text)
    assert figures == [f"{data[name]:,}" for name in ("tools", "unregistered", "people", "open_alerts")]
    assert "1 of 6" in re.sub(r"<[^>]+>", "", text)
    assert "not estimable yet" in text
    assert (data["coverage"]["unseen_share"], data["coverage"]["registered"]) == (None, 1)
    assert [alert["severity"] for alert in data["alerts"]] == ["critical", "high", "low"]


async def test_the_tools_page_puts_first_what_needs_somebody(operator):
    text = (await operator.get("/tools")).text
    names = re.findall(r'<td class="lead"><a href="/tools/[^"]+">(\w+)<', text)
    assert names == ["Aria", "Bellow", "Cinder", "Dapple", "Ember", "Fathom"]
    assert names == [item["name"] for item in (await operator.get("/tools.json")).json()["items"]]
    chosen = (await operator.get("/tools", params={"standing": "registered"})).text
    assert re.findall(r'<td class="lead"><a href="/tools/[^"]+">(\w+)<', chosen) == ["Fathom"]
    assert 'href="/tools.json?standing=registered"' in chosen


async def test_an_alert_leads_to_a_form_of_its_entry_filled_in(operator):
    assert 'href="/registry/new?alert=al_1"' in (await operator.get("/alerts/al_1")).text


async def test_the_decision_form_decides_and_shows_who_did(operator):
    assert (
        '<form class="inside form" method="post" action="/alerts/al_1/decision" data-decide>'
        in (await operator.get("/alerts/al_1")).text
    )
    form = {"decision": "snooze", "reason": "asked <the vendor>", "until": "2026-11-20"}
    answer = await operator.post("/alerts/al_1/decision", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts/al_1")
    text = (await operator.get("/alerts/al_1")).text
    assert "asked &lt;the vendor&gt;" in text
    assert "until 20 Nov 2026" in text
    assert (await operator.post("/alerts/al_1/decision", data=form | {"until": ""})).status_code == 303
    assert (await operator.post("/alerts/al_1/decision", data=form | {"until": "2026-02-30"})).status_code == 422


async def test_a_form_on_another_site_decides_nothing(operator, estate):
    form = {"decision": "prohibit", "reason": "x"}
    answer = await operator.post("/alerts/al_1/decision", data=form, headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, estate.made) == (403, {})


async def test_a_closed_alert_offers_no_decision(operator):
    assert "<textarea" not in (await operator.get("/alerts/al_4")).text


async def test_who_may_not_read_alerts_is_not_led_to_them(viewer):
    text = (await viewer.get("/")).text
    assert 'href="/alerts' not in text
    answer = await viewer.get("/alerts", headers={"accept": "text/html"})
    assert answer.status_code == 403
    assert "alerts:read" in answer.text


async def test_pages_of_an_empty_estate_say_what_to_do_next(operator, estate, surface):
    estate.tool_items.clear()
    estate.alert_items.clear()
    text = (await operator.get("/")).text
    assert "penumbra source add" in text
    assert "No tool in use is known yet" in text
    assert "No tool has been seen yet" in (await operator.get("/tools")).text
    assert "Nothing waits for a decision" in (await operator.get("/alerts")).text


@pytest.mark.parametrize(
    ("name", "status"), [("app.css", 200), ("mark.svg", 200), ("files.py", 404), ("%2e%2e%2ffiles.py", 404)]
)
async def test_only_the_files_of_the_pages_are_served(client, name, status):
    assert (await client.get(f"/static/{name}")).status_code == status
