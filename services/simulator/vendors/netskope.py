"""Netskope's export: an index whose position the server moves with `next`; `resend` gives the last batch once more.

https://docs.netskope.com/en/using-the-rest-api-v2-dataexport-iterator-endpoints (read 2026-11-21).
"""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter

from services.simulator.vendors.shelf import Kept, Shelf


def event(id: str, at: datetime) -> dict[str, Any]:  # noqa: A002 - the field's own name
    """Somebody posts to ChatGPT."""
    return {
        "_id": id, "timestamp": int(at.timestamp()), "record_type": "application", "type": "nspolicy", "app": "ChatGPT",
        "activity": "Post", "url": "chatgpt.com/backend-api/conversation", "user": "ana@example.com",
        "userip": "192.0.2.1", "access_method": "Client", "client_bytes": 10, "server_bytes": 20,
    }  # fmt: skip


def netskope(shelf: Shelf) -> APIRouter:
    """`GET /api/v2/events/dataexport/events/application`."""
    router = APIRouter(prefix="/api/v2/events/dataexport")
    read: dict[str, set[str]] = {}
    last: dict[str, list[Kept]] = {}

    @router.get("/events/application")
    async def export(operation: str, index: str) -> dict[str, Any]:
        if operation != "resend":
            since = datetime.fromtimestamp(int(operation), UTC) if operation.isdecimal() else None
            done = read.setdefault(index, set())
            batch = [one for one in shelf.arrived() if one.id not in done and (since is None or one.at >= since)]
            last[index] = batch[: shelf.page]
            done |= {one.id for one in last[index]}
        sent = last.get(index, [])
        upto = sent[-1].at.timestamp() if sent else shelf.clock.now().timestamp()
        return {"ok": 1, "result": [one.record for one in sent], "wait_time": 0, "timestamp_hwm": int(upto)}

    return router
