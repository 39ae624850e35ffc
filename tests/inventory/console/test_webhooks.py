"""The webhooks pages: an endpoint's whole life by form, over the real store."""

import re

import pytest
from sqlalchemy import text

from services.inventory.delivery.endpoints import Endpoints
from services.inventory.delivery.queue import Queue
from services.inventory.delivery.schedule import Outcome

URL = "https://siem.example.com/penumbra?key=violet-heron-canary"


@pytest.fixture
async def endpoint(surface):
    return (await Endpoints(surface).add(URL, "ines", "the SIEM"))[0]


async def lined_up(surface, endpoint, number=1, state="delivered"):
    """A delivery as the relay leaves it."""
    async with surface.engine.begin() as connection:
        await connection.execute(
            text("""insert into inventory.delivery
                        (webhook, message, alert, revision, type, body, state, next_at, created_at, attempts)
                    values (:w, :m, 'al_1', :n, 'alert.opened', '{}', :s, :at, :at, 1)"""),
            {"w": endpoint.id, "m": f"evt_{number}", "n": number, "s": state, "at": surface.clock.now()},
        )
    (newest,) = await Queue(surface.engine, surface.clock).page(1)
    return newest


async def test_an_endpoint_is_added_and_its_secret_is_shown_once(operator, surface):
    form = {
        "url": URL,
        "description": "the SIEM",
        "format": "ocsf",
        "severities": ["high", "critical"],
        "units": "A\n B \n",
    }
    answer = await operator.post("/webhooks", data=form)
    secret = re.search(r"whsec_[\w+/=]+", answer.text)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert secret
    (added,) = await Endpoints(surface).all()
    assert (added.format, added.severities, added.units) == ("ocsf", ("high", "critical"), ("A", "B"))
    for path in ("/webhooks", f"/webhooks/{added.id}", f"/webhooks/{added.id}.json"):
        text_ = (await operator.get(path)).text
        assert secret[0] not in text_
        assert "violet-heron-canary" not in text_


