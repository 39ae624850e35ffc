"""Deny by default: the whole program's routes, whichever service brings them."""

from services.app import services
from services.kit.access import undeclared_routes
from services.kit.web import application


async def test_no_route_of_any_service_is_without_a_declared_permission(runtime):
    made = [build(runtime) for build in services().values()]
    app = application(runtime, made)
    assert undeclared_routes(app) == []
    paths = app.openapi()["paths"]
    assert {"/api/v1/alerts", "/v1/push/{source}"} <= paths.keys()
