"""GitHub's audit log, oldest first, the next page by the `Link` header; no installed applications.

https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/orgs#get-the-audit-log-for-an-organization (2026-11-21).
"""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from services.simulator.vendors.shelf import Shelf, after, cut


def entry(id: str, at: datetime) -> dict[str, Any]:  # noqa: A002 - the field's own name
    """A Copilot seat that was given."""
    stamp = int(at.timestamp() * 1000)
    return {
        "@timestamp": stamp, "created_at": stamp, "_document_id": id, "action": "copilot.cfb_seat_assignment_created",
        "actor": "ana-example", "org": "example", "user": "ben-example", "actor_ip": "192.0.2.1",
    }  # fmt: skip


def github(shelf: Shelf) -> APIRouter:
    """`GET /orgs/example/audit-log` and `/installations`."""
    router = APIRouter(prefix="/orgs/example")

    @router.get("/audit-log")
    async def log(request: Request, phrase: str = "") -> JSONResponse:
        begin = datetime.fromisoformat(phrase.partition(">=")[2]) if ">=" in phrase else None
        asked = request.query_params.get("after", "")
        records, following = cut(shelf, after(shelf.between(begin, None), asked))
        answer = JSONResponse(records)
        if following:
            link = request.url.include_query_params(after=following)
            answer.headers["link"] = f'<{link}>; rel="next"'
        return answer

    @router.get("/installations")
    async def installations() -> dict[str, Any]:
        return {"total_count": 0, "installations": []}

    return router
