"""The analyst's routes and pages over real tables: conflicts with what happened, many at once, undo, corrections."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from services.inventory.estate import PostgresEstate
from services.inventory.http import routers
from services.kit import access
from tests.inventory.conftest import ADDRESS
from tests.inventory.filled import fill

API = "/api/v1"
BODY = {"decision": "approve", "reason": "looked at it"}


@pytest.fixture
async def desk(runtime) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """Two analysts, signed in, over a filled database."""
    house = replace(runtime, settings=runtime.settings.model_copy(update={"sample_company": True}))
    app = FastAPI(docs_url=None, redoc_url=None)
    access.install(app, house)
    for router in routers(await fill(house)):
        app.include_router(router)
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS) as ines,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS) as uma,
    ):
        for name, client in (("ines.example", ines), ("uma.example", uma)):
            link = await app.state.access.sessions.link(name, "analyst")
            assert (await client.get("/login", params={"token": link})).status_code == 303
        yield ines, uma


async def bellow(client) -> list[dict[str, object]]:
    answer = await client.get(f"{API}/alerts", params={"tool": "example.bellow", "sort": "people"})
    return answer.json()["items"]


async def test_a_conflict_over_http_says_who_decided_what_and_when(desk):
    ines, uma = desk
    alert = (await bellow(ines))[0]
    seen = {**BODY, "revision": alert["revision"]}
    assert (await ines.post(f"{API}/alerts/{alert['id']}/decision", json=seen)).status_code == 200
    answer = await uma.post(f"{API}/alerts/{alert['id']}/decision", json={**seen, "decision": "prohibit"})
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    happened = answer.json()["happened"]
    assert happened == {
        "decision": "approve", "author": "ines.example", "reason": "looked at it", "at": "2026-11-16T12:00:00Z"
    }  # fmt: skip
    form = {"decision": "prohibit", "reason": "mine stays", "revision": str(alert["revision"])}
    page = await uma.post(f"/alerts/{alert['id']}/decision", data=form)
    assert page.status_code == 409
    assert "approved by ines.example at 2026-11-16 12:00 UTC: looked at it" in page.text
    assert "mine stays</textarea>" in page.text
    undone = await uma.post(f"{API}/alerts/{alert['id']}/undo")
    assert undone.json()["decisions"][0]["undone_by"] == "uma.example"
    again = await ines.post(f"{API}/alerts/{alert['id']}/undo", json={"decision": 1})
    assert (again.status_code, "undone by uma.example" in again.json()["detail"]) == (409, True)


async def test_many_at_once_over_http_and_by_the_page(desk):
    ines, uma = desk
    first, second, third, _ = await bellow(ines)
    body = {**BODY, "alerts": [first["id"], {"id": second["id"], "revision": 99}, "alr_none"]}
    bulk = (await ines.post(f"{API}/alerts/decisions", json=body)).json()
    assert [each["outcome"] for each in bulk["outcomes"]] == ["decided", "conflict", "not_found"]
    assert (await uma.get(f"{API}/alerts/decisions/{bulk['id']}")).json() == bulk
    undone = (await uma.post(f"{API}/alerts/decisions/{bulk['id']}/undo")).json()
    assert [each["outcome"] for each in undone["outcomes"]] == ["undone"]
    form = {
        "decision": "assign", "reason": "knows the vendor", "assignee": "uma.example",
        "alert": [f"{third['id']}:{third['revision']}", "alr_none:1"], "back": "state=open&sort=people&bulk=old",
    }  # fmt: skip
    answer = await ines.post("/alerts/decisions", data=form)
    where = urlsplit(answer.headers["location"])
    assert (answer.status_code, where.path) == (303, "/alerts")
    assert re.fullmatch(r"state=open&sort=people&bulk=blk_[0-9a-f]+", where.query)
    page = (await ines.get(answer.headers["location"])).text
    assert "1 of 2 decided" in page
    assert "there is no alert alr_none" in page
    assert 'action="/alerts/decisions/blk_' in page
    mine = (await uma.get(f"{API}/alerts", params={"assignee": "me"})).json()
    assert [each["id"] for each in mine["items"]] == [third["id"]]
    assert (await ines.post("/alerts/decisions", data={"decision": "approve", "reason": "x"})).status_code == 422
    assert (await uma.post(f"/alerts/decisions/{where.query.rpartition('=')[2]}/undo")).status_code == 303
    page = (await ines.get(answer.headers["location"])).text
    assert "1 of 2 decided, 1 undone" in page
    assert "undone by uma.example at 12:00 UTC" in page


async def test_a_form_over_many_that_lacks_something_comes_back_as_it_was_sent(desk):
    ines, _ = desk
    first = (await bellow(ines))[0]
    form = {
        "decision": "snooze", "reason": "asked the vendor", "alert": f"{first['id']}:{first['revision']}",
        "back": "state=open&sort=people&unit=Sales&limit=no",
    }  # fmt: skip
    answer = await ines.post("/alerts/decisions", data=form)
    assert (answer.status_code, "snooze needs an end in the future" in answer.text) == (422, True)
    assert f'value="{first["id"]}:{first["revision"]}" checked' in answer.text
    assert 'value="asked the vendor"' in answer.text
    assert '<option value="snooze" selected>' in answer.text
    form["back"] = "state=open&sort=people&unit=Legal&cursor=old"
    narrowed = (await ines.post("/alerts/decisions", data=form)).text
    assert '<option value="Legal" selected>' in narrowed
    assert '<option value="people" selected>' in narrowed


async def test_an_alert_leads_to_its_tool_and_to_the_sources_that_saw_it(desk):
    ines, _ = desk
    alert = (await bellow(ines))[0]
    page = (await ines.get(f"/alerts/{alert['id']}")).text
    assert f'href="/tools/{alert["tool"]}"' in page
    assert (await ines.get(f"/tools/{alert['tool']}")).status_code == 200
    assert 'href="/sources/' in page
    assert "/registry/new" not in page, "an analyst may not write the registry"


async def test_a_false_positive_offers_the_correction_and_undo_takes_both_back(desk):
    ines, uma = desk
    alert = (await bellow(ines))[0]
    page = (await ines.get(f"/alerts/{alert['id']}")).text
    key = "host:bellow.example.com"
    assert f'name="not_ai" value="{key}"' in page
    form = {"decision": "false_positive", "reason": "a museum", "not_ai": key, "revision": str(alert["revision"])}
    assert (await ines.post(f"/alerts/{alert['id']}/decision", data=form)).status_code == 303
    assert (await ines.get(f"{API}/tools/example.bellow")).status_code == 404
    (made,) = (await uma.get(f"{API}/corrections", params={"state": "active"})).json()["items"]
    assert (made["key"], made["verdict"], made["author"], made["reason"]) == (key, "none", "ines.example", "a museum")
    assert key in (await uma.get("/corrections")).text
    file = (await uma.get(f"/alerts/{alert['id']}.json")).json()
    assert await ines.post(f"/alerts/{alert['id']}/undo", data={"decision": str(file["undo"])})
    assert (await ines.get(f"{API}/tools/example.bellow")).json()["people"] == 61
    assert (await uma.get(f"{API}/corrections", params={"state": "active"})).json()["items"] == []


async def test_a_correction_over_http_is_listed_followed_and_taken_back(desk):
    ines, uma = desk
    body = {"keys": ["host:Bellow.example.com"], "verdict": "ai", "tool": "example.aria", "reason": "one product now"}
    (made,) = (await ines.post(f"{API}/corrections", json=body)).json()["items"]
    assert (await uma.get(f"{API}/tools/example.bellow")).status_code == 404
    form = {"key": "app:aria helper", "verdict": "none", "tool": "", "reason": "no model in it"}
    assert (await uma.post("/corrections", data=form)).headers["location"] == "/corrections"
    page = (await ines.get(f"{API}/corrections", params={"limit": 1})).json()
    rest = (await ines.get(f"{API}/corrections", params={"cursor": page["next"]})).json()
    assert [each["key"] for each in page["items"] + rest["items"]] == ["app:aria helper", "host:bellow.example.com"]
    assert (await uma.post(f"{API}/corrections/{made['number']}/undo")).json()["undone_by"] == "uma.example"
    assert (await ines.post(f"{API}/corrections/{made['number']}/undo")).status_code == 409
    twice = await ines.post(f"/corrections/{made['number']}/undo")
    assert (twice.status_code, "taken back by uma.example" in twice.text) == (409, True)
    wrong = await uma.post("/corrections", data={**form, "key": "no key"})
    assert (wrong.status_code, "is no match key" in wrong.text, "no model in it" in wrong.text) == (422, True, True)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("alerts/decisions", {**BODY, "alerts": []}, 422), ("alerts/decisions", {**BODY, "alerts": ["a"] * 501}, 422),
        ("alerts/decisions", {**BODY, "alerts": ["a"], "reason": "\0"}, 422),
        ("alerts/decisions", {**BODY, "alerts": ["a"], "decision": "explode"}, 422),
        ("alerts/decisions", {**BODY, "alerts": [{"id": "a", "revision": 0}]}, 422),
        ("alerts/none/undo", {"decision": 0}, 422), ("alerts/none/undo", {}, 404),
        ("alerts/decisions/none/undo", {}, 404), ("corrections/0/undo", {}, 422), ("corrections/7/undo", {}, 404),
        ("corrections", {"keys": ["host:a.example"], "verdict": "suspected", "reason": "x"}, 422),
        ("corrections", {"keys": ["host:a.example"], "verdict": "ai", "tool": "example.none", "reason": "x"}, 422),
        ("corrections", {"keys": [], "verdict": "none", "reason": "x"}, 422),
    ],
)  # fmt: skip
async def test_fields_out_of_range_are_problem_documents(operator, estate, surface, path, body, status):
    estate.desk = PostgresEstate(surface, {}).desk
    answer = await operator.post(f"{API}/{path}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text


@pytest.mark.parametrize(
    "query",
    [
        {"state": "odd"}, {"severity": "odd"}, {"age": "century"}, {"sort": "odd"}, {"limit": 0}, {"limit": 1001},
        {"text": "a\0"}, {"text": "a" * 201}, {"cursor": "e30"}, {"cursor": "no"}, {"unit": "a\0"},
        {"cursor": "W251bGwsImEiLC0xXQ"},
    ],
)  # fmt: skip
async def test_a_queue_that_can_t_be_asked_for_is_a_problem_document(operator, query):
    answer = await operator.get(f"{API}/alerts", params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_a_viewer_sees_and_changes_nothing_of_it(viewer):
    assert (await viewer.get(f"{API}/corrections")).status_code == 403
    for path in ("alerts/decisions", "alerts/al_1/undo", "corrections", "corrections/1/undo"):
        assert (await viewer.post(f"{API}/{path}", json={})).status_code == 403


async def test_who_may_decide_but_not_correct_decides_without_a_correction(app, operator):
    scopes = ["alerts:read", "alerts:decide"]
    made = await operator.post(f"{API}/tokens", json={"name": "soar", "scopes": scopes})
    head = {"authorization": f"Bearer {made.json()['token']}"}
    body = {"decision": "false_positive", "reason": "x"}
    said = {"correction": {"keys": ["host:a.example"], "verdict": "none"}}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS, headers=head) as soar:
        refused = await soar.post(f"{API}/alerts/al_1/decision", json=body | said)
        assert (refused.status_code, "labels:correct" in refused.json()["detail"]) == (403, True)
        assert (await soar.post(f"{API}/corrections", json={})).status_code == 403
