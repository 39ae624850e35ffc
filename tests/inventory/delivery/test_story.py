"""From a use to a signed webhook, a page and a decision, on the real tables: nothing of it is told twice."""

import httpx
import pytest
from fastapi import FastAPI

from services.inventory.http import routers
from services.kit import access
from tests.inventory.filled import USED, fill, judge


@pytest.fixture
async def operator(stage):
    estate = await fill(stage.house)
    app = FastAPI(docs_url=None, redoc_url=None)
    access.install(app, stage.house)
    for router in routers(estate):
        app.include_router(router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as made:
        await made.get("/login", params={"token": await app.state.access.sessions.link("ines.example", "admin")})
        yield made


async def test_what_is_used_is_shown_alerted_delivered_and_decided(stage, operator):
    overview = (await operator.get("/overview.json")).json()
    standings = {row["standing"]: row["tools"] for row in overview["standings"] if row["tools"]}
    assert overview["tools"] == len(USED) == sum(standings.values())
    assert standings == {
        "prohibited": 1, "unregistered": 2, "expired": 1, "out_of_scope": 1, "ownerless": 1, "registered": 1,
    }  # fmt: skip
    assert [(source["instance"], source["state"]) for source in overview["sources"]] == [
        ("okta", "failing"), ("proxy-hq", "healthy"),
    ]  # fmt: skip

    alerts = (await operator.get("/api/v1/alerts", params={"state": "open", "limit": 1000})).json()["items"]
    assert overview["open_alerts"] == len(alerts)
    while await stage.relay.once():
        pass
    received = {message["body"]["data"]["id"]: message for message in stage.receiver.store.received}
    assert received.keys() == {alert["id"] for alert in alerts}
    assert {message["type"] for message in received.values()} == {"alert.opened"}
    assert stage.receiver.store.repeats == 0

    (bellow,) = [alert for alert in alerts if alert["grain"] == "tool:example.bellow|Sales"]
    page = (await operator.get(f"/alerts/{bellow['id']}")).text
    assert bellow["title"] in page
    form = {"decision": "approve", "reason": "the contract is signed"}
    assert (await operator.post(f"/alerts/{bellow['id']}/decision", data=form)).status_code == 303
    await judge(stage.house)
    while await stage.relay.once():
        pass
    told = [m["type"] for m in stage.receiver.store.received if m["body"]["data"]["id"] == bellow["id"]]
    assert told[0] == "alert.opened"
    assert told[-1] == "alert.closed"
    assert stage.receiver.store.repeats == 0
    entries = (await operator.get("/api/v1/registry")).json()["items"]
    assert f"decided-{bellow['id']}" in [entry["id"] for entry in entries]
    acts = [entry["act"]["action"] for entry in (await operator.get("/api/v1/audit")).json()["items"]]
    assert "alert.decide" in acts


async def test_the_lists_agree_with_each_other_page_by_page(operator):
    for path, key in (("tools", "tool"), ("solutions", "solution"), ("alerts", "id"), ("registry", "id")):
        whole = (await operator.get(f"/api/v1/{path}")).json()["items"]
        found, following = [], ""
        while following is not None:
            page = (await operator.get(f"/api/v1/{path}", params={"limit": 2, "cursor": following})).json()
            found += page["items"]
            following = page["next"]
        assert found == whole
        assert len({item[key] for item in whole}) == len(whole) > 0


async def test_people_are_counted_once_each(operator):
    bellow = (await operator.get("/api/v1/tools/example.bellow")).json()
    assert (bellow["people"], bellow["units"]) == (61, USED["example.bellow"])
    assert bellow["events"]["squid"] == 3 * 61
    overview = (await operator.get("/api/v1/overview")).json()
    most = {unit: max(units.get(unit, 0) for units in USED.values()) for units in USED.values() for unit in units}
    assert overview["people"] == sum(most.values())
