"""Every route asked as every role, held against the committed table (`services/kit/access/routes.md`)."""

import re

import httpx
import pytest
from fastapi import HTTPException, Request

from deploy.reference import PUBLIC, ROUTES, SETTINGS, pages, permissions, read_routes, whole
from services.kit.access import ROLES, Caller, Require, Unauthenticated, granted, undeclared_routes
from services.kit.access.gate import PUBLIC_FOLDERS, PUBLIC_PATHS

PASSED = 418
TABLE = list(read_routes(ROUTES.read_text()))
STALE = "is not current: run `make reference` and look at what changed"


class ByRole:
    """Knows callers by a role's name for a token, whichever way it is sent."""

    provider = public = None

    @property
    def tokens(self):
        return self

    async def caller(self, credential):
        given = credential if isinstance(credential, str) else credential.headers.get("authorization", "")
        role = given.rpartition(" ")[2]
        known = Caller(role, "token", granted([role]), role) if role in ROLES else None
        if known is None and not isinstance(credential, str):
            raise Unauthenticated("nobody")
        return known


@pytest.fixture(scope="module")
def app():
    made = whole()
    made.state.access = ByRole()
    return made


@pytest.fixture
def stopped_at_the_gate(app, monkeypatch):
    """Who is let through gets 418 instead of an answer, so that asking changes nothing."""
    for gate in (Require, *Require.__subclasses__()):
        if "__call__" in vars(gate):
            monkeypatch.setattr(gate, "__call__", stopping(gate.__call__))


def stopping(gate):
    async def called(self, request: Request):
        await gate(self, request)
        raise HTTPException(PASSED)

    return called


def test_the_pages_made_from_code_are_current():
    for path, content in pages().items():
        assert path.read_text() == content, f"{path.name} {STALE}"
    assert {SETTINGS, ROUTES} == pages().keys()


async def test_every_role_passes_where_the_table_says_so_and_nowhere_else(app, stopped_at_the_gate):
    wrong = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        for (method, path), permission, roles in TABLE:
            if permission == PUBLIC:
                continue
            address = re.sub(r"\{[^}]*\}", "1", path)
            scheme = "Splunk" if path.startswith("/services/") else "Bearer"
            for role, passes in {**roles, "nobody": False}.items():
                answer = await client.request(method, address, headers={"authorization": f"{scheme} {role}"})
                expected = {PASSED} if passes else {401, 403} if role == "nobody" else {403}
                if answer.status_code not in expected:
                    wrong.append(f"{role}: {method} {path} answered {answer.status_code}, and not {expected}")
    assert wrong == []


def test_the_table_holds_every_route_and_every_role(app):
    assert [route for route, _, _ in TABLE] == list(permissions(app)), STALE
    assert all(list(roles) == list(ROLES) for _, _, roles in TABLE)
    assert undeclared_routes(app) == []


def test_what_everybody_may_ask_is_what_is_declared_public():
    public = {path for (_, path), permission, _ in TABLE if permission == PUBLIC}
    assert {path for path in public if not path.startswith(PUBLIC_FOLDERS)} <= PUBLIC_PATHS


def test_changing_anything_takes_more_than_reading():
    reads = {"overview:read", "alerts:read", "registry:read", "sources:read", "people:read", "audit:read"}
    changing = {(route, permission) for route, permission, _ in TABLE if route[0] in {"POST", "PUT", "PATCH", "DELETE"}}
    # Signing out and ending a session of one's own are everybody's; the handler looks whose it is.
    own = {("POST", "/logout"), ("POST", "/access/sessions/{session}/end")}
    assert {route for route, permission in changing if permission in reads} == own


def test_an_auditor_and_a_viewer_change_nothing():
    for route, permission, roles in TABLE:
        if permission not in {PUBLIC, "overview:read"} and (roles["viewer"] or roles["auditor"]):
            assert route[0] == "GET", route
