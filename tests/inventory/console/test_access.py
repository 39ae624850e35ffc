"""The access page and its API: sessions and tokens seen and ended by those who may."""

from datetime import timedelta

import httpx

from tests.inventory.conftest import ADDRESS


async def signed_in(app, name: str, role: str) -> httpx.AsyncClient:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS)
    link = await app.state.access.sessions.link(name, role)
    assert (await client.get("/login", params={"token": link})).status_code == 303
    return client


async def test_an_administrator_sees_everybody_and_may_put_them_out(app, operator):
    vic = await signed_in(app, "vic.example", "viewer")
    page = (await operator.get("/access")).text
    assert "vic.example" in page
    assert "this session" in page
    assert "No identity provider is set" in page
    data = (await operator.get("/access.json")).json()
    assert {one["subject"]: one["own"] for one in data["sessions"]} == {"vic.example": False, "ines.example": True}
    theirs = next(one["id"] for one in data["sessions"] if not one["own"])
    answer = await operator.post(f"/access/sessions/{theirs}/end")
    assert (answer.status_code, answer.headers["location"]) == (303, "/access")
    assert (await vic.get("/overview.json")).status_code == 401
    trail = (await operator.get("/api/v1/audit")).json()["items"]
    assert (trail[0]["act"]["action"], trail[0]["act"]["detail"]) == ("session.revoke", {"subject": "vic.example"})


async def test_anybody_sees_and_ends_their_own_sessions_and_no_others(app, operator, viewer):
    elsewhere = await signed_in(app, "vic.example", "viewer")
    data = (await viewer.get("/access.json")).json()
    assert [one["subject"] for one in data["sessions"]] == ["vic.example", "vic.example"]
    assert (data["tokens"], data["role_map"]) == (None, None)
    assert set(data["may"]) >= {"overview:read", "tools:read"}
    other = next(one["id"] for one in data["sessions"] if not one["current"])
    assert (await viewer.post(f"/access/sessions/{other}/end")).status_code == 303
    assert (await elsewhere.get("/overview.json")).status_code == 401
    ines = (await operator.get("/api/v1/sessions")).json()["items"]
    theirs = next(one["id"] for one in ines if one["subject"] == "ines.example")
    assert (await viewer.post(f"/access/sessions/{theirs}/end")).status_code == 404
    assert (await viewer.get("/api/v1/sessions")).status_code == 403
    assert "ines.example" not in (await viewer.get("/access")).text


async def test_an_auditor_sees_everybody_and_ends_nobody(app, operator):
    auditor = await signed_in(app, "ada.example", "auditor")
    theirs = next(one for one in (await auditor.get("/access.json")).json()["sessions"] if not one["own"])
    assert (await auditor.post(f"/access/sessions/{theirs['id']}/end")).status_code == 403
    assert (await auditor.delete(f"/api/v1/sessions/{theirs['id']}")).status_code == 403
    assert (await operator.get("/overview.json")).status_code == 200


async def test_a_token_is_made_shown_once_and_revoked_on_the_page(operator, app):
    form = {"name": "siem <b>", "scopes": "alerts:read, deliveries:read", "days": "30"}
    made = await operator.post("/access/tokens", data=form)
    token = made.text.partition("<code>pnb_")[2].partition("</code>")[0]
    assert (await app.state.access.tokens.caller(f"pnb_{token}")).permissions == {"alerts:read", "deliveries:read"}
    page = (await operator.get("/access")).text
    assert token not in page
    assert "siem &lt;b&gt;" in page
    known = (await operator.get("/api/v1/tokens")).json()["items"][0]
    assert (await operator.post(f"/access/tokens/{known['id']}/revoke")).status_code == 303
    assert await app.state.access.tokens.caller(f"pnb_{token}") is None


async def test_nobody_makes_a_token_that_may_more_than_they_do(app):
    integrator = await signed_in(app, "ian.example", "integrator")
    asked = {"name": "mine", "scopes": ["push:write", "people:reveal"]}
    refused = await integrator.post("/api/v1/tokens", json=asked)
    assert refused.status_code == 403
    assert "people:reveal" in refused.json()["detail"]
    assert (await integrator.post("/api/v1/tokens", json={"name": "mine", "scopes": ["admin"]})).status_code == 403
    fine = await integrator.post("/api/v1/tokens", json={"name": "mine", "scopes": ["push:write"], "days": 7})
    assert fine.status_code == 201
    assert fine.json()["token"].startswith("pnb_")


WRONG = [
    {"name": "", "scopes": ["push:write"]}, {"name": "x", "scopes": []}, {"name": "x", "scopes": ["push:wirte"]},
    {"name": "x", "scopes": ["push:write"], "days": 0}, {"name": "x", "scopes": ["push:write"], "days": 10**12},
    {"name": "x", "scopes": "push:write"}, {"name": "x" * 201, "scopes": ["push:write"]}, {}, {"name": "x", "more": 1},
]  # fmt: skip


async def test_a_token_that_can_t_be_is_refused(operator):
    for body in WRONG:
        assert (await operator.post("/api/v1/tokens", json=body)).status_code == 422, body
    assert (await operator.get("/api/v1/tokens")).json()["items"] == []


async def test_lists_are_paged_without_repeating_or_skipping(app, operator, clock):
    for number in range(5):
        clock.advance(timedelta(seconds=1))
        await signed_in(app, f"p{number}.example", "viewer")
        await app.state.access.tokens.create(f"t{number}", ("tools:read",), timedelta(days=1), "ines")
    for path, count in (("sessions", 6), ("tokens", 5)):
        found, cursor = [], ""
        while cursor is not None:
            asked = {"limit": 2, "cursor": cursor} if cursor else {"limit": 2}
            page = (await operator.get(f"/api/v1/{path}", params=asked)).json()
            found += [one["id"] for one in page["items"]]
            cursor = page["next"]
        assert len(found) == len(set(found)) == count


async def test_what_is_not_there_is_said_not_to_be(operator):
    assert (await operator.delete("/api/v1/sessions/none")).status_code == 404
    assert (await operator.delete("/api/v1/tokens/none")).status_code == 404
    assert (await operator.post("/access/sessions/none/end")).status_code == 404
