"""Google's Reports API: activities of one application newest first, page tokens, and the sign-in of a service account.

https://developers.google.com/workspace/admin/reports/reference/rest/v1/activities/list (read 2026-11-21).
"""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from services.simulator.vendors.shelf import Shelf, after, cut

_GRANT = [
    {"name": "client_id", "value": "111122223333-abc.apps.googleusercontent.com"},
    {"name": "app_name", "value": "Meeting notes"},
]


def activity(id: str, at: datetime, *, listed: bool = True) -> dict[str, Any]:  # noqa: A002 - the field's own name
    """Somebody grants a program access; `events` as the list it is, or as one object, as some exports have it."""
    event = {"type": "auth", "name": "authorize", "parameters": _GRANT}
    time = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return {
        "kind": "admin#reports#activity",
        "id": {"time": time, "uniqueQualifier": id, "applicationName": "token", "customerId": "C0example"},
        "actor": {"email": "ana@example.com", "profileId": "1"}, "events": [event] if listed else event,
    }  # fmt: skip


def google_reports(shelf: Shelf, applications: tuple[str, ...] = ("token",)) -> APIRouter:
    """`POST /token` and `GET …/applications/{application}`; only those named hold anything."""
    router = APIRouter()

    @router.post("/token")
    async def token() -> dict[str, Any]:
        return {"access_token": "ya29.example", "expires_in": 3599, "token_type": "Bearer"}

    @router.get("/admin/reports/v1/activity/users/all/applications/{application}", response_model=None)
    async def activities(
        application: str, startTime: str, endTime: str, pageToken: str = ""  # noqa: N803 - the API's own names
    ) -> JSONResponse:  # fmt: skip
        found = shelf.between(datetime.fromisoformat(startTime), datetime.fromisoformat(endTime))
        held = reversed(found) if application in applications else ()
        items, following = cut(shelf, after(held, pageToken))
        more = {"nextPageToken": following} if following else {}
        return JSONResponse({"kind": "admin#reports#activities", "items": items, **more})

    return router
