"""The alerts page, and one alert with its evidence and its decision form."""

from datetime import UTC, datetime, time
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from services.inventory.api import alerts as reads
from services.inventory.api.answers import answer
from services.inventory.api.asked import Cursor, Running
from services.inventory.api.views import AlertsPage
from services.inventory.console.render import frame, render
from services.kit.access import Caller, require
from services.kit.runtime import Runtime

router = APIRouter(include_in_schema=False)
Reader = Annotated[Caller, Depends(require("alerts:read"))]
Decider = Annotated[Caller, Depends(require("alerts:decide"))]
Chosen = Annotated[Literal["open", "snoozed", "closed", "all"], Query(description="only alerts of this state")]
ROWS = 100


class Decided(BaseModel):
    """The decision form as a browser sends it: an empty date is no date."""

    decision: str = Field(max_length=40)
    reason: str = Field(min_length=1, max_length=1000)
    until: str = Field(default="", pattern=r"^(\d{4}-\d{2}-\d{2})?$")

    def end(self) -> datetime | None:
        """The day's beginning in UTC."""
        if not self.until:
            return None
        return datetime.combine(datetime.fromisoformat(self.until).date(), time.min, UTC)


@router.get("/alerts.json")
async def twin(runtime: Running, _: Reader, state: Chosen = "open", cursor: Cursor = None) -> Response:
    """The same as JSON."""
    return answer(await _page(runtime, state, cursor))


@router.get("/alerts")
async def page(
    request: Request, runtime: Running, caller: Reader, state: Chosen = "open", cursor: Cursor = None
) -> Response:
    """Alerts of a state, newest first."""
    return render("alerts.html", frame(runtime, request, caller, "/alerts"), await _page(runtime, state, cursor))


@router.get("/alerts/{alert}.json")
async def one_twin(alert: str, runtime: Running, _: Reader) -> Response:
    """The same as JSON."""
    return answer(await reads.detail(runtime, alert))


@router.get("/alerts/{alert}")
async def one(alert: str, request: Request, runtime: Running, caller: Reader) -> Response:
    """One alert."""
    shown = await reads.detail(runtime, alert)
    return render("alert.html", frame(runtime, request, caller, "/alerts"), shown, choices=reads.CHOICES)


@router.post("/alerts/{alert}/decision")
async def decide(alert: str, runtime: Running, caller: Decider, form: Annotated[Decided, Form()]) -> Response:
    """Takes the form and shows the alert again."""
    await reads.decide(runtime, alert, caller.name, reads.Decided(form.decision, form.reason, form.end()))
    return RedirectResponse(f"/alerts/{quote(alert, safe='')}", 303)


async def _page(runtime: Runtime, state: str, cursor: str | None) -> AlertsPage:
    found = await reads.page(runtime, ROWS, cursor, None if state == "all" else state)
    return AlertsPage(items=found.items, next=found.next, state=state)
