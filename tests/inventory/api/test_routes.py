import pytest
from fastapi.routing import iter_route_contexts

from services.kit import access
from services.kit.access.gate import declared

WANTED = {
    "overview", "tools", "tools/{tool}", "solutions", "solutions/{solution:path}", "alerts", "alerts/{alert}",
    "alerts/{alert}/decision", "registry", "registry/import", "sources", "people/{pseudonym}", "webhooks",
    "deliveries", "audit",
}  # fmt: skip
READS = ["overview", "tools", "solutions", "alerts", "registry", "sources", "webhooks", "deliveries", "audit"]


def test_no_route_is_without_a_declared_permission(app):
    assert access.undeclared_routes(app) == []


def test_every_route_of_the_interface_is_there(app):
    paths = {(route.path or "").removeprefix("/api/v1/") for route in iter_route_contexts(app.routes)}
    assert paths >= WANTED


OWN = {"/logout", "/access/sessions/{session}/end"}
"""Ending one's own session takes no permission; that of others is asked for within."""


def test_what_changes_something_takes_more_than_reading(app):
    for route in iter_route_contexts(app.routes):
        permission = declared(route)
        if permission and (route.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"} and route.path not in OWN:
            assert not permission.endswith(":read"), route.path


@pytest.mark.parametrize("path", READS)
async def test_nobody_reads_without_credentials(client, path):
    answer = await client.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


@pytest.mark.parametrize("path", READS)
async def test_the_operator_reads_everything(operator, path):
    answer = await operator.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


@pytest.mark.parametrize("path", ["alerts", "webhooks", "deliveries", "audit", "people/p1"])
async def test_a_viewer_sees_aggregates_only(viewer, path):
    assert (await viewer.get(f"/api/v1/{path}")).status_code == 403


async def test_a_viewer_s_overview_holds_no_alert(viewer, operator):
    assert (await viewer.get("/api/v1/overview")).json()["alerts"] == []
    assert len((await operator.get("/api/v1/overview")).json()["alerts"]) == 3


async def test_the_schema_names_every_resource(client):
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert {"/api/v1/alerts/{alert}/decision", "/api/v1/registry/import"} <= paths.keys()
