"""Okta's System Log as it is polled: in the order it was kept, every answer with a next link, an empty one too.

https://developer.okta.com/docs/reference/system-log-query/ (read 2026-11-21).
"""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from services.simulator.vendors.shelf import Shelf


def sign_on(id: str, at: datetime) -> dict[str, Any]:  # noqa: A002 - the field's own name
    """Somebody signs in to an application."""
    return {
        "uuid": id, "published": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"), "version": "0",
        "eventType": "user.authentication.sso", "outcome": {"result": "SUCCESS"}, "severity": "INFO",
        "actor": {"id": "00u1", "type": "User", "alternateId": "ana@example.com", "displayName": "Ana"},
        "target": [{"id": "0oa1", "type": "AppInstance", "alternateId": "ChatGPT", "displayName": "ChatGPT"}],
        "client": {"ipAddress": "192.0.2.1"},
    }  # fmt: skip


def okta_log(shelf: Shelf, hollow: int = 0) -> APIRouter:
    """`GET /api/v1/logs`. The page with number `hollow` (from 1) is empty, and its link leads on all the same."""
    router, pages = APIRouter(), 0

    @router.get("/api/v1/logs", response_model=None)
    async def logs(request: Request, after: int = 0, limit: int = 100) -> JSONResponse:
        nonlocal pages
        pages += 1
        size = 0 if pages == hollow else limit
        page = shelf.arrived()[after : after + size]
        answer = JSONResponse([one.record for one in page])
        link = request.url.include_query_params(after=after + len(page))
        answer.headers["link"] = f'<{link}>; rel="next"'
        return answer

    return router