@pytest.mark.parametrize("url", ["https://10.1.2.3/", "ftp://x", "https://user:pw@siem.example.com/"])
async def test_what_is_wrong_is_shown_beside_what_was_written(operator, surface, url):
    answer = await operator.post("/webhooks", data={"url": url, "description": "mine", "format": "xml"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'value="mine"' in answer.text
    assert await Endpoints(surface).all() == []


async def test_what_is_sent_is_changed_and_faults_leave_it(operator, surface, endpoint):
    path = f"/webhooks/{endpoint.id}"
    answer = await operator.post(f"{path}/change", data={"format": "cef", "standings": ["prohibited"]})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert (await Endpoints(surface).one(endpoint.id)).standings == ("prohibited",)
    assert (await operator.post(f"{path}/change", data={"standings": ["odd"]})).status_code == 422
    assert (await Endpoints(surface).one(endpoint.id)).format == "cef"
    assert re.search(r'value="prohibited" checked', (await operator.get(path)).text)


async def test_off_on_rotated_removed(operator, surface, endpoint):
    path = f"/webhooks/{endpoint.id}"
    assert (await operator.post(f"{path}/disable")).status_code == 303
    assert "Switch on" in (await operator.get(path)).text
    refused = await operator.post(f"{path}/replay", data={"since": "2026-11-15T00:00"})
    assert (refused.status_code, "enable it first" in refused.text) == (422, True)
    await operator.post(f"{path}/enable")
    assert (await Endpoints(surface).one(endpoint.id)).state == "active"
    assert "whsec_" in (await operator.post(f"{path}/rotate", data={"hours": "2"})).text
    assert "Both secrets sign" in (await operator.get(path)).text
    assert (await operator.post(f"{path}/rotate", data={"hours": "-1"})).status_code == 422
    assert (await operator.post(f"{path}/remove")).headers["location"] == "/webhooks"
    assert (await operator.get(path)).status_code == 404


async def test_a_test_message_says_what_came_of_it(operator, surface):
    endpoint, _ = await Endpoints(surface).add("http://127.0.0.1:9/", "ines")
    answer = await operator.post(f"/webhooks/{endpoint.id}/test")
    assert (answer.status_code, "did not take the test message" in answer.text) == (200, True)


async def test_deliveries_attempts_and_sending_again(operator, surface, endpoint):
    made = await lined_up(surface, endpoint)
    queue, path = Queue(surface.engine, surface.clock), f"/webhooks/{endpoint.id}"
    listed = await operator.get(path)
    assert f"{path}/deliveries/{made.number}" in listed.text
    await operator.post(f"{path}/deliveries/{made.number}/replay")
    assert (await queue.page(1))[0].state == "waiting"
    assert (await operator.post(f"{path}/deliveries/{made.number}/replay")).status_code == 409
    (claimed,) = await queue.claim(5, [])
    await queue.settle([(claimed, Outcome(503, None, 12))])
    shown = await operator.get(f"{path}/deliveries/{made.number}")
    assert "503" in shown.text
    twin = (await operator.get(f"{path}/deliveries/{made.number}.json")).json()
    assert [attempt["status"] for attempt in twin["attempts"]] == [503]
    assert (await operator.get(f"{path}?state=delivered")).text.count("Send again</button>") == 1
    assert (await operator.get(f"{path}?state=odd")).status_code == 422


async def test_all_since_a_time_is_lined_up_by_form(operator, surface, endpoint, house_with_an_event):
    answer = await operator.post(f"/webhooks/{endpoint.id}/replay", data={"since": "2026-11-15T00:00"})
    assert answer.status_code == 303
    assert (await Queue(surface.engine, surface.clock).counts(endpoint.id))["waiting"] == 1


@pytest.fixture
async def house_with_an_event(runtime, surface):
    """One change in the outbox, relayed before any endpoint was told: the endpoint came later."""
    from tests.inventory.api.test_alert_changes import write

    async with surface.engine.begin() as connection:
        await write(connection, surface, "al_9", 1)
        await connection.execute(text("delete from inventory.delivery"))
        await connection.execute(text("update inventory.outbox set number = 1, relayed_at = created_at"))
        await connection.execute(text("update inventory.change_head set number = 1"))


async def test_pages_and_twins_are_there_for_who_may_read(operator, viewer, endpoint):
    for path in ("/webhooks", f"/webhooks/{endpoint.id}"):
        page = await operator.get(path, headers={"accept": "text/html"})
        assert f'href="{path}.json"' in page.text
        assert (await operator.get(f"{path}.json")).headers["content-type"] == "application/json"
        assert not re.search(r'(src|href|action)="(https?:)?//', page.text)
        assert "<script" not in page.text
        assert "style=" not in page.text
        assert (await viewer.get(path)).status_code == 403


async def test_who_only_reads_is_offered_no_act(app, endpoint, client):
    link = await app.state.access.sessions.link("aud.example", "auditor")
    await client.get("/login", params={"token": link})
    page = await client.get(f"/webhooks/{endpoint.id}")
    assert page.status_code == 200
    assert "Send a test message" not in page.text
    assert (await client.post(f"/webhooks/{endpoint.id}/remove")).status_code == 403


async def test_another_site_s_form_changes_nothing(operator, surface, endpoint):
    cross = {"sec-fetch-site": "cross-site"}
    assert (await operator.post(f"/webhooks/{endpoint.id}/remove", headers=cross)).status_code == 403
    assert await Endpoints(surface).one(endpoint.id)


async def test_an_address_that_holds_markup_is_shown_as_text(operator, surface):
    await Endpoints(surface).add("https://siem.example.com/%3Cb%3E", "ines", '<b onload="x">')
    text_ = (await operator.get("/webhooks")).text
    assert '<b onload="x">' not in text_
    assert "&lt;b onload=" in text_
