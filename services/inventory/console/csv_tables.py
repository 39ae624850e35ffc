"""The queue, corrections and sources as CSV: every row of the filter the page shows, not only its first rows."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.inventory.api import sources
from services.inventory.api.asked import Running
from services.inventory.api.corrections import Key, State
from services.inventory.api.desk import QueuedAlert
from services.inventory.api.estate import Asked, Estate
from services.inventory.console.alerts import Asking
from services.inventory.console.csv_file import csv_file
from services.kit.access import Caller, require

router = APIRouter(include_in_schema=False)
Reader = Annotated[Caller, Depends(require("alerts:read"))]
Operator = Annotated[Caller, Depends(require("sources:read"))]
ALERTS = (
    "id", "title", "state", "severity", "standing", "kind", "tool", "tool_name", "vendor", "solution", "unit",
    "people", "events", "bytes_out", "classes", "assignee", "snoozed_until", "first_seen", "last_seen", "opened_at",
    "changed_at", "basis", "grain",
)  # fmt: skip
CORRECTIONS = ("number", "key", "verdict", "tool", "reason", "author", "at", "undone_at", "undone_by")
SOURCES = (
    "instance", "connector", "state", "last_event_at", "last_run_at", "last_success_at", "next_run_at", "records",
    "observed", "ignored", "rejected", "permission", "weaknesses", "new_words", "message",
)  # fmt: skip
AT_A_TIME = 1000


@router.get("/alerts.csv")
async def alerts(estate: Asked, caller: Reader, asking: Annotated[Asking, Query()]) -> Response:
    """All alerts of the filters, in the page's order."""
    return csv_file("alerts", ALERTS, _alerts(estate, caller, asking))


@router.get("/corrections.csv")
async def corrections(estate: Asked, _: Reader, state: State = "all", key: Key = None) -> Response:
    """All corrections of the filters, newest first."""
    return csv_file("corrections", CORRECTIONS, _corrections(estate, state, key))


@router.get("/sources.csv")
async def of_sources(runtime: Running, _: Operator) -> Response:
    """All sources, by name."""
    rows = [[getattr(item, name) for name in SOURCES] for item in await sources.items(runtime)]
    return csv_file("sources", SOURCES, rows)


async def _alerts(estate: Estate, caller: Caller, asking: Asking) -> AsyncIterator[list[Any]]:
    after = None
    while True:
        found, after = await estate.desk.queue(asking.wanted(caller), asking.sort, AT_A_TIME, after)
        for alert in found.items:
            yield _row(alert)
        if after is None:
            return


def _row(alert: QueuedAlert) -> list[Any]:
    told = {name: getattr(alert, name) for name in ALERTS}
    return list((told | {"classes": [each.name for each in alert.classes]}).values())


async def _corrections(estate: Estate, state: str, key: str | None) -> AsyncIterator[list[Any]]:
    before = None
    while found := await estate.desk.corrections(AT_A_TIME, before, state, key):
        for each in found:
            yield [getattr(each, name) for name in CORRECTIONS]
        before = found[-1].number
