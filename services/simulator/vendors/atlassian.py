"""Atlassian's organisation events, oldest first, the next page by `meta.next`; times of `from` in milliseconds.

https://developer.atlassian.com/cloud/admin/organization/rest/api-group-events/ (read 2026-11-21).
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.simulator.vendors.shelf import Shelf, after, cut


def chat(id: str, at: datetime) -> dict[str, Any]:  # noqa: A002 - the field's own name
    """Somebody talks to a Rovo agent."""
    told = {
        "time": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "action": "rovo_agent_chat_started",
        "actor": {"id": "557058:ana", "email": "ana@example.com"}, "context": [], "location": {"ip": "192.0.2.1"},
    }  # fmt: skip
    return {"id": id, "type": "events", "attributes": told, "links": {}}


def atlassian(shelf: Shelf) -> APIRouter:
    """`GET /admin/v1/orgs/{organisation}/events-stream`."""
    router = APIRouter(prefix="/admin/v1/orgs/{organisation}")

    @router.get("/events-stream")
    async def events(begin: Annotated[int, Query(alias="from")] = 0, cursor: str = "") -> dict[str, Any]:
        found = shelf.between(datetime.fromtimestamp(begin / 1000, UTC), None)
        data, following = cut(shelf, after(found, cursor))
        return {"data": data, "meta": {"next": following} if following else {}, "links": {}}

    return router
