"""Slack's audit logs: newest first, `oldest` and `latest` in seconds, `response_metadata.next_cursor`.

https://docs.slack.dev/reference/audit-logs-api (read 2026-11-21).
"""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter

from services.simulator.vendors.shelf import Shelf, after, cut


def entry(id: str, at: datetime) -> dict[str, Any]:  # noqa: A002 - the field's own name
    """An application installed by somebody."""
    user = {"id": "W1", "name": "Ana", "email": "ana@example.com"}
    app = {"id": "A1", "name": "ChatGPT", "scopes": ["channels:history"]}
    return {
        "id": id, "date_create": int(at.timestamp()), "action": "app_installed",
        "actor": {"type": "user", "user": user}, "entity": {"type": "app", "app": app},
        "context": {"ip_address": "192.0.2.1", "ua": "Mozilla/5.0"},
    }  # fmt: skip


def slack(shelf: Shelf) -> APIRouter:
    """`GET /audit/v1/logs`."""
    router = APIRouter()

    @router.get("/audit/v1/logs")
    async def logs(oldest: int = 0, latest: int = 0, cursor: str = "") -> dict[str, Any]:
        begin = datetime.fromtimestamp(oldest, UTC)
        found = shelf.between(begin, datetime.fromtimestamp(latest, UTC) if latest else None)
        entries, following = cut(shelf, after(reversed(found), cursor))
        return {"entries": entries, "response_metadata": {"next_cursor": following or ""}}

    return router
