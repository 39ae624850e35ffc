from datetime import timedelta

import pytest
from fastapi import APIRouter, FastAPI

from services.kit import access
from services.kit.access.gate import declared

JSON = "application/problem+json"


async def test_without_credentials_the_answer_is_401_and_says_how(client):
    answer = await client.get("/alerts")
    assert (answer.status_code, answer.headers["content-type"]) == (401, JSON)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["status"] == 401


async def test_a_browser_is_sent_to_the_sign_in_page(client):
    answer = await client.get("/alerts", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert "penumbra login" in (await client.get("/login")).text


async def test_a_link_signs_in_once_and_the_cookie_is_kept_from_scripts(app, client):
    link = await app.state.access.sessions.link("ines", "analyst")
    answer = await client.get("/login", params={"token": link})
    cookie = answer.headers["set-cookie"].lower()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert link not in cookie
    assert (await client.get("/alerts")).json() == {"for": "ines"}
    client.cookies.clear()
    assert (await client.get("/login", params={"token": link})).status_code == 401


async def test_looking_ahead_does_not_use_a_link_up(app, client):
    link = await app.state.access.sessions.link()
    ahead = await client.get("/login", params={"token": link}, headers={"sec-purpose": "prefetch;prerender"})
    assert ahead.status_code == 503
    assert (await client.post("/login", data={"token": link})).status_code == 303


async def test_over_https_the_cookie_belongs_to_this_host_alone(app, client):
    link = await app.state.access.sessions.link()
    answer = await client.get("https://127.0.0.1/login", params={"token": link})
    assert answer.headers["set-cookie"].startswith("__Host-penumbra=")
    assert "Secure" in answer.headers["set-cookie"]
    assert "max-age" in answer.headers["strict-transport-security"]


async def test_signing_out_ends_the_session_and_not_only_the_cookie(signed_in):
    kept = dict(signed_in.cookies)
    assert (await signed_in.post("/logout")).status_code == 303
    signed_in.cookies.update(kept)
    assert (await signed_in.get("/alerts")).status_code == 401


async def test_a_token_passes_where_its_scope_reaches_and_no_further(app, client):
    _, token = await app.state.access.tokens.create("siem", ("alerts:read",), timedelta(days=1), "ines")
    headers = {"authorization": f"Bearer {token}"}
    assert (await client.get("/alerts", headers=headers)).json() == {"for": "siem"}
    answer = await client.post("/alerts", headers=headers, json={"count": 1})
    assert (answer.status_code, answer.headers["content-type"]) == (403, JSON)
    assert "alerts:decide" in answer.json()["detail"]


@pytest.mark.parametrize("header", ["Bearer pnb_nonsense", "Basic aW5lczp4", "pnb_x", "Bearer"])
async def test_a_bad_token_is_not_excused_by_a_good_cookie(signed_in, header):
    assert (await signed_in.get("/alerts", headers={"authorization": header})).status_code == 401


async def test_every_route_is_walked_however_deep_it_was_included(app):
    assert access.undeclared_routes(app) == []
    inner, outer = APIRouter(), APIRouter()

    @inner.get("/open")
    async def open_to_all() -> None: ...

    outer.include_router(inner, prefix="/deep")
    app.include_router(outer, prefix="/api")
    assert access.undeclared_routes(app) == ["GET /api/deep/open"]


async def test_documentation_pages_count_as_routes():
    assert "GET,HEAD /docs" in access.undeclared_routes(FastAPI())


def test_a_permission_nobody_declared_is_refused_when_the_module_is_read():
    with pytest.raises(ValueError, match="alerts:raed"):
        access.require("alerts:raed")


def test_a_route_without_dependencies_declares_nothing():
    assert declared(object()) is None  # type: ignore[arg-type]
