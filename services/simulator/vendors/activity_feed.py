"""The Management Activity API, as far as faults need it: lists of blobs by page, blobs that fail, odd header cases.

MicrosoftDocs/office-365-management-api, office-365-management-activity-api-reference.md; the header's cases are of live
use (reference of the company's own feed, services/simulator/m365_api.py).
"""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from services.simulator.vendors.shelf import Shelf

_CASES = (b"Nextpageuri", b"nextPageUri", b"NEXTPAGEURI")
TYPES = ("Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General", "DLP.All")


def copilot(id: str, at: datetime, record_type: int | str = 261) -> dict[str, Any]:  # noqa: A002 - the field's own name
    """A talk with Copilot; the record type as the number it is, or as text, as some tenants have it."""
    return {
        "Id": id, "RecordType": record_type, "CreationTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "Operation": "CopilotInteraction", "Workload": "Copilot", "UserId": "ana@example.com", "UserKey": "ana",
        "UserType": 0, "OrganizationId": "t", "ClientIP": "192.0.2.1", "CopilotEventData": {"AppHost": "Word"},
    }  # fmt: skip


def activity_feed(shelf: Shelf) -> APIRouter:
    """The feed of a tenant, a blob for each record, all of Audit.General; a page of the list holds `shelf.page`."""
    router = APIRouter(prefix="/api/v1.0/{tenant}/activity/feed")

    @router.get("/subscriptions/list")
    async def subscriptions() -> list[dict[str, Any]]:
        return [{"contentType": name, "status": "enabled", "webhook": None} for name in TYPES]

    @router.get("/subscriptions/content", response_model=None)
    async def content(
        tenant: str, request: Request, contentType: str, startTime: str = "", endTime: str = "", nextPage: int = 0  # noqa: N803 - the API's own names
    ) -> JSONResponse:  # fmt: skip
        begin, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (startTime, endTime))
        held = [one for one in shelf.arrived() if begin <= one.arrives < end] if contentType == "Audit.General" else []
        root = f"{str(request.base_url).rstrip('/')}/api/v1.0/{tenant}/activity/feed"
        listed = [
            {
                "contentType": contentType, "contentId": one.id, "contentUri": f"{root}/audit/{one.id}",
                "contentCreated": one.arrives.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "contentExpiration": one.arrives.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            }
            for one in held[nextPage : nextPage + shelf.page]
        ]  # fmt: skip
        answer = JSONResponse(listed)
        if nextPage + shelf.page < len(held):
            place = nextPage + shelf.page
            link = request.url.include_query_params(nextPage=place)
            answer.raw_headers.append((_CASES[place // shelf.page % len(_CASES)], str(link).encode()))
        return answer

    @router.get("/audit/{blob}")
    async def audit(blob: str) -> list[dict[str, Any]]:
        return [dict(one.record) for one in shelf.arrived() if one.id == blob]

    return router
