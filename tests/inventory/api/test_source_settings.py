"""Changing a source that stands: faults at their fields, a trace, nobody's change undone unseen."""

from sqlalchemy import text

from tests.inventory.api.test_sources import OKTA, SQUID, add, trail


async def test_what_is_left_out_stays(operator, engine):
    await add(operator)
    change = {"config": {"token": "env:NEW"}, "every": "10m"}
    changed = (await operator.patch("/api/v1/sources/okta-eu", json=change)).json()
    assert changed["config"] == OKTA["config"] | {"token": "env:NEW"}
    assert changed["source"]["every_seconds"] == 600
    back = (await operator.patch("/api/v1/sources/okta-eu", json={"every": ""})).json()
    assert back["source"]["every_seconds"] == 60
    await operator.patch("/api/v1/sources/okta-eu", json=change | {"every": "1m"})
    assert [action for action, _ in await trail(engine)] == ["source.add", "source.edit", "source.edit"]
    async with engine.connect() as connection:
        query = text("select detail from control.audit where action = 'source.edit' order by number limit 1")
        detail = (await connection.execute(query)).scalar_one()
    assert detail["changed"] == {"config.token": ["env:OKTA_TOKEN", "env:NEW"], "every": [60.0, 600.0]}


async def test_every_fault_of_a_change_is_at_its_field_and_nothing_changes(operator, engine):
    await add(operator)
    wrong = {"config": {"token": "canary", "org": None, "colour": "red"}, "every": "soon", "folder": "/logs"}
    answer = await operator.patch("/api/v1/sources/okta-eu", json=wrong)
    assert (answer.status_code, "canary" in answer.text) == (422, False)
    places = {fault["place"] for fault in answer.json()["errors"]}
    assert places == {"every", "config.token", "config.org", "config.colour", "folder"}
    assert (await operator.get("/api/v1/sources/okta-eu")).json()["config"] == OKTA["config"]
    assert len(await trail(engine)) == 1
    assert (await operator.patch("/api/v1/sources/nothing", json={})).status_code == 404
    assert (await operator.patch("/api/v1/sources/okta-eu", json={"colour": "red"})).status_code == 422


def fields(html: str) -> dict[str, str]:
    import re

    return dict(re.findall(r'<input type="(?:text|hidden)"[^>]* name="([^"]+)" value="([^"]*)"', html))


async def test_the_form_shows_what_stands_and_changes_it(operator, engine, monkeypatch):
    from services.inventory.console import sources_adding

    monkeypatch.setattr(sources_adding, "PATIENCE_SECONDS", 0)
    await add(operator)
    page = await operator.get("/sources/okta-eu/edit")
    given = fields(page.text)
    assert (given["config.token"], given["every"], "name" in given) == ("env:OKTA_TOKEN", "1m", False)
    assert 'href="/sources/okta-eu/edit"' in (await operator.get("/sources/okta-eu")).text
    assert (await operator.get("/sources/okta-eu/edit.json")).json()["config"] == OKTA["config"]
    refused = await operator.post("/sources/okta-eu/edit", data=given | {"config.token": "canary", "every": "soon"})
    assert (refused.status_code, "canary" in refused.text) == (422, False)
    assert "2 things have to be changed" in refused.text
    changed = await operator.post("/sources/okta-eu/edit", data=given | {"config.token": "env:NEW"})
    assert (changed.status_code, changed.headers["location"]) == (303, "/sources/okta-eu#trial")
    late = await operator.post("/sources/okta-eu/edit", data=given | {"every": "1h"})
    assert (late.status_code, "changed meanwhile" in late.text) == (409, True)
    stands = (await operator.get("/api/v1/sources/okta-eu")).json()
    assert (stands["config"]["token"], stands["source"]["every_seconds"]) == ("env:NEW", 60)


async def test_a_watched_source_is_changed_by_its_folder(operator):
    await add(operator, SQUID)
    given = fields((await operator.get("/sources/hq-proxy/edit")).text)
    assert (given["folder"], given["pattern"], "every" in given) == ("/var/log/squid", "access.log*", False)
    await operator.post("/sources/hq-proxy/edit", data=given | {"folder": "/srv/squid"})
    assert (await operator.get("/api/v1/sources/hq-proxy")).json()["folder"] == "/srv/squid"
